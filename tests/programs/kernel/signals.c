// Signals that end nobody: ignored, blocked and waiting; what sigaction tells back.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void handler(int number)
{
    (void)number;
}

int main(void)
{
    printf("%d\n", signal(SIGUSR1, SIG_IGN) == SIG_DFL);
    printf("%d\n", raise(SIGUSR1));
    printf("%d\n", raise(SIGCHLD));
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, told;
    sigaddset(&action.sa_mask, SIGTERM);
    printf("%d", sigaction(SIGUSR2, &action, NULL));
    printf(" %d\n", sigaction(SIGUSR2, NULL, &told));
    printf("%d %d %d\n", told.sa_handler == handler, (told.sa_flags & SA_RESTART) != 0, sigismember(&told.sa_mask, SIGTERM));
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    printf("%d\n", sigprocmask(SIG_BLOCK, &set, NULL));
    printf("%d\n", kill(getpid(), SIGTERM));
    sigpending(&pending);
    printf("%d %d\n", sigismember(&pending, SIGTERM), sigismember(&pending, SIGINT));
    signal(SIGTERM, SIG_IGN);
    printf("%d\n", sigprocmask(SIG_UNBLOCK, &set, NULL));
    printf("%d", sigaction(SIGKILL, &action, NULL));
    printf(" %d\n", errno == EINVAL);
    printf("%d", kill(getpid(), 0));
    printf(" %d\n", kill(getpid(), 200));
    printf("%u", alarm(1000));
    printf(" %u\n", alarm(0));
    printf("%s", strsignal(SIGSEGV));
    printf(" %s\n", strsignal(SIGABRT));
    fflush(stdout);
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
    puts("not reached");
    return 0;
}
