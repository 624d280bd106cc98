/* Functions that save registers of every kind for their callers: general and floating-point ones, and fields of the
   condition register. Their callees keep none of them free, as far as the compiler is to know. */

__attribute__((noipa)) static int next(int number) { return number + 1; }

__attribute__((noipa)) static double scaled(double number) { return number * 0.5; }

/* Doubles in use across calls. */
__attribute__((noipa)) static double floating(double a, double b, double c, int count) {
    double sum = a;
    for (int i = 0; i < count; i++) {
        sum += scaled(a) * b + scaled(c);
        b += c * next(i);
    }
    return sum + a + b + c;
}

/* Comparisons that are looked at again after calls. */
__attribute__((noipa)) static int compared(int a, double b, double c) {
    int result = 0;
    for (int i = 0; i < 3; i++) {
        if (a > 2) result += next(i);
        else result -= next(i);
        if (b < c) result += next(result);
        else result -= next(i + 1);
        if (a > 2) result ^= next(result);
    }
    return result;
}

/* More integers than there are registers. */
__attribute__((noipa)) static int integers(int a, int b, int c, int d) {
    int e = next(a), f = next(b), g = next(c), h = next(d), i = next(e), j = next(f), k = next(g), l = next(h);
    return next(a + b) + next(c + d) + a + b + c + d + e + f + g + h + i + j + k + l;
}

int main(void) {
    return (floating(1.25, 2.5, 3.5, 2) > 100) + (compared(3, 1.5, 2.5) & 1) + (integers(1, 2, 3, 4) & 1);
}
