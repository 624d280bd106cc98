// Ends by exit from deep down, with what atexit registered and what the buffers still hold.
#include <stdio.h>
#include <stdlib.h>

static void last(void)
{
    puts("registered first, called last");
}

static void first(void)
{
    puts("registered last, called first");
}

__attribute__((destructor)) static void destructor(void)
{
    puts("destructor");
}

__attribute__((constructor)) static void constructor(void)
{
    puts("constructor");
}

static void deep(int n)
{
    if (n == 0)
        exit(300 + 42);
    deep(n - 1);
}

int main(void)
{
    atexit(last);
    atexit(first);
    printf("no newline yet");
    deep(10);
    return 0;
}
