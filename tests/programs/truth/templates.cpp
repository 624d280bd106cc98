// Function and class templates, with value parameters.
template <typename T, int N> struct Stack {
    T items[N];
    int used = 0;
    void push(const T &item)
    {
        int at = used;
        items[at] = item;
        used = at + 1;
    }
    T pop()
    {
        T top = items[--used];
        return top;
    }
};

template <typename T> __attribute__((noinline)) T largest(const T *values, int count)
{
    T best = values[0];
    for (int i = 1; i < count; i++)
        if (best < values[i])
            best = values[i];
    return best;
}

int main()
{
    Stack<int, 4> stack;
    Stack<double, 2> reals;
    stack.push(4);
    stack.push(9);
    reals.push(2.5);
    int values[3] = {1, 7, 3};
    double more[2] = {0.5, 0.25};
    int best = largest(values, 3);
    double top = largest(more, 2);
    int popped = stack.pop();
    return best + popped - 16 + (top != 0.5);
}
