// Files: reads one of the root folder, and makes, appends to, seeks in, cuts, renames and removes its own.
// file data.txt: first line\nsecond line\n
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file) {
        printf("%s: %s\n", name, strerror(errno));
        return;
    }
    char line[100];
    while (fgets(line, sizeof line, file))
        printf("%s: %s", name, line);
    fclose(file);
}

int main(void)
{
    show("data.txt");
    show("absent.txt");
    show("./absent/deeper.txt");
    show("data.txt/deeper");
    FILE *out = fopen("out.txt", "w");
    for (int i = 0; i < 5; i++)
        fprintf(out, "line %d\n", i);
    fclose(out);
    out = fopen("out.txt", "a");
    fputs("appended\n", out);
    fclose(out);
    out = fopen("out.txt", "r+");
    fseek(out, 7, SEEK_SET);
    fputs("LINE", out);
    fseek(out, -3, SEEK_END);
    printf("%ld", ftell(out));
    printf(" %c\n", fgetc(out));
    fclose(out);
    show("out.txt");
    struct stat status;
    printf("%d", stat("out.txt", &status));
    printf(" %ld", (long)status.st_size);
    printf(" %d\n", S_ISREG(status.st_mode));
    printf("%d %o\n", (int)status.st_nlink, status.st_mode & 0777);
    printf("%d", truncate("out.txt", 10));
    printf(" %ld\n", (long)(stat("out.txt", &status), status.st_size));
    printf("%d", rename("out.txt", "renamed.txt"));
    printf(" %d\n", access("out.txt", F_OK));
    show("renamed.txt");
    out = fopen("data.txt", "a");
    fputs("mine\n", out);
    fclose(out);
    show("data.txt");
    int fd = open("renamed.txt", O_RDONLY);
    printf("%d\n", unlink("renamed.txt"));
    char bytes[4] = {0};
    printf("%zd", read(fd, bytes, 3));
    printf(" %s\n", bytes);
    printf("%d", open("renamed.txt", O_RDONLY));
    printf(" %d\n", errno);
    printf("%d", open("data.txt", O_CREAT | O_EXCL | O_WRONLY, 0600));
    printf(" %d\n", errno);
    printf("%zd", write(fd, "x", 1));
    printf(" %d\n", errno);
    printf("%d", close(fd));
    printf(" %zd", read(fd, bytes, 1));
    printf(" %d\n", errno);
    FILE *temporary = tmpfile();
    fputs("temporary", temporary);
    rewind(temporary);
    printf("%s\n", fgets((char[20]){0}, 20, temporary));
    fd = open("sparse", O_RDWR | O_CREAT, 0644);
    lseek(fd, 200000, SEEK_SET);
    printf("%zd\n", write(fd, "end", 3));
    lseek(fd, 100000, SEEK_SET);
    printf("%zd", read(fd, bytes, 2));
    printf(" %d\n", bytes[0]);
    printf("%ld\n", (long)lseek(fd, 0, SEEK_END));
    return 0;
}
