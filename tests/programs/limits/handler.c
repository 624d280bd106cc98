// Raises a signal that it handles: the recording must end there.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t seen;

static void handler(int number)
{
    seen = number;
}

int main(void)
{
    signal(SIGUSR1, handler);
    write(1, "before\n", 7);
    raise(SIGUSR1);
    printf("after %d\n", (int)seen);
    return 0;
}
