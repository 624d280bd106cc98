/* Declarations that look like mistakes and are none: every name has one meaning in its block, and nothing const is
   assigned to. */
#include <stdio.h>
struct s { const int k; int v; struct { int w; const int z; }; const char *name; int arr[3]; };
typedef const int CI; typedef struct s S; typedef int A3[3];
int f(const char *p, char *const q, const int a[], const struct s *ps, CI c, int n);
int f(const char *p, char *const q, const int a[], const struct s *ps, CI c, int n) { p++; q[0] = 'x'; n = c; n += a[0]; p = q; ps++; return n; }
enum e { E1, E2 } ev, ew; enum e ex;
extern int ext; int ext; int ext; extern int ext;
int arr[]; int arr[3];
int proto(int, int), proto(int a, int b);
typedef int T; typedef int T;
static int st(void); static int st(void) { return 1; }
int kr(a, b) const int a; char *b; { b[0] = 'k'; return a; }
int main(void) {
    S x = {1, 2, {3, 4}, "n"}; S *px = &x; px->v = 3; x.w = 4; x.name = "z"; x.arr[1] = 2; px->arr[0]++; (*px).v--;
    const char *names[2] = {"a", "b"}; names[0] = "c"; const char *const fixed[1] = {"q"};
    for (int i = 0; i < 2; i++) { int i = 5; i++; }
    int (*fp)(void) = st; fp = st; const int *cp = arr; cp = &arr[1]; cp++; const int **cpp = &cp; *cpp = arr;
    { extern int ext; ext = 4; } int st2 = st(); { int x = 3; x = 4; typedef char T; T t = 'a'; t++; }
    struct s2 { int a; }; { struct s2 { const int a; int b; } y = {1}; struct s2 *p2 = &y; p2->b = 3; }
    enum { L1, L2 } q1, q2; q1 = L1; q2 = L2; char buf[3] = "ab";
    int z = ({ int z = 2; z; }); auto int inner(int a); int inner(int a) { a = z; return a; } z = inner(2);
    A3 a3; a3[0] = 1; const A3 ca3 = {1}; a3[1] = ca3[0]; int yy = z; (void)fixed; *(int *)cp = 4; *(&z) = 3; *(char *)names[1];
lab: ; int lab = 2; lab = 3;
    if (0) goto lab;
    switch (z) { case 1: ; int v; v = 2; break; }
    kr(2, buf);
    printf("%d %d %s %d %d %s\n", f("q", buf, arr, &x, 3, 4), x.arr[0], names[0], ev + ew + ex + q1 + q2, 2, buf);
    return 0; }
