/* Structs passed and returned by value: in registers, in memory, mixed classes. */
struct pair {
    int left;
    int right;
};

struct mixed {
    double real;
    long whole;
};

struct big {
    long words[5];
    char tail;
};

__attribute__((noinline)) static struct pair swap(struct pair p)
{
    struct pair swapped = {p.right, p.left};
    return swapped;
}

__attribute__((noinline)) static struct mixed scale(struct mixed m, int by)
{
    struct mixed result;
    result.real = m.real * by;
    result.whole = m.whole * by;
    return result;
}

__attribute__((noinline)) static struct big enlarge(struct big b, long by)
{
    struct big larger = b;
    for (int i = 0; i < 5; i++)
        larger.words[i] += by;
    larger.tail = 'z';
    return larger;
}

__attribute__((noinline)) static long total(struct big b, struct pair p, struct mixed m)
{
    long sum = b.words[0] + b.words[4];
    sum += p.left * 10 + p.right;
    sum += (long)m.real;
    return sum + b.tail;
}

int main(void)
{
    struct pair p = swap((struct pair){3, 4});
    struct mixed m = scale((struct mixed){1.5, 2}, 4);
    struct big b = {{1, 2, 3, 4, 5}, 'a'};
    struct big c = enlarge(b, 10);
    long sum = total(c, p, m);
    return sum == 0;
}
