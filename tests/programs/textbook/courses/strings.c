#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char *my_strcpy(char *d, const char *s) {
    char *r = d;
    while ((*d++ = *s++))
        ;
    return r;
}
static void reverse(char s[]) {
    int c, i, j;
    for (i = 0, j = strlen(s) - 1; i < j; i++, j--)
        c = s[i], s[i] = s[j], s[j] = c;
}
static int palindrome(const char *s) {
    const char *e = s + strlen(s);
    while (s < e) {
        if (!isalpha((unsigned char)*s)) {
            s++;
            continue;
        }
        --e;
        if (!isalpha((unsigned char)*e))
            continue;
        if (tolower(*s) != tolower(*e))
            return 0;
        s++;
    }
    return 1;
}
static int words(const char *s) {
    int in = 0, n = 0;
    for (; *s; s++)
        if (isspace((unsigned char)*s))
            in = 0;
        else if (!in)
            in = 1, n++;
    return n;
}
int main(void) {
    char buf[64], copy[64] = "xyz";
    char *text = "The quick  brown\tfox";
    my_strcpy(buf, text);
    reverse(buf);
    printf("<%s> %d\n", buf, words(text));
    printf("%d %d\n", palindrome("A man, a plan, a canal: Panama"), palindrome("hello"));
    strcat(copy, buf);
    printf("%s|%zu\n", copy, strlen(copy));
    char tokens[] = "a,b;;c d";
    for (char *t = strtok(tokens, ",; "); t; t = strtok(NULL, ",; "))
        printf("(%s)", t);
    puts("");
    printf("%s %s %s\n", strchr(text, 'q'), strrchr(text, 'o'), strstr(text, "own"));
    printf("%d %d %d\n", strcmp("a", "b") < 0, strncmp("abc", "abd", 2), memcmp("a\0b", "a\0c", 3) < 0);
    memset(buf, '-', 10);
    buf[10] = 0;
    memmove(buf + 2, "hello", 5);
    puts(buf);
    memmove(buf + 1, buf, 8);
    puts(buf);
    snprintf(buf, 8, "%s", "truncated text");
    puts(buf);
    printf("%d\n", snprintf(NULL, 0, "%d-%s", 12345, "abc"));
    printf("[%10s][%-10s][%.3s][%*s][%-*.*s]\n", "right", "left", "precise", 6, "st", 8, 2, "dynamic");
    printf("[%5d][%-5d][%05d][%+d][% d][%x][%#x][%X][%o][%#o][%c][%%][%u]\n", 42, 42, 42, 42, 42, 255, 255, 255, 8, 8,
           'A', 4000000000u);
    printf("%ld %lld %llu %hhd %hd\n", 5L, 1LL << 40, ~0ULL, (char)300, (short)70000);
    printf("%d %d %ld\n", atoi("  -42x"), atoi("junk"), strtol("0x1fz", NULL, 16));
    char *end;
    long v = strtol("077 rest", &end, 0);
    printf("%ld<%s>\n", v, end);
    printf("%g %g\n", atof("3.25e2"), strtod("-.5abc", &end));
    puts(end);
    for (char *p = "MiXed 123"; *p; p++)
        putchar(isupper(*p) ? tolower(*p) : toupper(*p));
    putchar('\n');
    char *d = strdup("dup");
    d[0] = 'D';
    puts(d);
    free(d);
    printf("%zu %zu\n", strspn("aabbc", "ab"), strcspn("hello world", " "));
    printf("%s\n", strpbrk("hello", "ol"));
    char one = 'a';
    one += 1;
    printf("%c %d %s"
           " joined\n",
           one, '\101' == 'A', "\x41\102");
    return 0;
}
