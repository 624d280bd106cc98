// A variable of every C type there is. The comment behind a declaration is what gdb's `whatis` says of it.
#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct node { int value; struct node *next; };
typedef struct { int left; char tag; } anonymous_t;
typedef int (*handler_t)(int, const char *);
typedef int row_t[4];
union number { int i; float f; unsigned char bytes[8]; };
enum colour { RED, GREEN = 5, BLUE };
typedef enum { MINUS = -1, PLUS = 1 } sign_t;

struct flags {
    unsigned a : 1;
    unsigned b : 3;
    int c : 5;
    unsigned long long d : 33;
    unsigned : 0;
    signed char e : 4;
    bool f : 1;
    int plain;
    unsigned last : 20;
};

struct outer {
    int kind;
    union { int whole; struct { short low, high; }; };
    struct { int x, y; } point;
    char text[3][5];
    struct node *list;
    handler_t handler;
    int tail[];
};

struct incomplete;

static int handle(int n, const char *text) { return n + text[0]; }

int main(int argc, char **argv)
{
    char c = 'x';
    signed char sc = -1;
    unsigned char uc = 1;
    short s = 2;
    unsigned short us = 3;
    int i = 4;
    unsigned u = 5;
    long l = 6;
    unsigned long ul = 7;
    long long ll = 8;
    unsigned long long ull = 9;
    __int128 wide = 10;
    unsigned __int128 uwide = 11;
    float f = 1.5f;
    double d = 2.5;
    long double ld = 3.5L;
    _Bool yes = true;
    double _Complex z = 1.0;
    size_t size = 12;
    uint8_t byte = 13;
    wchar_t wc = L'w';
    const int ci = 14;
    volatile int vi = 15;
    const volatile unsigned char cvuc = 16;
    _Atomic int ai = 17;
    int *pi = &i;
    const char *pcc = "text";
    char *const cpc = &c;
    int *restrict rp = &i;
    void *pv = &i;
    const void *pcv = &i;
    int **ppi = &pi;
    char text[20] = "hello";
    int grid[2][3] = {{1, 2, 3}, {4, 5, 6}};
    int *pointers[3] = {0};
    int (*to_array)[3] = grid;
    int (*function)(int, const char *) = handle;
    handler_t handlers[2] = {handle, handle};
    int (*returns_pointer(int))[3];
    void (*no_arguments)(void) = 0;
    int (*variadic)(const char *, ...) = 0;
    row_t rows[2] = {{0}};
    struct node node = {1, 0};
    anonymous_t anonymous = {2, 'a'};
    union number number = {3};
    enum colour colour = BLUE;
    sign_t sign = MINUS;
    struct flags flags = {1, 2, -3, 4, -5, 1, 6, 7};
    struct outer *outer = calloc(1, sizeof *outer + 16);
    struct incomplete *incomplete = 0;
    struct { int only; } unnamed = {1};
    struct node nodes[2] = {{1, 0}, {2, 0}};
    int vla[argc + 2];
    int vla2[argc + 1][argc + 2];
    vla[0] = vla2[0][0] = argc;
    const struct node *const pcn = &node;
    char (*sized)[argc + 3] = malloc(argc + 3);
    static int persistent = 18;
    (void)returns_pointer;
    outer->kind = sc + uc + s + us + u + l + ul + ll + ull + wide + uwide + f + d + ld + yes + creal(z) + size + byte;
    persistent += wc + ci + vi + cvuc + ai + *pi + pcc[0] + *cpc + *rp + !!pv + !!pcv + !!ppi + text[0] + grid[1][1];
    persistent += !!pointers[0] + to_array[0][1] + function(1, "a") + handlers[0](2, "b") + !!no_arguments + !!variadic;
    persistent += rows[0][0] + node.value + anonymous.left + number.i + colour + sign + flags.b + !!incomplete;
    persistent += unnamed.only + nodes[1].value + vla[0] + pcn->value + !!sized + !!argv;
    return persistent == 0;
}
