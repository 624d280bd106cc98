// A chain of calls: main calls f1, f1 calls f2, f2 calls f3. Four frames, the oldest at the highest addresses.
//
//   stackglass show examples/chain.c
//
// expect-stack: f3 f2 f1 main
// expect-exit: 6
int f3(int c) {
    int three = c + 1;
    return three + 2;
}

int f2(int b) {
    int two = b + 1;
    return f3(two) + 1;
}

int f1(int a) {
    int one = a + 1;
    return f2(one);
}

int main(void) {
    int zero = 0;
    return f1(zero);
}
