// recursive
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef enum { T_END, T_NUM, T_ID, T_OP = 40 } type;
struct token {
    type type;
    union {
        double num;
        char id[12];
        int op;
    };
};
static const char *at;
static struct token now;
static int depth, deepest;
static void fail(const char *fmt, ...) {
    va_list ap, copy;
    va_start(ap, fmt);
    va_copy(copy, ap);
    printf("error: ");
    vprintf(fmt, ap);
    int n = vsnprintf(NULL, 0, fmt, copy);
    printf(" (%d)\n", n);
    va_end(ap);
    va_end(copy);
}
static struct token next(void) {
    struct token t = {T_END};
    while (isspace((unsigned char)*at))
        at++;
    if (isdigit((unsigned char)*at)) {
        char *e;
        t.type = T_NUM;
        t.num = strtod(at, &e);
        at = e;
    } else if (isalpha((unsigned char)*at)) {
        size_t n = 0;
        t.type = T_ID;
        while (isalnum((unsigned char)*at) && n < sizeof t.id - 1)
            t.id[n++] = *at++;
        t.id[n] = 0;
    } else if (*at) {
        t.type = T_OP;
        t.op = *at++;
    }
    return t;
}
static double expr(void), term(void);
static double factor(void) {
    struct token t = now;
    double v = 0;
    if (++depth > deepest)
        deepest = depth;
    now = next();
    if (t.type == T_NUM)
        v = t.num;
    else if (t.type == T_ID) {
        if (!strcmp(t.id, "pi"))
            v = 3.25;
        else
            fail("%s at %.5s", t.id, at);
    } else if (t.type == T_OP && t.op == '(') {
        v = expr();
        if (now.type != T_OP || now.op != ')')
            fail("%c is missing, %d %g", ')', now.type, 1.5);
        else
            now = next();
    } else if (t.type == T_OP && t.op == '-')
        v = -factor();
    else
        fail("what is this");
    depth--;
    return v;
}
static double term(void) {
    double v = factor();
    while (now.type == T_OP && (now.op == '*' || now.op == '/')) {
        int op = now.op;
        now = next();
        double w = factor();
        v = op == '*' ? v * w : w ? v / w : 0;
    }
    return v;
}
static double expr(void) {
    double v = term();
    while (now.type == T_OP && strchr("+-", now.op)) {
        int op = now.op;
        now = next();
        v += (op == '-' ? -1 : 1) * term();
    }
    return v;
}
int main(void) {
    const char *const lines[] = {"1 + 2 * 3", "-(4 - 6) * 2.5e1 / 5", "((((pi))))*2", "foo + 1", "(1 + 2", "",
                                 "7 / 0 - 1"};
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        at = lines[i];
        now = next();
        double v = expr();
        printf("%-22s = %g [%d]\n", lines[i], v, deepest);
        depth = deepest = 0;
    }
    return 0;
}
