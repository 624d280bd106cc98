/* The shape of a textbook's example of recursion: each call has a parameter and a local. */
#include <stdio.h>

#ifdef SHARED
#define KEEP static
#else
#define KEEP
#endif

void count(int left)
{
    KEEP int big;
    big = 1001 * left;
    printf("A: x=%d, y=%d\n", left, big);
    if (left > 1)
        count(left - 1);
    printf("B: x=%d, y=%d\n", left, big);
}

void main(void)
{
    int start = 3;
    count(start);
}
