/* Small functions that -O2 inlines, two deep, with variables of their own. */
static inline int square(int value)
{
    int product = value * value;
    return product;
}

static inline int norm(int x, int y)
{
    int sum = square(x) + square(y);
    return sum;
}

volatile int sink;

__attribute__((noinline)) static int distance(const int *from, const int *to)
{
    int dx = to[0] - from[0];
    int dy = to[1] - from[1];
    int result = norm(dx, dy);
    sink = result;
    return result;
}

int main(void)
{
    int origin[2] = {1, 2};
    int target[2] = {4, 6};
    int d = distance(origin, target);
    int n = norm(d, sink);
    sink = n;
    return d - 25;
}
