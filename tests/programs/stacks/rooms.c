/* Rooms made at run time in every way: alloca in a loop, arrays of variable length in nested blocks, in a recursion, of
   structs, of two dimensions; with calls between them whose arguments lie on the stack. The program says which are live. */
#include <alloca.h>
#include <string.h>

#define MOST 24

struct room {
    void *at;
    unsigned long size;
    unsigned long letter;
};

struct pair {
    char tag;
    double number;
};

struct big {
    long parts[9];
};

volatile struct room rooms[MOST];
volatile unsigned long live;
volatile long sink;

__attribute__((noinline)) void note(void *at, unsigned long size, int letter)
{
    memset(at, letter, size);
    rooms[live].at = at;
    rooms[live].size = size;
    rooms[live].letter = letter;
    live++;
}

__attribute__((noinline)) long many(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j)
{
    sink = a + b;
    return sink + c + d + e + f + g + h + i + j;
}

__attribute__((noinline)) long whole(struct big big, int a, double b)
{
    sink = big.parts[a];
    return sink + (long)b;
}

__attribute__((noinline)) long loop(int n)
{
    unsigned long before = live;
    long sum = 0;
    for (int i = 0; i < n; i++) {
        char *block = alloca(10 + 7 * i);
        note(block, 10 + 7 * i, 'a' + i);
        sum += many(i, 2, 3, 4, 5, 6, 7, 8, n, 10);
        sum += block[3];
    }
    int length = n + 3;
    int numbers[length];
    note(numbers, sizeof numbers, 'N');
    sum += many(1, 2, 3, 4, 5, 6, 7, 8, sum, 10) + numbers[n];
    live = before;
    return sum;
}

__attribute__((noinline)) long nested(int n)
{
    unsigned long before = live;
    long sum = 0;
    short outer[n + 5];
    note(outer, sizeof outer, 'O');
    for (int i = 1; i < n; i++) {
        char inner[i * 9];
        note(inner, sizeof inner, 'I');
        sum += many(1, 2, 3, 4, 5, 6, 7, 8, inner[i], 10);
        if (i % 2) {
            struct pair pairs[i + 1];
            note(pairs, sizeof pairs, 'P');
            sum += many(1, 2, 3, 4, 5, 6, 7, 8, pairs[i].tag, 10);
            live--;
        }
        live--;
    }
    sum += many(1, 2, 3, 4, 5, 6, 7, 8, outer[1], 10);
    live = before;
    return sum;
}

__attribute__((noinline)) long deeper(int n)
{
    unsigned long before = live;
    int cells[n][n + 1];
    note(cells, sizeof cells, 'C');
    long sum = cells[n - 1][n];
    if (n > 1)
        sum += deeper(n - 1);
    struct big big = {{sum, 2, 3, 4, 5, 6, 7, 8, 9}};
    char *more = alloca(3 * n);
    note(more, 3 * n, 'm');
    sum += whole(big, n, 2.5) + more[1];
    live = before;
    return sum;
}

int main(int argc, char **argv)
{
    char *first = alloca(20 + argc);
    note(first, 20 + argc, 'f');
    sink += loop(4);
    sink += nested(4);
    sink += deeper(3);
    sink += first[2];
    live = 0;
    return 0;
}
