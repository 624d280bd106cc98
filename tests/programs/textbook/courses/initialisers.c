#include <stdio.h>
enum color { RED, GREEN = 5, BLUE, LAST = BLUE + 10 };
static const char *names[] = {[RED] = "red", [GREEN] = "green", [BLUE] = "blue"};
int g = 5 * 3 + (1 << 4);
const int *pg = &g;
char hello[] = "hello";
char fixed[3] = "abc";
int z[5];
static struct {
    int a;
    char b[4];
    struct {
        double d;
        int *p;
    } in;
} s = {1, "xy", {2.5, &z[2]}};
int tab[][2] = {{1, 2}, {3, 4}, 5, 6};
char *lines[] = {"one",
                 "two"
                 "three",
                 0};
int sparse[10] = {[3] = 1, 2, [8] = 9};
const double pi = 3.14159;
unsigned char bytes[] = {0xff, 'a', '\n', '\0'};
float fl = 1.5;
long long ll = -1;
int (*fp)(const char *) = puts;
static int counter(void) {
    static int n = 10;
    static const int steps[] = {1, 2, 3};
    return n += steps[n % 3];
}
int main(void) {
    printf("%d %d %s %c %d\n", g, *pg, hello, fixed[2], (int)sizeof hello);
    printf("%d %s %g %d\n", s.a, s.b, s.in.d, s.in.p == z + 2);
    printf("%d %d %d\n", (int)(sizeof tab / sizeof *tab), tab[2][1], tab[1][0]);
    for (char **p = lines; *p; p++)
        puts(*p);
    for (int i = 0; i < 10; i++)
        printf("%d ", sparse[i]);
    puts("");
    printf("%s %d %d\n", names[BLUE], LAST, names[1] == 0);
    int a = counter(), b = counter();
    printf("%d %d\n", a, b);
    int loc[4] = {1}, e[] = {g, g * 2, counter()};
    printf("%d %d %d\n", loc[3], e[1], e[2]);
    char msg[8] = {'a', 'b'};
    printf("%s %d\n", msg, msg[7]);
    const int c = 4;
    int k = c;
    enum color col = GREEN;
    col++;
    printf("%d %d %d\n", k, col == BLUE, (int)sizeof(enum color));
    int x = 1, y = x + 1, *p = &y, **q = &p;
    **q = 9;
    printf("%d\n", y);
    printf("%g %g %lld %d\n", pi, fl, ll, bytes[0]);
    fp("via pointer");
    struct pt {
        int x, y;
    } pts[] = {{1}, {.y = 2}, [4] = {5, 6}};
    printf("%d %d %d\n", (int)(sizeof pts / sizeof *pts), pts[1].y, pts[4].x);
    return (int[]){1, 2, 3}[1];
}
