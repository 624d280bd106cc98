/* Arrays of one and two dimensions, sorted and summed in place. */
__attribute__((noinline)) static void sort(int *values, int count)
{
    for (int i = 1; i < count; i++) {
        int held = values[i];
        int j = i;
        while (j > 0 && values[j - 1] > held) {
            values[j] = values[j - 1];
            j--;
        }
        values[j] = held;
    }
}

__attribute__((noinline)) static int trace(int matrix[3][3])
{
    int sum = 0;
    for (int i = 0; i < 3; i++)
        sum += matrix[i][i];
    return sum;
}

int main(void)
{
    int values[6] = {5, -2, 9, 0, 3, 1};
    int matrix[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    short small[5] = {1, 2, 3};
    sort(values, 6);
    int diagonal = trace(matrix);
    small[4] = (short)diagonal;
    return values[0] + small[4] - 13;
}
