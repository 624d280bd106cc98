// A callback: the C library's qsort calls back into the program. Its own frames lie between main's and by_value's.
//
//   stackglass show examples/qsort_callback.c
//   stackglass show --library examples/qsort_callback.c
//
// expect-stack: by_value main
// expect-output: 1 2 3 5 8
#include <stdio.h>
#include <stdlib.h>

static int by_value(const void *left, const void *right) {
    int a = *(const int *)left;
    int b = *(const int *)right;
    return (a > b) - (a < b);
}

int main(void) {
    int numbers[5] = {5, 2, 8, 1, 3};
    qsort(numbers, 5, sizeof numbers[0], by_value);
    printf("%d %d %d %d %d\n", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    return 0;
}
