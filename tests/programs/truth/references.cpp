// References to scalars, to arrays, to pointers, rvalue references, default and named casts.
__attribute__((noinline)) void exchange(int &left, int &right)
{
    int held = left;
    left = right;
    right = held;
}

__attribute__((noinline)) int sum(const int (&values)[4])
{
    int total = 0;
    for (const int &value : values)
        total += value;
    return total;
}

__attribute__((noinline)) long take(long &&temporary, int *&pointer)
{
    long result = temporary + *pointer;
    pointer++;
    return result;
}

int main()
{
    int values[4] = {1, 2, 3, 4};
    int *at = values;
    exchange(values[0], values[3]);
    int total = sum(values);
    long taken = take(total * 2L, at);
    return static_cast<int>(taken) - 24 + (at - values - 1);
}
