// Lines for `break FILE:LINE`: every line of this file is asked for, and compared with gdb.
#include <stdio.h>

#define TWICE(x) ((x) + (x))

// A comment between functions,
// of two lines.

static inline int inlined(int n)
{
    int m = n * 2;

    return m + 1;
}

int loops(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        // nothing here
        sum += inlined(i);
    }

    for (int i = 0;
         i < n;
         i++)
        sum += i;

    do
    {
        sum--;
    }
    while (sum > 100);

    {
        int inner = sum;
        for (int k = 0; k < 2; k++) { int j = k; sum += inner + j; }
    }

    return sum;
}

int conditions(int a, int b)
{
    if (a
        && b)
        return 1;
    else if (a) { return 2; }

    switch (b) {

    case 1:
        return TWICE(a);

    case 2: a++; b++;
        /* falls through */
    default:
        ;
    }

    return a ? b
             : a;
}

int unused_parameters(int a, int b)
{
    (void)a; (void)b;



    return 3;
}

int
main(void)
{
    int
        many_lines
        =
        loops(3)
        ;

    printf("%d %d %d\n",
           many_lines,
           conditions(many_lines, 2),
           unused_parameters(1, 2));

    return 0;
}

// after the last function
