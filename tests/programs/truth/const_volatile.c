/* Qualified types, typedefs of typedefs, arrays of pointers to arrays, a struct with flexible array, incomplete types. */
#include <stdlib.h>

typedef const volatile int *watched;
typedef int row[3];
typedef row *rows;
struct opaque;

struct packet {
    unsigned short length;
    unsigned char payload[];
};

struct __attribute__((packed)) tight {
    char kind;
    int value;
    double real;
};

__attribute__((noinline)) static int watch(watched where, struct opaque *unused)
{
    int first = *where;
    int second = *where;
    return first + second + (unused != 0);
}

__attribute__((noinline)) static int sum_rows(rows all, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < 3; j++)
            sum += all[i][j];
    return sum;
}

int main(void)
{
    const volatile int fixed = 21;
    row cells[2] = {{1, 2, 3}, {4, 5, 6}};
    struct tight tight = {'x', -5, 2.25};
    struct packet *packet = malloc(sizeof *packet + 4);
    packet->length = 4;
    packet->payload[3] = 9;
    int watched_twice = watch(&fixed, 0);
    int sum = sum_rows(cells, 2);
    tight.value += sum;
    return watched_twice - 42 + tight.value - 16 + packet->payload[3] - 9;
}
