#include <ctype.h>
#include <stdio.h>
enum tok { NUM, PLUS = '+', MINUS = '-', STAR = '*', SLASH = '/', END };
static const char *src;
static double val;
static enum tok next(void) {
    while (isspace(*src))
        src++;
    if (isdigit(*src) || *src == '.') {
        val = 0;
        while (isdigit(*src))
            val = val * 10 + (*src++ - '0');
        if (*src == '.') {
            double f = 0.1;
            for (src++; isdigit(*src); src++, f /= 10)
                val += (*src - '0') * f;
        }
        return NUM;
    }
    return *src ? *src++ : END;
}
static int classify(int c) {
    switch (c) {
    case 'a' ... 'f':
        return 1;
    case '0':
    case '1':
    case '2':
        return 2;
    case -5:
        return 3;
    case 1 << 10:
        return 4;
    default:
        if (c > 1000)
            return 5;
        break;
    case 99999: {
        int t = c;
        return t % 7;
    }
    }
    return 0;
}
int main(void) {
    src = "12.5 + 3 * - 4 / 2";
    for (enum tok t; (t = next()) != END;)
        if (t == NUM)
            printf("num %g\n", val);
        else
            printf("op %c\n", t);
    printf("%d %d %d %d %d %d %d\n", classify('c'), classify('1'), classify(-5), classify(1024), classify(2000),
           classify('z'), classify(99999));
    return 0;
}
