/* Stores of every kind to the stack: none by the library, so that it takes as many steps everywhere. */

#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noipa))
#endif

struct pair {
    short first;
    char mark;
    long second;
};

KEPT static int leaf(int a, int b)
{
    volatile char bytes[9];
    for (int i = 0; i < 9; i++) bytes[i] = (char)(a + i * b);
    return bytes[0] + bytes[8];
}

KEPT static struct pair swapped(struct pair given)
{
    struct pair made = {(short)given.second, (char)(given.mark + 1), given.first};
    return made;
}

KEPT static int many(int a, long long b, double c, int d, int e, int f, int g, int h, long long i, int j)
{
    volatile int sum = a + d + e + f + g + h + j;
    sum += (int)(b + i);
    return sum + (int)c;
}

KEPT static int of_length(int n)
{
    volatile unsigned short room[n + 2];
    for (int i = 0; i < n + 2; i++) room[i] = (unsigned short)(i << 9 | 0x81);
    return room[n] + leaf(n, 3);
}

KEPT static int deeper(int n, volatile int *caller)
{
    volatile int kept = n * 17;
    *caller += 1;
    if (n <= 0) return of_length(3);
    int below = deeper(n - 1, &kept);
    return below + kept;
}

int main(void)
{
    volatile int counted = 5;
    struct pair pair = {1, 'x', 0x1234};
    pair = swapped(pair);
    int sum = many(1, 0x100000002LL, 2.5, 4, 5, 6, 7, 8, 0x900000001LL, pair.first);
    sum += deeper(5, &counted);
    return (sum + counted + (int)pair.second) & 0x7f;
}
