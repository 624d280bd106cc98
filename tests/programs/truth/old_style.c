/* Old C: implicit int, K&R parameters, register variables. Wants -std=gnu89. */
int gcd(a, b)
    int a;
    register int b;
{
    int rest;
    while (b != 0) {
        rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

float average(values, count)
    float *values;
    int count;
{
    float sum;
    int i;
    sum = 0;
    for (i = 0; i < count; i++)
        sum = sum + values[i];
    return sum / count;
}

main()
{
    float values[3];
    int divisor;
    float mean;
    values[0] = 1.5;
    values[1] = 2.5;
    values[2] = 5;
    divisor = gcd(84, 36);
    mean = average(values, 3);
    return divisor - 12 + (mean != 3);
}
