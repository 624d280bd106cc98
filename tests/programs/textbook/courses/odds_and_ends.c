#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static int calls;
static int side(int v) {
    calls++;
    return v;
}
static int order(int a, int b, int c) {
    return a * 100 + b * 10 + c;
}
static long long fact(int n) {
    long long r = 1;
    while (n > 1)
        r *= n--;
    return r;
}
static float half(float f) {
    return f / 2;
}
static unsigned char low(int x) {
    return x;
}
static short neg(short s) {
    return -s;
}
char *stat(void) {
    static char b[8];
    strcpy(b, "static");
    return b;
}
#define foreach(i, n) for (int i = 0; i < (n); i++)
int main(void) {
    int r0 = side(0) && side(1);
    printf("%d %d\n", r0, calls);
    r0 = side(1) || side(1);
    printf("%d %d\n", r0, calls);
    int i = 2;
    i = i > 1 ? i < 5 ? 10 : 20 : 30;
    printf("%d\n", i);
    printf("%lld %f %d %d %s\n", fact(20), half(3), low(257), neg(-32768), stat());
    int a, b, c;
    a = b = c = 4;
    a += b -= c *= 2;
    printf("%d %d %d\n", a, b, c);
    printf("%d\n", (a = 5, a + 1));
    foreach (k, 3)
        printf("%d", k);
    puts("");
    int arr[5] = {1, 2, 3, 4, 5};
    int *p = arr + 4;
    while (p >= arr)
        printf("%d", *p--);
    puts("");
    printf("%d %d\n", 2 [arr], *(1 + arr));
    char c1 = 'z';
    c1++;
    printf("%c\n", c1);
    srand(1);
    int r = rand();
    printf("%d\n", r >= 0 && r <= RAND_MAX);
    printf("%d %d\n", abs(-5), (int)labs(-7L));
    div_t d = div(17, 5);
    printf("%d %d\n", d.quot, d.rem);
    errno = 0;
    printf("%d\n", errno);
    puts("tab\there \"quoted\" \\ \a?" + 0);
    printf("%s\n", 5 > 3 ? "yes" : "no");
    typeof(i) ty = 3;
    printf("%d\n", ({
               int q = ty * 2;
               q + 1;
           }));
    {
        extern int ext;
        printf("%d\n", ext);
    }
    printf("%5.1f|%-8s|%08.3f|%+.2e\n", 3.14159, "ab", -3.14159, 12345.678);
    fputs("fputs\n", stdout);
    putc('x', stdout);
    fputc('\n', stdout);
    fwrite("raw\n", 1, 4, stdout);
    fflush(stdout);
    return EXIT_FAILURE;
}
int ext = 77;
