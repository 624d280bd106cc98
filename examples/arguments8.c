// Eight arguments: the first six come in registers, the last two on the stack, in the caller's frame.
//
//   stackglass show examples/arguments8.c
//   stackglass explain examples/arguments8.c weigh
//
// expect-stack: weigh main
// expect-exit: 204
int weigh(int a, int b, int c, int d, int e, int f, int g, int h) {
    int low = a + 2 * b + 3 * c + 4 * d;
    int high = 5 * e + 6 * f + 7 * g + 8 * h;
    return low + high;
}

int main(void) {
    return weigh(1, 2, 3, 4, 5, 6, 7, 8);
}
