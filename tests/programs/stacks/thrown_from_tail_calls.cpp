// Exceptions and longjmp out of functions that were reached by tail calls, at -O0 too. How each call is left, in the
// order of the calls:
//
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: hands_on_twice tail call
// expect-left: hands_on tail call
// expect-left: fails return
// expect-left: passes jump
// expect-left: cleans jump
// expect-left: hands_on_twice tail call
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: rethrows jump
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: nests return
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: to_itself return
// expect-left: back_to_itself tail call
// expect-left: to_itself jump
// expect-left: back_to_itself tail call
// expect-left: to_itself jump
// expect-left: to_one_that_catches tail call
// expect-left: catches return
// expect-left: hands_on tail call
// expect-left: fails jump
// expect-left: by_its_base return
// expect-left: returns return
// expect-left: by_its_base return
// expect-left: returns jump
// expect-left: jumps_back return
// expect-left: to_one_that_jumps tail call
// expect-left: jumps jump
//
// expect-output: 5 6 3 27 8 309 31 12 1002 14 214
#include <csetjmp>
#include <cstdio>

#ifdef __clang__
#define APART __attribute__((noinline))
#define HANDS_ON APART
#define INSTEAD __attribute__((musttail)) return
#else
#define APART __attribute__((noinline, noclone))
#define HANDS_ON __attribute__((noinline, noclone, optimize("O2")))
#define INSTEAD return
#endif

static std::jmp_buf back;
static volatile int said;

struct Guard {
    int number;
    ~Guard() { said = said + number; }
};

APART int fails(int code)
{
    volatile int kept = code;
    if (kept > 4)
        throw code;
    return kept;
}

HANDS_ON int hands_on(int code) { INSTEAD fails(code); }
HANDS_ON int hands_on_twice(int code) { INSTEAD hands_on(code); }

// With a landing pad of its own, which the exception goes on from.
APART int cleans(int code)
{
    Guard guard{20};
    return hands_on_twice(code) + guard.number;
}

// Without one.
APART int passes(int code) { return cleans(code) + 1; }

APART int rethrows(int code)
{
    try {
        return hands_on(code) + 1;
    } catch (int caught) {
        said = caught;
        throw;
    }
}

APART int nests(int code)
{
    volatile int sum = 300;
    try {
        try {
            sum = sum + hands_on(code);
        } catch (int caught) {
            sum = sum + caught - code;
            hands_on(code + 1);
        }
    } catch (int caught) {
        sum = sum + caught;
    }
    return sum;
}

APART int to_itself(int depth);
HANDS_ON int back_to_itself(int depth) { INSTEAD to_itself(depth); }

// Each of them could catch what the innermost throws; only the outermost goes on.
APART int to_itself(int depth)
{
    volatile int kept = depth;
    if (depth == 3)
        throw 10;
    try {
        return back_to_itself(depth + 1) + kept;
    } catch (int caught) {
        if (kept > 1)
            throw caught + 10 * kept;
        return caught + kept;
    }
}

APART int catches(int code)
{
    volatile int kept = 2;
    try {
        return hands_on(code) + kept;
    } catch (int caught) {
        return caught + kept;
    }
}

HANDS_ON int to_one_that_catches(int code) { INSTEAD catches(code); }

struct Base {
    int added = 1000;
    virtual int returns(int code) { return code + added; }
};

// Called through Base, by a thunk that jumps here.
struct Derived : virtual Base {
    APART int returns(int code) override
    {
        if (code > 4)
            throw code;
        return code + added;
    }
};

APART int by_its_base(Base *base, int code)
{
    volatile int kept = code + 1;
    try {
        return base->returns(code);
    } catch (int caught) {
        return caught + kept - code;
    }
}

APART int jumps(int code)
{
    volatile int kept = code;
    if (kept > 4)
        std::longjmp(back, kept);
    return kept;
}

HANDS_ON int to_one_that_jumps(int code) { INSTEAD jumps(code); }

APART int jumps_back(int add)
{
    volatile int result = add;
    int code = setjmp(back);
    if (code)
        return result + code;
    result = result + 100;
    return to_one_that_jumps(14);
}

int main()
{
    volatile int sum = 0;
    for (int code = 5; code < 7; code++) {
        try {
            sum = hands_on(code);
        } catch (int caught) {
            std::printf("%d ", caught);
        }
    }
    std::printf("%d ", hands_on_twice(3));
    try {
        sum = passes(7);
    } catch (int caught) {
        std::printf("%d ", said + caught);
    }
    try {
        sum = rethrows(8);
    } catch (int caught) {
        std::printf("%d ", caught);
    }
    std::printf("%d ", nests(8));
    std::printf("%d ", to_itself(1));
    std::printf("%d ", to_one_that_catches(10));
    Derived derived;
    std::printf("%d ", by_its_base(&derived, 2));
    std::printf("%d ", by_its_base(&derived, 13));
    int jumped = jumps_back(100);
    std::printf("%d\n", jumped);
    return 0;
}
