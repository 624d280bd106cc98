// Where things lie: the addresses of functions, globals, statics, malloc'd blocks and locals.
//
//   stackglass show examples/layout.c
//   stackglass layout examples/layout.c                      (the address space, part by part)
//   stackglass layout examples/layout.c --symbols            (and everything in it that has a name)
//   stackglass layout examples/layout.c --explain-output -- numbers
//
// The addresses are not the same everywhere, so they are printed only if the program is given an argument. What is true
// everywhere it says in any case. At the end it prints two addresses that mean nothing any more: that of a block which it
// has freed, and that of a local of a function which has returned.
//
// expect-stack: deep main
// expect-output: the stack grows down: yes
// expect-output: static variables lie below the stack: yes
// expect-output: two blocks overlap: no
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

const float pi = 3.142f;  // initialised data, read-only
int number = 50;          // initialised data, read-write
int a, b;                 // BSS
static char buffer[4096]; // BSS too, and seen in this file only
static uintptr_t of_f, gone;

static void f(int numbers) {
    int x = 1, y = 2;
    static int w = 7;
    if (numbers) {
        printf("static in f:    &w=%p\n", (void *)&w);
        printf("locals in f:    &x=%p &y=%p\n", (void *)&x, (void *)&y);
    }
    of_f = (uintptr_t)&x;
}

static void deep(void) {
    char room[20000];
    room[0] = 'r';
    gone = (uintptr_t)room;
}

int main(int argc, char *argv[]) {
    int m = argc, n = 0, numbers = argc > 1;
    static int o;
    char *first = malloc(100), *second = malloc(100);
    if (numbers) {
        printf("functions:   &main=%p &f=%p\n", (void *)(uintptr_t)main, (void *)(uintptr_t)f);
        printf("constant:      &pi=%p\n", (const void *)&pi);
        printf("globals:   &number=%p &a=%p &b=%p\n", (void *)&number, (void *)&a, (void *)&b);
        printf("static:     buffer=%p, its middle %p\n", (void *)buffer, (void *)(buffer + 2048));
        printf("dynamic:  malloc()=%p malloc()=%p\n", (void *)first, (void *)second);
        printf("static in main: &o=%p\n", (void *)&o);
        printf("locals in main: &m=%p &n=%p\n", (void *)&m, (void *)&n);
        printf("argument:  argv[1]=%p\n", (void *)argv[1]);
    }
    uintptr_t freed = (uintptr_t)first;
    f(numbers);
    deep();
    printf("the stack grows down: %s\n", of_f < (uintptr_t)&m ? "yes" : "no");
    printf("static variables lie below the stack: %s\n", (uintptr_t)&b < (uintptr_t)&m ? "yes" : "no");
    printf("two blocks overlap: %s\n", first + 100 <= second || second + 100 <= first ? "no" : "yes");
    free(first);
    if (numbers)
        printf("freed: %p, gone: %p\n", (void *)freed, (void *)gone);
    free(second);
    return 0;
}
