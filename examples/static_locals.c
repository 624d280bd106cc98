// A static local is not on the stack: all calls share one y, which lies among the globals, while x is each call's own.
//
//   stackglass show examples/static_locals.c
//
// Compare with recursion.c: on the way back, y does not return to what it was.
//
// expect-stack: f f f main
// expect-output: down: x = 3, y = 3003
// expect-output: down: x = 2, y = 2002
// expect-output: down: x = 1, y = 1001
// expect-output: back: x = 1, y = 1001
// expect-output: back: x = 2, y = 1001
// expect-output: back: x = 3, y = 1001
#include <stdio.h>

void f(int x) {
    static int y;
    y = 1001 * x;
    printf("down: x = %d, y = %d\n", x, y);
    if (x > 1)
        f(x - 1);
    printf("back: x = %d, y = %d\n", x, y);
}

int main(void) {
    f(3);
    return 0;
}
