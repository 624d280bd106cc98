/* Runs a function on a stack of its own, three times a bit of it. */
#include <stdio.h>
#include <ucontext.h>

static ucontext_t home, other;
static char room[65536];

static void work(int rounds)
{
    for (int i = 0; i < rounds; i++)
        swapcontext(&other, &home);
}

static void resume(int round)
{
    swapcontext(&home, &other);
    printf("%d\n", round);
}

int main(void)
{
    getcontext(&other);
    other.uc_stack.ss_sp = room;
    other.uc_stack.ss_size = sizeof room;
    other.uc_link = &home;
    makecontext(&other, (void (*)(void))work, 1, 3);
    for (int round = 0; round < 3; round++)
        resume(round);
    return 0;
}
