/* alloca of constant size: alone, before and behind room of variable size, in a loop; and what looks like it: structs on
   the stack as arguments, arrays in the frame's fixed part, calls that don't come back. */
#include <alloca.h>
#include <stdlib.h>
#include <string.h>

struct wide {
    long parts[9];
};

volatile long sink;

__attribute__((noinline)) void touch(volatile char *p, int c, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = (char)c;
}

__attribute__((noinline)) long whole(struct wide wide, int a)
{
    return wide.parts[a];
}

__attribute__((noinline, noreturn)) void leave(struct wide wide, int a)
{
    exit((int)wide.parts[a]);
}

__attribute__((noinline)) long alone(int n)
{
    char *only = alloca(40);
    touch(only, 'a', 40);
    return only[n];
}

__attribute__((noinline)) long before(int n)
{
    char *first = alloca(24);
    char *second = alloca(n);
    touch(first, 'b', 24);
    touch(second, 'c', n);
    return first[1] + second[1];
}

__attribute__((noinline)) long behind(int n)
{
    char *first = alloca(n);
    touch(first, 'd', n);
    char *second = alloca(20);
    touch(second, 'e', 20);
    return first[0] + second[0];
}

__attribute__((noinline)) long around(int n)
{
    char *last = 0;
    for (int i = 0; i < n; i++) {
        char **linked = alloca(sizeof *linked + 9);
        *linked = last;
        last = (char *)linked;
        touch(last + sizeof *linked, 'f' + i, 9);
    }
    return last[sizeof last];
}

__attribute__((noinline)) long with_struct(int n)
{
    struct wide wide;
    memset(&wide, n, sizeof wide);
    char *room = alloca(32);
    touch(room, 'j', 32);
    sink = whole(wide, n);
    return room[n] + sink;
}

__attribute__((noinline)) long fixed(int n)
{
    struct wide wide;
    char buffer[40];
    memset(&wide, n, sizeof wide);
    touch(buffer, 'k', 40);
    sink = whole(wide, 3);
    return whole(wide, 2) + buffer[n];
}

__attribute__((noinline)) long gone(int n)
{
    struct wide wide;
    memset(&wide, 0, sizeof wide);
    touch((char *)&wide, 0, n);
    if (n < 20)
        leave(wide, 2);
    return wide.parts[2];
}

int main(int argc, char **argv)
{
    sink = alone(5 + argc) + before(13 + argc) + behind(12 + argc) + around(2 + argc) + with_struct(1 + argc);
    sink += fixed(4 + argc);
    return (int)gone(9 + argc);
}
