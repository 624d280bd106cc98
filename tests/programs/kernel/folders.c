// Folders: makes, lists, enters and removes them; links by name.
// file given/a.txt: a
// file given/b.txt: bb
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
    char *names[50];
    int count = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) && count < 50;)
        names[count++] = strdup(entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    printf("%s:", path);
    for (int i = 0; i < count; i++)
        printf(" %s", names[i]);
    puts("");
}

int main(void)
{
    char where[100], target[100] = {0};
    list("given");
    printf("%d", mkdir("made", 0755));
    printf(" %d", mkdir("made", 0755));
    printf(" %d\n", errno);
    fclose(fopen("made/file", "w"));
    printf("%d\n", symlink("../given/b.txt", "made/link"));
    list("made");
    printf("%zd", readlink("made/link", target, sizeof target));
    printf(" %s\n", target);
    FILE *through = fopen("made/link", "r");
    printf("%s\n", fgets(where, sizeof where, through));
    fclose(through);
    struct stat status;
    printf("%d", lstat("made/link", &status));
    printf(" %d", S_ISLNK(status.st_mode));
    printf(" %d\n", (int)status.st_size);
    printf("%d", stat("made/link", &status));
    printf(" %d\n", S_ISREG(status.st_mode));
    printf("%d", rmdir("made"));
    printf(" %d", errno == ENOTEMPTY);
    printf(" %d\n", rmdir("given/a.txt"));
    printf("%d", unlink("made"));
    printf(" %d\n", errno == EISDIR || errno == EPERM);
    printf("%d", chdir("made"));
    printf(" %s\n", strrchr(getcwd(where, sizeof where), '/'));
    printf("%d", access("file", R_OK | W_OK));
    printf(" %d\n", access("../given", X_OK));
    printf("%d", unlink("file"));
    printf(" %d", unlink("link"));
    printf(" %d\n", chdir(".."));
    printf("%d\n", rmdir("made"));
    list("made");
    printf("%d\n", unlink("given/a.txt"));
    list("given");
    printf("%d", symlink("loop", "loop"));
    printf(" %d\n", open("loop", 0) < 0 ? errno == ELOOP : -1);
    printf("%d", mkdir("absent/deeper", 0700));
    printf(" %d\n", errno == ENOENT);
    printf("%d", realpath("given/../given/b.txt", where) != NULL);
    printf(" %s\n", strrchr(where, '/'));
    return 0;
}
