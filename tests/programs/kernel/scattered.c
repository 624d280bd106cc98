// Vectors of buffers, positions, and the bounds of what system calls take.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void)
{
    int fd = open("scattered", O_RDWR | O_CREAT, 0644);
    struct iovec out[] = {{"one ", 4}, {"", 0}, {"two ", 4}, {"three", 5}};
    printf("%zd\n", writev(fd, out, 4));
    char a[3], b[20] = {0};
    struct iovec in[] = {{a, sizeof a}, {b, sizeof b - 1}};
    printf("%ld", (long)lseek(fd, 0, SEEK_SET));
    printf(" %zd", readv(fd, in, 2));
    printf(" %.3s", a);
    printf("|%s\n", b);
    printf("%zd", pwrite(fd, "TWO", 3, 4));
    printf(" %zd\n", pread(fd, b, 7, 4));
    printf("%.7s", b);
    printf(" %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    printf("%zd", pwritev(fd, out, 1, 30));
    printf(" %zd", preadv(fd, in, 1, 30));
    printf(" %.4s\n", a);
    printf("%ld", (long)lseek(fd, -1, SEEK_SET));
    printf(" %d\n", errno == EINVAL);
    printf("%ld", (long)lseek(1, 0, SEEK_CUR));
    printf(" %d\n", errno == ESPIPE);
    printf("%zd", readv(fd, in, -1));
    printf(" %d\n", errno == EINVAL);
    printf("%zd", pread(fd, b, 1, -1));
    printf(" %d\n", errno == EINVAL);
    struct stat status;
    printf("%d", fstat(fd, &status));
    printf(" %ld", (long)status.st_size);
    printf(" %d\n", (int)status.st_blksize);
    printf("%d\n", ftruncate(fd, 5));
    printf("%zd", pread(fd, b, 20, 0));
    printf(" %zd\n", pread(fd, b, 20, 5));
    int append = open("scattered", O_WRONLY | O_APPEND);
    printf("%zd", write(append, "end", 3));
    printf(" %ld\n", (long)lseek(append, 0, SEEK_CUR));
    struct statx extended;
    printf("%d", statx(AT_FDCWD, "scattered", 0, STATX_BASIC_STATS, &extended));
    printf(" %llu", (unsigned long long)extended.stx_size);
    printf(" %o\n", extended.stx_mode & 0777);
    printf("%zd", read(append, b, 1));
    printf(" %d\n", errno == EBADF);
    printf("%d", fsync(fd));
    printf(" %d\n", fchmod(fd, 0600));
    printf("%d", fstat(fd, &status));
    printf(" %o\n", status.st_mode & 0777);
    return 0;
}
