#pragma once
typedef struct {
    int m;
} second;
static inline int add_second(second s) {
    return s.m + 1;
}
