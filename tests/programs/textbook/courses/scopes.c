#include <stdio.h>
int x = 1;
int f(int x) {
    {
        int x = 3;
        {
            extern int x;
            printf("%d ", x);
        }
        printf("%d ", x);
    }
    return x;
}
struct s {
    int a;
};
int g(void) {
    struct s {
        char c[10];
    } v = {"hi"};
    struct s *p = &v;
    printf("%d %s\n", (int)sizeof(struct s), p->c);
    return sizeof(struct s);
}
typedef int T;
int h(int T) {
    return T * 2;
}
int k(void) {
    T T = 5;
    return T + 1;
}
enum { A, B };
int e(void) {
    enum { B = 7, A };
    return A * 10 + B;
}
int st(void) {
    static int n;
    {
        static int n = 100;
        n++;
        if (n > 101)
            return n;
    }
    return ++n;
}
int fwd();
int fwd(int a) {
    return a + 1;
}
static int tent;
static int tent;
int tent2;
int tent2 = 4;
int later[];
int later[3] = {1, 2, 3};
extern char ext[];
char ext[] = "ext";
int main(void) {
    printf("%d\n", f(2));
    g();
    printf("%d %d %d %d\n", h(4), k(), e(), B);
    printf("%d\n", st());
    printf("%d\n", st());
    printf("%d %d %d %d %s\n", fwd(1), tent, tent2, later[2], ext);
    for (int i = 0, i2 = 5; i < i2; i++, i2--) {
        int i = 9;
        printf("%d", i);
    }
    puts("");
    if ((x = 5) > 3) {
        int x = 8;
        printf("%d\n", x);
    }
    return 0;
}
