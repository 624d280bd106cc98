// A recursion 100,000 calls deep: the picture folds what repeats.
//
//   stackglass show examples/deep.c                 (or with another depth: ... examples/deep.c -- 1000)
//
// expect-stack: down * 100000 main
// expect-output: 100000
#include <stdio.h>
#include <stdlib.h>

static int down(int n) {
    if (n == 1)
        return 1;
    return 1 + down(n - 1);
}

int main(int argc, char *argv[]) {
    int depth = argc > 1 ? atoi(argv[1]) : 100000;
    int reached = down(depth);
    printf("%d\n", reached);
    return 0;
}
