#include <stdio.h>
int f(int n) {
    int i = 0;
again:
    if (i >= n)
        goto done;
    switch (n % 4) {
        int k = 1;
    case 0:
        k = 1;
        do {
            i += 1;
        case 3:
            i++;
        case 2:
            i += 2;
            break;
        default:
            i += 5;
        } while (i < n);
    }
    goto again;
done:
    return i;
}
void duff(char *to, const char *from, int count) {
    int n = (count + 7) / 8;
    switch (count % 8) {
    case 0:
        do {
            *to++ = *from++;
        case 7:
            *to++ = *from++;
        case 6:
            *to++ = *from++;
        case 5:
            *to++ = *from++;
        case 4:
            *to++ = *from++;
        case 3:
            *to++ = *from++;
        case 2:
            *to++ = *from++;
        case 1:
            *to++ = *from++;
        } while (--n > 0);
    }
}
int main(void) {
    for (int i = 0; i < 12; i++)
        printf("%d ", f(i));
    puts("");
    char b[20] = {0};
    duff(b, "Hello, Duff device", 18);
    puts(b);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            if (j == 2)
                continue;
            if (i * j == 1)
                goto out;
            printf("%d%d ", i, j);
        }
out:
    puts("out");
    switch (5) {
    case 1:
        puts("one");
    }
    switch ('b') {
    case 'a':
    case 'b':
        puts("ab");
    default:
        puts("fall");
    }
    switch (-1) {
    case -1:
        puts("neg");
        break;
    case 0xffffffff + 1ll:
        puts("no");
    }
    switch (1ULL << 33) {
    case 0:
        puts("zero");
        break;
    case 1LL << 33:
        puts("wide");
    }
    int x = 3;
    {
    x:;
        int x = 4;
        if (x == 4)
            puts("label and name");
    }
    while (x-- > 0)
        printf("%d ", x);
    puts("");
    int y = 0;
    do {
        if (++y == 2)
            continue;
        if (y > 4)
            break;
    } while (y);
    printf("%d\n", y);
    for (;;) {
        if (y-- < 0)
            break;
    }
    printf("%d\n", y);
    if (0)
    lbl:
        printf("in if\n");
    if (y == -2) {
        y = 0;
        goto lbl;
    }
    return 0;
}
