#include <stdio.h>
typedef struct {
    int top;
    int s[50];
} stk;
static int fibs(int n) {
    stk k = {0};
    int sum = 0;
    k.s[k.top++] = n;
    while (k.top) {
        int v = k.s[--k.top];
        if (v < 2)
            sum += v;
        else {
            k.s[k.top++] = v - 1;
            k.s[k.top++] = v - 2;
        }
    }
    return sum;
}
static int depth3(int x) {
    return fibs(x) + 1;
}
static int depth2(int x) {
    return depth3(x) * 2;
}
int main() {
    printf("%d %d\n", fibs(10), depth2(9));
    return 0;
}
