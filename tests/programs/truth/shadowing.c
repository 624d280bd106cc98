/* Nested blocks whose variables hide those outside, and a loop's own variable. */
int value = 7;

__attribute__((noinline)) static int consume(int *a, int *b)
{
    *a += 1;
    *b += 2;
    return *a + *b;
}

__attribute__((noinline)) static int nest(int value)
{
    int total = value;
    {
        int value = total + 10;
        int extra = consume(&value, &total);
        {
            long value = extra * 2L;
            char letter = (char)('a' + value % 26);
            total += (int)value + letter;
        }
        total += value;
    }
    for (int value = 0; value < 2; value++) {
        int square = value * value;
        total += consume(&square, &total);
    }
    return total + value;
}

int main(void)
{
    int result = nest(3);
    value += result;
    return value == 0;
}
