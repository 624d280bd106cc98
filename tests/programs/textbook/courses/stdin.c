// stdin: 3 4 5\nhello world\n  x 7.5 0x1f\nabc,def\nline two\n
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    int a, b, c;
    char w[20], v[20], ch;
    double d;
    unsigned h;
    int n = scanf("%d %d%d", &a, &b, &c);
    printf("%d: %d %d %d\n", n, a, b, c);
    n = scanf("%s %5s", w, v);
    printf("%d <%s> <%s>\n", n, w, v);
    n = scanf(" %c %lf %x", &ch, &d, &h);
    printf("%d %c %g %u\n", n, ch, d, h);
    n = scanf(" %[^,],%s", w, v);
    printf("%d <%s> <%s>\n", n, w, v);
    getchar();
    char line[30];
    if (fgets(line, sizeof line, stdin))
        printf("[%s]\n", strtok(line, "\n"));
    int k;
    while ((k = getchar()) != EOF)
        printf("%d ", k);
    printf("eof %d\n", feof(stdin) != 0);
    n = scanf("%d", &a);
    printf("%d\n", n == EOF);
    if (sscanf("12-34", "%d-%d", &a, &b) == 2)
        printf("%d\n", a + b);
    exit(42);
}
