/* Nested functions (GNU C): one that is called at once, one that is passed on, and one that outlives its maker. */
#include <stdio.h>

static int apply(int (*f)(int), int n)
{
    return f(n);
}

int (*counter(int start))(int)
{
    int total = start;
    int add(int n)
    {
        total += n;
        return total;
    }
    return add;
}

int outer(int a)
{
    int sum = a;
    int inner(int b)
    {
        int deeper(int c)
        {
            sum += c;
            return sum + b;
        }
        return deeper(b) + apply(deeper, 1);
    }
    return inner(10) + sum;
}

int main(void)
{
    int (*one)(int), (*other)(int);

    printf("%d\n", outer(5));
    one = counter(100);
    other = counter(5);
    printf("%d\n", one(1));
    printf("%d\n", one(2));
    printf("%d\n", other(1));
    printf("%d\n", one(3));
    return 0;
}
