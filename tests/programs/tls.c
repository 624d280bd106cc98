#include <stdio.h>

__thread char first = 'a';
static __thread long counted __attribute__((aligned(32))) = 1000;
__thread int zeroed;

static int next(int by)
{
    static __thread int calls = 7;
    calls += by;
    zeroed = calls * 2;
    counted++;
    return calls;
}

int main(void)
{
    int last = next(1) + next(2);
    printf("%p %p %p\n", (void *)&first, (void *)&counted, (void *)&zeroed);
    return last == 18 ? 0 : 1;
}
