#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int *min(int *a, int n) {
    int *m = a;
    for (int *p = a; p < a + n; p++)
        if (*p < *m)
            m = p;
    return m;
}
void set(int **pp, int *v) {
    *pp = v;
}
void *ident(void *p) {
    return p;
}
char *skip(char *s, char c) {
    while (*s && *s != c)
        ++s;
    return s;
}
int sum(const int a[static 3]) {
    return a[0] + a[1] + a[2];
}
int strange(int n, int a[n]) {
    return a[n - 1];
}
int main(void) {
    int a[] = {4, 2, 9}, *p = a, *q = &a[2], **pp = &p;
    printf("%d %d %d\n", *min(a, 3), (int)(q - p), p < q);
    *p++ = 10;
    printf("%d %d\n", a[0], *p);
    (*p)++;
    printf("%d\n", a[1]);
    printf("%d\n", *++p);
    set(pp, q);
    printf("%d %d\n", p == q, **pp);
    char *s = "hello";
    printf("%c %c %s\n", *s, s[1], s + 2);
    while (*s)
        putchar(*s++ + 1);
    puts("");
    void *v = ident(a);
    printf("%d\n", ((int *)v)[1]);
    char buf[] = "key=value";
    char *eq = skip(buf, '=');
    *eq++ = 0;
    printf("%s %s\n", buf, eq);
    printf("%d %d\n", sum(a), strange(3, a));
    int(*pa)[3] = &a;
    printf("%d %d\n", (*pa)[2], (int)sizeof *pa);
    const char *arr[] = {"a", "bb", "ccc"};
    const char **w = arr;
    ++w;
    printf("%s %c %d\n", *w, **(w + 1), (int)(w - arr));
    struct n {
        struct n *next;
        int v;
    } n3 = {0, 3}, n2 = {&n3, 2}, n1 = {&n2, 1};
    printf("%d\n", n1.next->next->v);
    int x = 5;
    int *px = &x, y = *px * *px;
    printf("%d %d\n", y, y / *px);
    unsigned char *b = (unsigned char *)&x;
    printf("%d %d\n", b[0], b[3]);
    short *sh = malloc(4 * sizeof *sh);
    for (int i = 0; i < 4; i++)
        sh[i] = i * -1000;
    printf("%d\n", *(sh + 3));
    free(sh);
    free(NULL);
    int diff = &a[0] - &a[2];
    printf("%d\n", diff);
    if (!NULL && p)
        puts("null ok");
    p = NULL;
    printf("%d\n", p == 0);
    double d[3] = {1, 2, 3}, *dp = d + 3;
    while (dp-- != d)
        printf("%g ", *dp);
    puts("");
    char two[2][3] = {"ab", "cd"};
    printf("%.3s%c\n", two[0], two[1][1]);
    return 0;
}
