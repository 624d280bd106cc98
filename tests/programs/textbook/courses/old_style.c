// gnu89
/* old style */
#include <stdio.h>
double scale();
char *name(n)
int n;
{ return n ? "yes" : "no"; }
max(a, b) {
    return a > b ? a : b;
}
float favg(a, n)
float a[];
int n;
{
    float s = 0;
    int i;
    for (i = 0; i < n; i++)
        s += a[i];
    return s / n;
}
unsigned static cnt;
const c = 5;
long int unsigned lu = 7;
main(argc, argv) char **argv;
{
    static float f[] = {1, 2, 4.5};
    short s = 3;
    char ch = 'c';
    printf("%s %d %g\n", name(1), max(2, 3), favg(f, 3));
    printf("%g\n", scale(2.0f, s, ch));
    printf("%d %d %d\n", cnt, c, (int)lu);
    helper();
    {
        int i;
        for (i = 0; i < 2; i++)
            helper();
    }
    return 0;
}
double scale(f, s, c)
float f;
short s;
char c;
{ return f * s + c; }
helper() {
    static n = 0;
    printf("helper %d\n", ++n);
}
