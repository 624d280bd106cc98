/* fib(30): 2.7 million calls, all work on the stack. Freestanding, so that every engine runs the same instructions. */
static int fib(int n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int run(void)
{
    return fib(30) == 832040 ? 0 : 1;
}

void _start(void)
{
    __asm__ volatile("and $-16, %rsp; call run; mov %eax, %edi; mov $231, %eax; syscall");
}
