// Functions whose prologues differ: where `break FUNC` stops is compared with gdb for every one of them.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int leaf(int a) { return a + 1; }

int empty_body(void) { return 0; }

void nothing(void) {}

int
name_on_its_own_line(int a,
                     int b)
{
    int sum = a + b;
    return sum;
}

int big_frame(int n) {
    char buffer[20000];
    memset(buffer, n, sizeof buffer);
    return buffer[n];
}

int variadic(const char *format, ...) {
    va_list list;
    va_start(list, format);
    int first = va_arg(list, int);
    double second = va_arg(list, double);
    va_end(list);
    return first + (int)second;
}

struct big { long words[9]; };

struct big returns_struct(int n) {
    struct big result = {{n, n + 1}};
    return result;
}

long takes_struct(struct big value, int more) { return value.words[0] + more; }

int many(int a, int b, int c, int d, int e, int f, int g, int h) { return a + b + c + d + e + f + g + h; }

double floats(double x, float y) {
    double z = x * y;
    return z / 2;
}

int over_aligned(int n) {
    _Alignas(64) char block[64];
    memset(block, n, sizeof block);
    return block[3];
}

int vla(int n) {
    int values[n];
    for (int i = 0; i < n; i++)
        values[i] = i;
    return values[n - 1];
}

int realigned(int n) {
    _Alignas(64) char block[64];
    char *more = __builtin_alloca(n);
    memset(block, n, sizeof block);
    more[0] = block[1];
    return more[0];
}

int realigned_variadic(int n, ...) {
    _Alignas(32) int block[8];
    int values[n];
    va_list list;
    va_start(list, n);
    values[0] = block[0] = va_arg(list, int);
    va_end(list);
    return values[0];
}

int starts_with_loop(int n) {
    while (n > 10)
        n /= 2;
    return n;
}

int starts_with_for(int n) {
    for (int i = 0; i < 3; i++)
        n += i;
    return n;
}

int nested_calls(int n) { return leaf(leaf(leaf(n))); }

static int counter(void) {
    static int calls = 0;
    return ++calls;
}

int one_line(int a) { int b = a; int c = b; return b + c; }

int with_canary(int n) {
    char text[16];
    snprintf(text, sizeof text, "%d", n);
    return text[0];
}

int recursive(int n) {
    if (n == 0)
        return 0;
    return 1 + recursive(n - 1);
}

_Noreturn void never(void) {
    for (;;)
        ;
}

int dispatch(int n) {
    switch (n) {
    case 0:
        return leaf(n);
    case 1:
        return variadic("x", 1, 2.0);
    default:
        return many(1, 2, 3, 4, 5, 6, 7, n);
    }
}

int main(int argc, char **argv) {
    struct big value = returns_struct(argc);
    int total = name_on_its_own_line(argc, 2) + big_frame(1) + variadic("ab", 1, 2.0);
    total += (int)takes_struct(value, 2) + many(1, 2, 3, 4, 5, 6, 7, 8) + (int)floats(1, 2) + over_aligned(2);
    total += vla(argc + 3) + starts_with_loop(100) + starts_with_for(1) + nested_calls(1) + counter() + one_line(2);
    total += with_canary(3) + recursive(3) + dispatch(argc) + empty_body();
    total += realigned(16) + realigned_variadic(argc, 3);
    nothing();
    if (argc > 5)
        never();
    printf("%d %s\n", total, argv[0] ? "named" : "unnamed");
    return 0;
}
