// A function that calls itself: every activation has an x and a y of its own.
//
//   stackglass show examples/recursion.c            (or with another depth: ... examples/recursion.c -- 5)
//
// Three frames of f lie below main's, each as large as the others, and the saved frame pointers chain them together.
//
// expect-stack: f f f main
// expect-output: down: x = 3, y = 3003
// expect-output: down: x = 2, y = 2002
// expect-output: down: x = 1, y = 1001
// expect-output: back: x = 1, y = 1001
// expect-output: back: x = 2, y = 2002
// expect-output: back: x = 3, y = 3003
#include <stdio.h>
#include <stdlib.h>

void f(int x) {
    int y = 1001 * x;
    printf("down: x = %d, y = %d\n", x, y);
    if (x > 1)
        f(x - 1);
    printf("back: x = %d, y = %d\n", x, y);
}

int main(int argc, char *argv[]) {
    int depth = argc > 1 ? atoi(argv[1]) : 3;
    f(depth);
    return 0;
}
