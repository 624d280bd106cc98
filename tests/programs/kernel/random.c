// Random numbers: the sequences that C fixes by the seed; the kernel's differ from each other and fill all that was asked.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

int main(void)
{
    srand(42);
    for (int i = 0; i < 5; i++)
        printf("%d ", rand());
    srandom(7);
    printf("%ld ", random());
    srand48(1);
    printf("%.10f", drand48());
    printf(" %ld\n", lrand48());
    unsigned char a[64] = {0}, b[64] = {0}, c[64] = {0};
    printf("%zd", getrandom(a, sizeof a, 0));
    printf(" %zd\n", getrandom(b, sizeof b, GRND_NONBLOCK));
    int fd = open("/dev/urandom", O_RDONLY);
    printf("%zd\n", read(fd, c, sizeof c));
    printf("%d", memcmp(a, b, sizeof a) != 0);
    printf(" %d\n", memcmp(b, c, sizeof b) != 0);
    fd = open("/dev/zero", O_RDONLY);
    printf("%zd", read(fd, c, sizeof c));
    printf(" %d\n", c[63]);
    fd = open("/dev/null", O_RDWR);
    printf("%zd", write(fd, c, 10));
    printf(" %zd\n", read(fd, c, 10));
    return 0;
}
