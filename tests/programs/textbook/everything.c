/* A bit of all that the compiler knows; gcc says what it prints. */
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum colour { RED, GREEN = 5, BLUE };
typedef struct point { short x, y; } point;
struct bits { unsigned low : 5; int high : 9; unsigned : 0; unsigned char flag : 1; long long wide : 40; };
union both { int whole; unsigned char bytes[4]; };
struct list { int value; struct list *next; };
static const char *const names[] = {"red", [BLUE] = "blue", [GREEN] = "green"};
static int table[3][2] = {{1, 2}, {3}, 4, 5};
static struct { point corner[2]; const char *label; double weight; } shape = {.label = "box", .corner[1].y = 7, .weight = 2.5};
static int (*operations[])(int) = {abs, toupper};

static int sum(int count, ...)
{
    va_list list;
    int total = 0;
    va_start(list, count);
    while (count-- > 0)
        total += va_arg(list, int);
    va_end(list);
    return total;
}

static void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
}

old_style(a, b)
    int a;
    char b;
{
    return a + b;
}

static point shifted(point p, int by)
{
    p.x += by;
    p.y -= by;
    return p;
}

static struct list *push(struct list *head, int value)
{
    struct list *made = malloc(sizeof *made);
    made->value = value;
    made->next = head;
    return made;
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
    int numbers[] = {5, 3, -9, 1, 7, 3};
    int key = 7, i;
    struct bits bits = {31, -5, 1, -7};
    union both both = {0x01020304};
    struct list *head = NULL;
    point p = shifted((point){1, 2}, 10);
    char text[32] = "hello";
    double d = 1.0 / 3;
    float f = 0.1f;
    unsigned u = 3000000000u;
    long long big = 1LL << 40;
    bool yes = 42;

    (void)argc;
    (void)argv;
    printf("%s %s %s %d\n", names[RED], names[GREEN], names[BLUE], names[1] == NULL);
    printf("%d %d %d %d\n", table[0][1], table[1][1], table[2][0], table[2][1]);
    printf("%s %d %g %d\n", shape.label, shape.corner[1].y, shape.weight, operations[0](-4) + operations[1]('a'));
    printf("%d %d %d %d\n", sum(3, 1, 2, 3), sum(0), old_style(40, 2), p.x * 100 + p.y);
    say("%d %s %5.2f|%-6d|%06d|%x|%c|%lld\n", 1, "two", 3.14159, 4, -5, 255u, 'z', big);
    bits.low += 3;
    bits.wide *= 3;
    printf("%d %d %d %lld %d\n", bits.low, bits.high, bits.flag, (long long)bits.wide, bits.low - 40 < 0);
    printf("%d %d %d\n", both.bytes[0], both.bytes[3], (int)offsetof(struct list, next) > 0);
    for (i = 0; i < 4; i++)
        head = push(head, i * i);
    for (; head; head = head->next)
        printf("%d ", head->value);
    qsort(numbers, 6, sizeof numbers[0], compare);
    for (i = 0; i < 6; i++)
        printf("%d ", numbers[i]);
    printf("%d\n", (int)((int *)bsearch(&key, numbers, 6, sizeof(int), compare) - numbers));
    printf("%.15g %.6g %d %u %d\n", d, f, (int)(f * 10), u / 7, (int)u < 0);
    printf("%d %d %d %d\n", (signed char)200, (unsigned char)-1, (short)70000, yes);
    printf("%d %d %lld %llu\n", -7 / 2, -7 % 2, -big / 7, (unsigned long long)-1 % 10);
    printf("%d %d %u\n", -8 >> 1, 1 << 10, 0x80000000u >> 31);
    strcat(strcpy(text + 5, ", "), "world");
    printf("%s %d %s %s\n", text, (int)strlen(text), strchr(text, 'w'), strstr(text, "lo"));
    printf("%g %g %g %.3f %d\n", sqrt(2), pow(2, 10), fabs(-1.5), sin(1), (int)isnan(0.0));
    do {
        switch (i) {
        case 6: i = 20; continue;
        case 20: i = 3;
        case 4: i++; break;
        default: i = -1;
        }
    } while (i > 4);
    printf("%d %d %d\n", i, ({ int t = i; t * t; }), i ?: 9);
    goto end;
    printf("not this\n");
end:
    printf("%d %s %d\n", INT_MAX, __func__, _Generic(f, float: 1, double: 2));
    return 3;
}
