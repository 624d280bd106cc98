// Frames whose size is known only when the program runs: a variable-length array, and memory from alloca.
//
//   stackglass show examples/alloca_vla.c
//
// Both are taken below the locals, by moving the stack pointer, and are gone when reverse returns.
//
// expect-stack: reverse main
// expect-output: ssalg
#include <alloca.h>
#include <stdio.h>
#include <string.h>

static void reverse(const char *word) {
    int length = (int)strlen(word);
    int order[length];
    char *copy = alloca(length + 1);
    for (int i = 0; i < length; i++) {
        order[i] = length - 1 - i;
        copy[i] = word[order[i]];
    }
    copy[length] = '\0';
    puts(copy);
}

int main(void) {
    reverse("glass");
    return 0;
}
