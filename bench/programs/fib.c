/* fib(30): 2.7 million calls, all work on the stack. Freestanding, so that every engine runs the same instructions. */
#include "start.h"

static int fib(int n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int run(void)
{
    return fib(30) == 832040 ? 0 : 1;
}
