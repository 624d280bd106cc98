/* What optimisers do to frames: tail calls through pointers, structs and variable arguments on the stack, arrays of
 * variable length, alloca, aligned frames, frames made late and cold parts, callbacks, longjmp out of a callback, and
 * signals that nobody handles. */
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline))

typedef int (*operation)(int, int);
struct big {
    long parts[9];
};

static jmp_buf escape;

APART static int add(int a, int b)
{
    return a + b;
}

APART static int multiply(int a, int b)
{
    return a * b;
}

static operation volatile operations[2] = {add, multiply};

APART static int choose(int which, int a)
{
    return operations[which & 1](a, 3);
}

APART static struct big make(long first)
{
    struct big made;
    for (int i = 0; i < 9; i++)
        made.parts[i] = first + i;
    return made;
}

APART static long total(struct big given, int count, ...)
{
    va_list rest;
    va_start(rest, count);
    long sum = given.parts[8];
    for (int i = 0; i < count; i++)
        sum += va_arg(rest, long);
    va_end(rest);
    return sum;
}

APART static int variable(int length)
{
    char text[length];
    char *more = alloca((size_t)length * 3);
    memset(text, 'a', (size_t)length);
    memset(more, 'b', (size_t)length * 3);
    return text[length - 1] + more[length] + choose(length, text[0]);
}

APART static int aligned(int length)
{
    __attribute__((aligned(64))) char block[64];
    memset(block, length, sizeof block);
    return block[7] + variable(length + 1);
}

__attribute__((cold)) APART static void rare(int n)
{
    printf("rare %d\n", n);
}

APART static int seldom(int n)
{
    if (n < 100)
        return n;
    rare(n);
    return choose(n, n) + add(n, 1);
}

static int compare(const void *a, const void *b)
{
    int left = *(const int *)a, right = *(const int *)b;
    if (left == 77)
        longjmp(escape, 5);
    return (left > right) - (left < right);
}

APART static int sorted(int length, int poisoned)
{
    int values[length];
    for (int i = 0; i < length; i++)
        values[i] = (i * 7) % length;
    if (poisoned)
        values[length / 2] = 77;
    qsort(values, (size_t)length, sizeof *values, compare);
    return values[0] + values[length - 1];
}

static void handler(int number)
{
    (void)number;
}

APART static int bookkeeping(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    signal(SIGUSR2, SIG_IGN);
    return sigaction(SIGUSR1, &action, NULL) + raise(SIGUSR2);
}

int main(void)
{
    int result = choose(0, 1) + choose(1, 2) + variable(20) + aligned(5) + seldom(5) + seldom(200);
    result += (int)total(make(4), 5, 1L, 2L, 3L, 4L, 5L) + sorted(9, 0);
    if (setjmp(escape) == 0)
        result += sorted(9, 1);
    printf("%d %g\n", result + bookkeeping(), 2.5);
    return 0;
}
