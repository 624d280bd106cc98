/* Calls through pointers: a table of them, a parameter, a pointer in a struct. */
typedef int (*operation)(int, int);

static int add(int a, int b)
{
    int sum = a + b;
    return sum;
}

static int multiply(int a, int b)
{
    int product = a * b;
    return product;
}

struct machine {
    const char *name;
    operation run;
    int accumulator;
};

__attribute__((noinline)) static int apply(operation run, int left, int right)
{
    int result = run(left, right);
    return result;
}

__attribute__((noinline)) static void drive(struct machine *machine, int count)
{
    for (int i = 1; i <= count; i++)
        machine->accumulator = machine->run(machine->accumulator, i);
}

int main(void)
{
    operation table[2] = {add, multiply};
    struct machine machine = {"factory", multiply, 1};
    volatile int which = 1;
    int direct = apply(table[which], 6, 7);
    drive(&machine, 4);
    return direct + machine.accumulator - 66;
}
