// A function of any number of arguments: it puts all argument registers into its frame, and walks through them there.
//
//   stackglass show examples/variadic.c
//   stackglass explain examples/variadic.c sum
//
// expect-stack: sum main
// expect-output: 1 + 2 + ... + 7 = 28
#include <stdarg.h>
#include <stdio.h>

static int sum(int count, ...) {
    va_list rest;
    int total = 0;
    va_start(rest, count);
    for (int i = 0; i < count; i++)
        total += va_arg(rest, int);
    va_end(rest);
    return total;
}

int main(void) {
    int total = sum(7, 1, 2, 3, 4, 5, 6, 7);
    printf("1 + 2 + ... + 7 = %d\n", total);
    return 0;
}
