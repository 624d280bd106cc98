/* Static locals, globals of several types, one name in two functions. */
int counter = 3;
static double ratio = 0.5;
const char *const title = "statics";
static struct { int hits; long last; } record = {0, -1};
int table[4] = {1, 2, 4, 8};

__attribute__((noinline)) static int next(void)
{
    static int counter = 100;
    static char letters[4] = "ab";
    counter += 5;
    letters[2] = (char)('a' + counter % 26);
    return counter;
}

__attribute__((noinline)) static int tick(int by)
{
    static int calls;
    calls++;
    counter += by * calls;
    record.hits = calls;
    record.last = counter;
    ratio *= 2;
    return calls;
}

int main(void)
{
    int first = next();
    int second = next();
    tick(1);
    int ticks = tick(2);
    table[2] = ticks;
    return first == second || title[0] != 's';
}
