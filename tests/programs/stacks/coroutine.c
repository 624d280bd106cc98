/* A coroutine: `producer` runs on `its_stack`, and hands control back and forth with `resume`. */
#include <stdio.h>
#include <ucontext.h>

static ucontext_t caller, coroutine;
static char its_stack[16384];

void hand_over(int n) {
    int given = n * 2;
    swapcontext(&coroutine, &caller);
    given++; /* resumed */
    printf("%d\n", given);
}

void producer(int first) {
    int mine = first;
    hand_over(mine);
    hand_over(mine + 1);
}

int resume(int k) {
    int times = k + 1;
    swapcontext(&caller, &coroutine);
    return times;
}

int main(void) {
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = its_stack;
    coroutine.uc_stack.ss_size = sizeof its_stack;
    coroutine.uc_link = &caller;
    makecontext(&coroutine, (void (*)(void))producer, 1, 5);
    int sum = resume(1) + resume(2) + resume(3);
    return sum == 9 ? 0 : 1;
}
