// gnu89
main() {
    register i;
    auto j = 2;
    static k;
    for (i = 0; i < 3; i++) {
        k += twice(i) + j;
    }
    printf("%d %d\n", k, old(3, 4));
    return k;
}
twice(n) {
    return n + n;
}
old(a, b) int a;
int b;
{ return a * b; }
