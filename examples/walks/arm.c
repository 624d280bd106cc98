// The same two functions as in arm.s, in C: gcc for 32-bit ARM builds their frames as the walk does.
//
//   stackglass show --isa arm --at 21 --at bar:entry --at bar --at bar:return --at 22 examples/walks/arm.c
//   stackglass explain --isa arm examples/walks/arm.c bar
//
// bar calls a function, too: a leaf has no need to keep lr, and gcc's push fp alone. docs/walks.md goes through this.
//
// expect-stack: foo main
// expect-exit: 12

int same(int number) { return number; }

int bar(void) {
    int first = 7;
    return same(first);
}

int foo(void) {
    int first = 2;
    int second = 3;
    int result = bar();
    return result + first + second;
}

int main(void) { return foo(); }
