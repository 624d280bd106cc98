// Asks for another process, then for another thread: neither is to be had, and it is told so.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *run(void *argument)
{
    return argument;
}

int main(void)
{
    pthread_t thread;
    int child = fork();
    printf("fork %d: %s\n", child, strerror(errno));
    printf("thread: %s\n", strerror(pthread_create(&thread, NULL, run, NULL)));
    int none = wait(NULL);
    printf("wait %d: %s\n", none, strerror(errno));
    return 3;
}
