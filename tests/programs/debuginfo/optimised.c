// Code for -O2: inlined calls, parts, clones, cold parts, tail calls, location lists, entry values.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair { int first, second; };

static int square(int n) { return n * n; }

static inline int sum_of_squares(int a, int b)
{
    int left = square(a);
    int right = square(b);
    return left + right;
}

__attribute__((noinline)) static int constant_argument(int n, int scale)
{
    int total = 0;
    for (int i = 0; i < n; i++)
        total += i * scale + (total >> 3);
    return total;
}

__attribute__((noinline)) static int unused_argument(const struct pair *p, int unused)
{
    return p->first * 3 + p->second;
}

__attribute__((noinline)) int splits(int n, const char *text)
{
    if (__builtin_expect(n < 0, 0)) {
        fprintf(stderr, "bad: %d %s\n", n, text);
        for (int i = 0; i < n; i++)
            fputs(text, stderr);
        abort();
    }
    return n + (int)strlen(text);
}

__attribute__((noinline)) int tail_callee(int n) { return n ^ 21; }

__attribute__((noinline)) int tail_caller(int n) { return tail_callee(n + 1); }

__attribute__((noinline)) int keeps_entry_value(int n, int m)
{
    int doubled = n * 2;
    printf("%d\n", doubled);
    return tail_callee(doubled) + m;
}

__attribute__((noinline)) long loop(const int *values, int count)
{
    long sum = 0;
    for (int i = 0; i < count; i++) {
        int value = values[i];
        sum += sum_of_squares(value, i);
        if (sum > 1000) {
            long rest = sum % 1000;
            sum = rest;
        }
    }
    return sum;
}

__attribute__((noinline)) double mixed(double x, float y, int n)
{
    float narrow = (float)x;
    double wide = y;
    long shifted = (long)n << 3;
    struct pair p = {n, n + 1};
    printf("%f\n", narrow + wide);
    return shifted + p.first * 2.0 + p.second;
}

int main(int argc, char **argv)
{
    int values[] = {argc, 2, 3, 4};
    struct pair p = {argc, 5};
    int first = constant_argument(argc + 5, 7) + constant_argument(argc, 7);
    int second = unused_argument(&p, 9);
    printf("%d %d %d\n", first, second, splits(argc, argv[0]));
    printf("%d %d\n", tail_caller(argc), keeps_entry_value(argc, 3));
    printf("%ld %f\n", loop(values, 4), mixed(argc, 2.0f, 3));
    return 0;
}
