// Tail calls: with -O2, hop and skip jump to what they end with, so their frames are gone while land runs.
//
//   stackglass show -O 2 examples/tail_call.c
//
// expect-stack: land main
// expect-exit: 3
#define APART __attribute__((noinline))

APART static int land(int n) {
    volatile int ground[8] = {0};
    ground[n & 7] = n;
    return ground[n & 7] + 10;
}

APART static int skip(int n) {
    return land(n + 1);
}

APART static int hop(int n) {
    return skip(n + 1);
}

int main(int argc, char *argv[]) {
    (void)argv;
    int landed = hop(argc);
    return landed - 10;
}
