/* Functions with a variable that wants more alignment than the stack has, and that allocate at run time too. `touch` is
   called with the variable before anything is allocated, and then with what has been. */
#include <alloca.h>

#ifndef ALIGNMENT
#define ALIGNMENT 64
#endif

__attribute__((noinline)) void touch(volatile char *p, int c, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = (char)c;
}

__attribute__((noinline)) int with_array(int n)
{
    _Alignas(ALIGNMENT) char aligned[40];
    touch(aligned, 'a', 40);
    char array[n];
    touch(array, 'v', n);
    return aligned[1] + array[1];
}

__attribute__((noinline)) int with_alloca(int n)
{
    _Alignas(ALIGNMENT) int aligned[ALIGNMENT];
    touch((char *)aligned, 'a', 4 * ALIGNMENT);
    char *block = alloca(n);
    touch(block, 'p', n);
    return aligned[1] + block[1];
}

__attribute__((noinline)) int with_constant(int n)
{
    int sum = n;
    _Alignas(ALIGNMENT) char aligned[40];
    touch(aligned, 'a', 40);
    char *block = alloca(24);
    touch(block, 'q', 24);
    sum += block[1];
    return sum + aligned[1];
}

__attribute__((noinline)) int with_loop(int n)
{
    int sum = 0;
    _Alignas(ALIGNMENT) char aligned[40];
    touch(aligned, 'a', 40);
    for (int i = 1; i < 3; i++) {
        char *block = alloca(i * n);
        touch(block, 'l', i * n);
        sum += block[1];
    }
    char *last = alloca(24);
    touch(last, 'q', 24);
    return sum + last[1] + aligned[1];
}

__attribute__((noinline)) int with_nothing(int n)
{
    _Alignas(ALIGNMENT) char aligned[40];
    touch(aligned, 'a', 40);
    return n + aligned[1];
}

__attribute__((noinline)) int with_much(int n)
{
    char much[70000];
    touch(much, 'm', 40);
    char array[n];
    touch(array, 'v', n);
    return much[1] + array[1];
}

int main(void)
{
    return (with_array(37) + with_alloca(37) + with_constant(37) + with_loop(37) + with_nothing(37) + with_much(37)) & 1;
}
