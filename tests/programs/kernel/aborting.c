// Ends by a failed assertion, which aborts; SIGABRT is blocked, and ends it all the same.
#include <assert.h>
#include <signal.h>
#include <stdio.h>

int main(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    puts("before");
    fflush(stdout);
    int two = 2;
    assert(two == 3);
    puts("not reached");
    return 0;
}
