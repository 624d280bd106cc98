// Variadic functions, printf's own variety, strings to numbers and back.
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static double mean(int count, ...)
{
    va_list list;
    va_start(list, count);
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += i % 2 ? va_arg(list, double) : va_arg(list, int);
    va_end(list);
    return sum / count;
}

static int format(char *out, size_t room, const char *how, ...)
{
    va_list list, again;
    va_start(list, how);
    va_copy(again, list);
    int needed = vsnprintf(NULL, 0, how, list);
    va_end(list);
    vsnprintf(out, room, how, again);
    va_end(again);
    return needed;
}

int main(void)
{
    char text[20];
    printf("%g %g\n", mean(4, 1, 2.5, 3, 4.5), mean(12, 1, .1, 2, .2, 3, .3, 4, .4, 5, .5, 6, .6));
    printf("%d %s\n", format(text, sizeof text, "%s-%05d-%x", "long enough", 42, 0xbeefu), text);
    printf("[%5d|%-5d|%+d|%#x|%#o|%08.3f|%*d|%.*s]\n", 42, 42, 42, 255u, 8u, 3.14159, 6, 7, 3, "abcdef");
    printf("%hhd %hd %ld %lld %zu %jd %td %" PRIu64 "\n", (signed char)-1, (short)-2, -3L, -4LL, sizeof(int), (intmax_t)-5,
           (char *)text + 3 - text, UINT64_MAX);
    int so_far;
    printf("%c%c%%%n %p\n", 'a', 'b', &so_far, (void *)0);
    printf("%d %2$s %1$d\n" + 3, 7, "positions");
    printf("%ls %lc\n", L"wide", (wint_t)L'w');
    int day, year;
    char month[10];
    printf("%d ", sscanf("14 March 1592", "%d %9s %d", &day, month, &year));
    printf("%d %s %d %d\n", day, month, year, so_far);
    char *end;
    printf("%ld ", strtol("0x7fz", &end, 0));
    printf("%s ", end);
    printf("%ld ", strtol("99999999999999999999", NULL, 10));
    printf("%d ", errno == ERANGE);
    printf("%llu\n", strtoull("-1", NULL, 10));
    wchar_t wide[10];
    printf("%zu", mbstowcs(wide, "bytes", 10));
    printf(" %zu\n", wcslen(wide));
    return 0;
}
