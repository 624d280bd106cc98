/* Bit-fields, signed and unsigned, across a byte boundary, and of an enum type. */
#include <string.h>

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
    struct flags f;
    memset(&f, 0, sizeof f); /* so that no bit is left over from before */
    f.ready = 1;
    f.count = 2;
    f.delta = -3;
    f.wide = 0xabcde;
    f.level = HIGH;
    f.far = -1234567890LL;
    int sum = weigh(&f, 4);
    f.far *= 2;
    f.ready = 0;
    return sum == 0 && f.level == LOW;
}
