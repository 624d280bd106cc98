/* Two functions that call each other, and one that calls itself. */
static int odd(int n);

__attribute__((noinline)) static int even(int n)
{
    int rest = n - 1;
    if (n == 0)
        return 1;
    return odd(rest);
}

__attribute__((noinline)) static int odd(int n)
{
    int rest = n - 1;
    if (n == 0)
        return 0;
    return even(rest);
}

__attribute__((noinline)) static long factorial(int n)
{
    long below = 1;
    if (n > 1)
        below = factorial(n - 1);
    return n * below;
}

int main(void)
{
    long product = factorial(5);
    int parity = even(4);
    return (int)product + parity - 121;
}
