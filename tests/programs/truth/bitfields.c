/* Bit-fields, signed and unsigned, across a byte boundary, and of an enum type. */
enum level { LOW, MIDDLE, HIGH };

struct flags {
    unsigned int ready : 1;
    unsigned int count : 5;
    int delta : 7;
    unsigned int wide : 20;
    enum level level : 2;
    long long far : 40;
};

__attribute__((noinline)) static int weigh(struct flags *f, int times)
{
    int sum = 0;
    for (int i = 0; i < times; i++) {
        f->count += 3;
        f->delta -= 5;
        sum += f->count + f->delta;
    }
    return sum;
}

int main(void)
{
    static const struct flags start = {1, 2, -3, 0xabcde, HIGH, -1234567890LL};
    struct flags f = start; /* copied whole, so that no bit is left over from before */
    int sum = weigh(&f, 4);
    f.far *= 2;
    f.ready = 0;
    return sum == 0 && f.level == LOW;
}
