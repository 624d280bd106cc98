// The overrun of overrun.c under the stack protector: a canary between the buffer and the return address dies first.
//
//   stackglass show --cflags -fstack-protector-all --at copy:return examples/canary.c
//
// Before greet returns it compares the canary with the one that was put there, finds it changed, and aborts.
//
// expect-stack: copy greet main
// expect-fault: abort
// expect-exit: 134
static void copy(char *to, const char *from) {
    while ((*to++ = *from++))
        ;
}

static void greet(const char *name) {
    char buffer[8];
    copy(buffer, name);
}

int main(void) {
    greet("AAAAAAAAAAAAAAAAAAAAAAAA");
    return 0;
}
