// Runaway recursion: 10, 8, 6, 4, 2, 0, -2 ... steps over 1 and never stops. The stack runs out.
//
//   stackglass show --at crash examples/runaway.c
//
// expect-fault: stack_overflow
// expect-exit: 139
int sum_of_odd(int n) {
    char notes[400];
    notes[0] = (char)n;
    if (n == 1)
        return 1;
    return notes[0] + sum_of_odd(n - 2);
}

int main(void) {
    return sum_of_odd(10);
}
