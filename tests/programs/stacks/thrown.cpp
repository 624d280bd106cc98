// Exceptions and longjmp out of several frames. How each call is left, in the order of the calls:
//
// expect-left: ends return
// expect-left: cleans jump
// expect-left: cleans jump
// expect-left: cleans jump
// expect-left: passes jump
// expect-left: passes jump
// expect-left: fails jump
// expect-left: again jump
// expect-left: fails jump
// expect-left: fails jump
// expect-left: outer return
// expect-left: jumps jump
// expect-left: jumps jump
// expect-left: jumps jump
// expect-left: ends return
//
// expect-output: 1 13 12 11 105 2 22 21 207
#include <csetjmp>
#include <cstdio>

#define APART __attribute__((noinline, noclone))

static std::jmp_buf back;
static volatile int said[3], count;

struct Guard {
    int number;
    ~Guard() { said[count++] = number; }
};

APART int ends(volatile int *where) { return *where + 1; }

// With a landing pad of its own, which an exception goes on from.
APART int cleans(volatile int depth)
{
    Guard guard{depth + 10};
    if (depth == 3)
        throw depth;
    return cleans(depth + 1) + guard.number;
}

// Without one.
APART int passes(volatile int depth)
{
    if (depth == 2)
        throw depth;
    return passes(depth + 1) + depth;
}

// What stands behind a call of it is what catches.
[[noreturn]] APART void fails(volatile int code) { throw code; }

APART int again(volatile int code)
{
    try {
        fails(code);
    } catch (int caught) {
        volatile int kept = caught + 1;
        fails(kept);
    }
}

APART int jumps(volatile int depth)
{
    if (depth == 3)
        std::longjmp(back, 7);
    return jumps(depth + 1) + depth;
}

APART int outer(volatile int add)
{
    volatile int result = add;
    int code = setjmp(back);
    if (code)
        return result + code;
    result = result + 100;
    return jumps(1);
}

int main()
{
    volatile int one = 0, sum = 0;
    std::printf("%d ", ends(&one));
    try {
        sum = cleans(1);
    } catch (int code) {
        sum = 102 + code;
    }
    std::printf("%d %d %d %d ", said[0], said[1], said[2], sum);
    try {
        passes(1);
    } catch (int code) {
        std::printf("%d ", code);
    }
    try {
        fails(22);
    } catch (int code) {
        std::printf("%d ", code);
    }
    try {
        again(20);
    } catch (int code) {
        std::printf("%d ", code);
    }
    int jumped = outer(100);
    std::printf("%d\n", jumped);
    return ends(&one) - 1;
}
