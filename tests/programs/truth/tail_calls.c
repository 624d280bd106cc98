/* Calls in tail position: at -O2 they are jumps. */
__attribute__((noinline)) static long finish(long total, const long *log)
{
    long first = log[0];
    return total + first;
}

__attribute__((noinline)) static long countdown(long n, long total, long *log)
{
    log[n % 4] = total;
    if (n == 0)
        return finish(total, log);
    return countdown(n - 1, total + n, log);
}

__attribute__((noinline)) static long bounce(long n, long *log)
{
    log[0] = n;
    return countdown(n, 0, log);
}

int main(void)
{
    long log[4] = {0, 0, 0, 0};
    long result = bounce(5, log);
    return (int)result - 30;
}
