/* Arrays of variable length, of one and two dimensions, and in a recursion. */
__attribute__((noinline)) static int fill(int count, int *out)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        out[i] = i * i;
        sum += out[i];
    }
    return sum;
}

__attribute__((noinline)) static int level(int depth)
{
    int values[depth + 2];
    int sum = fill(depth + 2, values);
    if (depth > 0)
        sum += level(depth - 1);
    return sum + values[depth];
}

__attribute__((noinline)) static int grid(int rows, int columns)
{
    int cells[rows][columns];
    int last = 0;
    for (int r = 0; r < rows; r++)
        last = fill(columns, cells[r]);
    return last + cells[rows - 1][columns - 1];
}

int main(void)
{
    int deep = level(3);
    int wide = grid(2, 4);
    return deep == wide;
}
