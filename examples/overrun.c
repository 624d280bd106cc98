// A buffer that overruns: eight bytes are set aside, and what is written goes on over the return address.
//
//   stackglass show --at greet:return examples/overrun.c
//
// When greet returns it jumps to 0x4141414141414141, where there is nothing.
//
// expect-stack: greet main
// expect-fault: jump_to_nowhere
// expect-exit: 139
static void copy(char *to, const char *from) {
    while ((*to++ = *from++))
        ;
}

static void greet(const char *name) {
    char buffer[8];
    copy(buffer, name);
}

int main(void) {
    greet("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    return 0;
}
