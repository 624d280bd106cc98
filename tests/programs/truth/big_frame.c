/* A frame of many pages, and one whose array is only partly written. */
__attribute__((noinline)) static int scatter(int stride)
{
    int cells[5000];
    int written = 0;
    for (int i = 0; i < 5000; i += stride) {
        cells[i] = i;
        written += cells[i] == i;
    }
    return written;
}

__attribute__((noinline)) static long corner(long seed)
{
    long grid[20][20];
    grid[0][0] = seed;
    grid[19][19] = seed * 2;
    volatile long *last = &grid[19][19];
    return grid[0][0] + *last;
}

int main(void)
{
    int written = scatter(1000);
    long sum = corner(written);
    return (int)sum - 15;
}
