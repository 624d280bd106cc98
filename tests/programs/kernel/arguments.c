// What the process start hands over: argc, argv, the environment, and auxv's page size.
// arguments: one "two words" ""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

extern char **environ;

int main(int argc, char **argv, char **envp)
{
    printf("%d\n", argc);
    for (int i = 1; i < argc; i++)
        printf("[%s]\n", argv[i]);
    printf("%d %d\n", argv[argc] == NULL, envp == environ);
    for (char **variable = environ; *variable; variable++)
        puts(*variable);
    printf("%s %d\n", getenv("LANG"), getenv("MISSING") == NULL);
    setenv("ADDED", "later", 1);
    printf("%s %lu %lu\n", getenv("ADDED"), getauxval(AT_PAGESZ), getauxval(AT_CLKTCK));
    printf("%d %d\n", strcmp((char *)getauxval(AT_PLATFORM), "x86_64"), getauxval(AT_RANDOM) != 0);
    return argc;
}
