/* Random increments in an array of a megabyte that is not on the stack: hardly a call, memory all over. */
#include "start.h"

static unsigned char heap[1 << 20];

int run(void)
{
    unsigned x = 1;
    for (int i = 0; i < 3000000; i++) {
        x = x * 1103515245u + 12345u;
        heap[(x >> 8) & 0xfffff]++;
    }
    return 0;
}
