/* A variadic function with integers and doubles, and one that hands its va_list on. */
#include <stdarg.h>

__attribute__((noinline)) static double sum_list(int count, va_list list)
{
    double total = 0;
    for (int i = 0; i < count; i++) {
        int whole = va_arg(list, int);
        double part = va_arg(list, double);
        total += whole + part;
    }
    return total;
}

__attribute__((noinline)) static double sum(int count, ...)
{
    va_list list;
    double total;
    va_start(list, count);
    total = sum_list(count, list);
    va_end(list);
    return total;
}

__attribute__((noinline)) static long last(int count, ...)
{
    va_list list;
    long found = 0;
    va_start(list, count);
    while (count-- > 0)
        found = va_arg(list, long);
    va_end(list);
    return found;
}

int main(void)
{
    double four = sum(4, 1, 0.5, 2, 0.25, 3, 0.125, 4, 0.0625);
    long nine = last(9, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    return four > 100 || nine != 9;
}
