/* A nested function, which is called by way of code on the stack: a trampoline. */
__attribute__((noinline)) static int nest(int k)
{
    int add(int x) { return x + k; }
    int (*volatile f)(int) = add;
    return f(3) + f(4);
}

int main(void)
{
    return nest(2);
}
