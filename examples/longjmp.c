// A jump out of many calls at once: longjmp pops the three frames of dive without returning from any of them.
//
//   stackglass show examples/longjmp.c
//   stackglass show --at surface examples/longjmp.c
//
// expect-stack: dive dive dive main
// expect-output: back at the surface from 3 m
#include <setjmp.h>
#include <stdio.h>

static jmp_buf surface_point;

static void dive(int depth, int ground) {
    if (depth == 3)
        longjmp(surface_point, depth);
    if (depth < ground)
        dive(depth + 1, ground);
}

static void surface(int depth) {
    printf("back at the surface from %d m\n", depth);
}

int main(void) {
    int depth = setjmp(surface_point);
    if (depth == 0)
        dive(1, 10);
    else
        surface(depth);
    return 0;
}
