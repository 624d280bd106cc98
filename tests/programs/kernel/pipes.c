// Descriptors: pipes to itself, duplicates, standard output turned to a file and back.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    char text[50] = {0};
    printf("%d ", pipe(ends));
    printf("%d %d\n", ends[0], ends[1]);
    printf("%zd", write(ends[1], "through the pipe", 16));
    printf(" %zd", read(ends[0], text, 7));
    printf(" %s\n", text);
    int waiting;
    printf("%d", ioctl(ends[0], FIONREAD, &waiting));
    printf(" %d\n", waiting);
    struct pollfd polled[] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {77, POLLIN, 0}};
    printf("%d", poll(polled, 3, 0));
    printf(" %d", polled[0].revents);
    printf(" %d", polled[1].revents);
    printf(" %d\n", polled[2].revents);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    printf("%d", select(ends[0] + 1, &set, NULL, NULL, &(struct timeval){0, 0}));
    printf(" %d\n", FD_ISSET(ends[0], &set));
    close(ends[1]);
    printf("%zd", read(ends[0], text, sizeof text));
    printf(" %zd\n", read(ends[0], text, sizeof text));
    close(ends[0]);
    pipe2(ends, O_NONBLOCK | O_CLOEXEC);
    printf("%zd", read(ends[0], text, 1));
    printf(" %d", errno == EAGAIN);
    printf(" %d\n", fcntl(ends[0], F_GETFD));
    printf("%d\n", poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 10));
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    printf("%zd", write(ends[1], "x", 1));
    printf(" %d\n", errno == EPIPE);
    fflush(stdout);
    int saved = dup(1);
    int file = open("captured", O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(file, 1);
    puts("into the file");
    fflush(stdout);
    dup2(saved, 1);
    lseek(file, 0, SEEK_SET);
    memset(text, 0, sizeof text);
    printf("%zd", read(file, text, sizeof text));
    printf(" %s", text);
    printf("%d", fcntl(file, F_GETFL) & O_ACCMODE);
    printf(" %d\n", fcntl(file, F_DUPFD, 40));
    printf("%d", dup2(99, 5));
    printf(" %d\n", errno == EBADF);
    printf("%d", isatty(1));
    printf(" %d\n", errno == ENOTTY);
    fprintf(stderr, "to standard error\n");
    return 0;
}
