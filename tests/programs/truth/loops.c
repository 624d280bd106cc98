/* Register-hungry loops: callee-saved registers are pushed at -O2. */
__attribute__((noinline)) static int step(int a, int b)
{
    int mixed = a * 31 + b;
    return mixed ^ (mixed >> 3);
}

__attribute__((noinline)) static int churn(int a, int b, int c, int d, int e)
{
    int f = 1, g = 2;
    for (int i = 0; i < 3; i++) {
        a = step(a, b);
        b = step(b, c);
        c = step(c, d);
        d = step(d, e);
        e = step(e, f);
        f = step(f, g);
        g = step(g, i);
    }
    return a + b + c + d + e + f + g;
}

int main(void)
{
    int first = churn(1, 2, 3, 4, 5);
    int second = churn(first, 5, 4, 3, 2);
    return first == second;
}
