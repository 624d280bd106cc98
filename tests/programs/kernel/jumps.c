// setjmp and longjmp over frames, also with the signal mask; alloca and arrays of variable size between.
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static jmp_buf outer, inner;

static int down(int n)
{
    char room[n * 10 + 1];
    char *more = alloca(n * 8 + 1);
    memset(room, n, sizeof room);
    memset(more, n, n * 8 + 1);
    if (n == 0)
        longjmp(outer, 5);
    return down(n - 1) + room[0] + more[0];
}

int main(void)
{
    volatile int tries = 0;
    int code = setjmp(outer);
    printf("%d %d\n", code, tries);
    if (code == 0 || tries++ < 2)
        down(10 + tries);
    if (setjmp(inner) == 0) {
        puts("first");
        longjmp(inner, 0);
    }
    puts("second");
    sigjmp_buf masked;
    sigset_t set, now;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    volatile int again = sigsetjmp(masked, 1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("%d %d\n", again, sigismember(&now, SIGUSR1));
    if (!again) {
        sigprocmask(SIG_BLOCK, &set, NULL);
        siglongjmp(masked, 3);
    }
    return 0;
}
