// Standard input in every way that C has: characters, lines, scanf, the rest at once.
// arguments: 3
// stdin: 42 3.5 word\nthe second line\nx\n7 8 9\nrest of\nthe input
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int number;
    double real;
    char word[20];
    printf("How many? ");
    printf("%d ", scanf("%d %lf %19s", &number, &real, word));
    printf("%d %g %s %d\n", number, real, word, argc > 1 ? atoi(argv[1]) : 0);
    getchar();
    char *line = NULL;
    size_t room = 0;
    printf("%zd ", getline(&line, &room, stdin));
    printf("%s", line);
    int c = getchar();
    ungetc(c, stdin);
    printf("%c", getchar());
    printf("%c", getchar());
    int sum = 0;
    while (scanf("%d", &number) == 1)
        sum += number;
    printf("%d\n", sum);
    char rest[100];
    size_t size = fread(rest, 1, sizeof rest, stdin);
    printf("%zu [%.*s] %d\n", size, (int)size, rest, feof(stdin) != 0);
    printf("%zd\n", read(0, rest, 5));
    free(line);
    return 0;
}
