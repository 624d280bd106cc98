/* Leaves that use the red zone, and one with an array in it. */
static int leaf(int a, int b, int c)
{
    int products[4];
    products[0] = a * b;
    products[1] = b * c;
    products[2] = a * c;
    products[3] = products[0] + products[1] + products[2];
    return products[3];
}

static double leaf_real(double a, float b)
{
    double both[2];
    both[0] = a * b;
    both[1] = a - b;
    return both[0] + both[1];
}

int main(void)
{
    int (*volatile call)(int, int, int) = leaf;
    double (*volatile call_real)(double, float) = leaf_real;
    int whole = call(2, 3, 4);
    double real = call_real(2.5, 0.5f);
    return whole - 26 + (real != 3.25);
}
