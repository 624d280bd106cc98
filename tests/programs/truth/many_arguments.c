/* More arguments than registers, of mixed widths and classes. */
__attribute__((noinline)) static long ten(char a, short b, int c, long d, unsigned char e, unsigned f, long g, int h, char i, short j)
{
    long low = a + b + c + d + e;
    long high = f + g + h + i + j;
    return low * high;
}

__attribute__((noinline)) static double mixed(int a, double b, long c, float d, double e, double f, double g, double h, double i, double j, double k, int l)
{
    double reals = b + d + e + f + g + h + i + j + k;
    double wholes = a + (double)c + l;
    return reals - wholes;
}

__attribute__((noinline)) static int eight(int a, int b, int c, int d, int e, int f, int g, int h)
{
    int before = a * b + c * d;
    int through = (int)ten(1, 2, 3, 4, 5, 6, g, h, 9, 10);
    return before + through + e * f;
}

int main(void)
{
    int whole = eight(1, 2, 3, 4, 5, 6, 7, 8);
    double real = mixed(1, 2.5, 3, 4.5f, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12);
    return whole == (int)real;
}
