// The smallest call worth looking at: two arguments go in, two locals are made, one result comes back.
//
//   stackglass show examples/call.c
//   stackglass explain examples/call.c add
//
// add calls nobody, so the compiler lets it keep its values below the stack pointer, in the red zone.
//
// expect-stack: add calculate main
// expect-output: 3 + 4 = 7
#include <stdio.h>

int add(int a, int b) {
    int sum = a + b;
    return sum;
}

int calculate(void) {
    int left = 3;
    int right = 4;
    return add(left, right);
}

int main(void) {
    int result = calculate();
    printf("3 + 4 = %d\n", result);
    return 0;
}
