// Lambdas that capture by value and by reference, handed to a template.
template <typename F> __attribute__((noinline)) int repeat(int times, F action)
{
    int last = 0;
    for (int i = 0; i < times; i++)
        last = action(i);
    return last;
}

__attribute__((noinline)) int accumulate(int start)
{
    int total = start;
    int factor = 3;
    auto add = [&total, factor](int value) {
        int scaled = value * factor;
        total += scaled;
        return total;
    };
    int last = repeat(4, add);
    return last;
}

int main()
{
    int result = accumulate(5);
    auto plain = [](int a) { return a + 1; };
    int next = repeat(2, plain);
    return result - 23 + next - 2;
}
