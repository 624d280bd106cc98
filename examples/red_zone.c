// A leaf function may use the 128 bytes below the stack pointer without moving it: its locals lie outside its frame.
//
//   stackglass show examples/red_zone.c
//
// expect-stack: mix main
// expect-exit: 226
static int mix(int a, int b) {
    int parts[4] = {a, b, a + b, a * b};
    long total = 0;
    for (int i = 0; i < 4; i++)
        total += (i + 1) * parts[i];
    return (int)total;
}

int main(void) {
    return mix(4, 10);
}
