#include "inc1.h"
#include "inc2.h"
#include <stdio.h>
#define STR(x)        #x
#define XSTR(x)       STR(x)
#define CAT(a, b)     a##b
#define LOG(fmt, ...) printf("%s: " fmt "\n", __func__, ##__VA_ARGS__)
#define VERSION       3
#if VERSION >= 2 && defined(MAX) && !defined NOTHING
#define OK 1
#else
#error wrong
#endif
#ifdef __STDC__
static int std = 1;
#endif
#define LIST X(a) X(b) X(c)
enum {
#define X(n) n,
    LIST
#undef X
        count
};
const char *names[] = {
#define X(n) #n,
    LIST
#undef X
};
int main(void) {
    struct shared s = {1, {2}};
    printf("%d %d\n", MAX(s.n, s.s.m), add_second(s.s));
    int CAT(va, r) = OK;
    LOG("%d %s", var, XSTR(VERSION));
    LOG("none");
    printf("%s %d %d\n", names[b], count, std);
    printf("line %d %s\n", __LINE__, "19_include.c");
    return MAX(3, 4);
}
