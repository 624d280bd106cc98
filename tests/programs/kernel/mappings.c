// Mappings by hand: anonymous and of files, resized, moved, protected, dropped.
// file data.txt: the bytes of a file
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(p, "first page");
    strcpy(p + 4096, "second page");
    char *q = mremap(p, 8192, 1 << 20, MREMAP_MAYMOVE);
    printf("%s, %s, %d\n", q, q + 4096, q[(1 << 20) - 1]);
    printf("%d\n", mremap(q, 1 << 20, 4096, 0) == q);
    printf("%d\n", mprotect(q, 4096, PROT_READ));
    int fd = open("data.txt", O_RDONLY);
    char *file = mmap(NULL, 18, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("%.18s %d\n", file, file[100]);
    file[0] = 'T';
    char byte;
    printf("%zd", pread(fd, &byte, 1, 0));
    printf(" %c\n", byte);
    printf("%s\n", (char *)mmap(NULL, 18, PROT_READ, MAP_SHARED, fd, 0));
    char *fixed = mmap(file, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("%d %d\n", fixed == file, fixed[0]);
    printf("%d", mmap(file, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
    printf(" %d\n", errno == EEXIST);
    strcpy(fixed, "dropped");
    printf("%d", madvise(fixed, 4096, MADV_DONTNEED));
    printf(" [%s]\n", fixed);
    printf("%d\n", munmap(fixed, 4096));
    printf("%d", mprotect(fixed, 4096, PROT_READ));
    printf(" %d\n", errno == ENOMEM);
    printf("%d", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    printf(" %d\n", errno == EINVAL);
    printf("%d", munmap((void *)1, 4096));
    printf(" %d\n", errno == EINVAL);
    void *low = mmap((void *)0x10000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%p\n", low);
#ifdef __GLIBC__ // musl's sbrk refuses
    char *heap = sbrk(0);
    printf("%d", sbrk(10000) == heap);
    memset(heap, 7, 10000);
    printf(" %d", sbrk(-10000) == heap + 10000);
    printf(" %d\n", sbrk(0) == heap);
#endif
    printf("%zd", read(fd, (void *)"constant", 4));
    printf(" %d\n", errno == EFAULT);
    printf("%zd", write(1, (void *)8, 4));
    printf(" %d\n", errno == EFAULT);
    return 0;
}
