/* Unions, anonymous ones too, read by another member than was written. */
union number {
    unsigned int bits;
    float real;
    unsigned char bytes[4];
};

struct tagged {
    int kind;
    union {
        long integer;
        double real;
        char text[8];
    };
};

__attribute__((noinline)) static unsigned int exponent(union number n)
{
    unsigned int bits = n.bits;
    unsigned int field = bits >> 23 & 0xff;
    return field;
}

__attribute__((noinline)) static long unpack(struct tagged *t)
{
    long result = 0;
    if (t->kind == 0)
        result = t->integer;
    else if (t->kind == 1)
        result = (long)t->real;
    else
        result = t->text[0];
    return result;
}

int main(void)
{
    union number one;
    struct tagged t;
    one.real = 1.0f;
    t.kind = 1;
    t.real = 42.5;
    long first = unpack(&t);
    t.kind = 2;
    t.text[0] = 'A';
    long second = unpack(&t);
    return (int)(exponent(one) - 127 + first - 42 + second - 65);
}
