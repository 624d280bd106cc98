#include <stdio.h>
int main(void) {
    printf("%5s|%-5s|%05d|%+05d|% 5d|%-+5d|%x|%#010x|%.3d|%8.3d|%-8.3d|%c%c\n", "a", "b", -3, 3, 3, 3, -1, 255, 5, 5, 5,
           65, 'b');
    printf("%hhu %hu %u %lu %llu\n", 300, 70000, -1, 7ul, 8ull);
    printf("%e %E %.0e %g %g %g %g\n", 12345.6789, 0.00012, 5.5, 1e5, 1e6, 123456.7, 1234567.8);
    printf("%10.3e|%-12g|%012.4f|%+.1f|% f\n", 3.14159, 2.5, -1.5, 2.25, 1.0);
    printf("%s %.2s %10.2s|\n", "str", "str", "str");
    int n;
    printf("abc%n", &n);
    printf(" %d\n", n);
    printf("%%|%5%|%c|\n", 0 + '!');
    printf("%.10g %.17g %.1f %.2f\n", 0.1, 0.1, 0.05, 1e-10);
    printf("%i %li\n", -5, 6L);
    printf("%#o %#x %#X %o\n", 8, 0, 255, 0);
    printf("%*d|%-*d|%.*f\n", 5, 42, 5, 42, 2, 3.14159);
    printf("%s\n", (char *)0 ? "x" : "(none)");
    printf("%zu %td %jd\n", sizeof(char), (char *)3 - (char *)1, (__INTMAX_TYPE__)-9);
    printf("%5c|%-5c|\n", 'x', 'y');
    printf("%.0f %.0f %.0f %.0f\n", 0.5, 1.5, 2.5, -0.5);
    printf("%f %f %F\n", 1.0 / 0, -1.0 / 0, 1.0 / 0);
    printf("%lc\n", 'w');
    printf("%a %A %.2a\n", 1.0, 0.5, 3.14159);
    char b[5];
    int r = snprintf(b, 5, "%d", 123456);
    printf("%s %d\n", b, r);
    printf("%d %s\n", puts("in order"), "x");
    printf("%.3s|%.0s|%s\n", "abcdef", "zzz", "");
    printf("%-10s|%10s|\n", "left", "right");
    printf("\x41\102\u00e9\n");
    printf("%d%%\n", 50);
    printf("%+d %+d % d\n", 0, -0, -7);
    printf("%llx %llo\n", -1LL, 8LL);
    return 0;
}
