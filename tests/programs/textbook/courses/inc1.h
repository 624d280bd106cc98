#ifndef INC1_H
#define INC1_H
#include "inc2.h"
struct shared {
    int n;
    second s;
};
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
