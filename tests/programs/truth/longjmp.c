/* setjmp and longjmp over several frames, twice. */
#include <setjmp.h>

static jmp_buf escape;

__attribute__((noinline)) static void deeper(int level)
{
    volatile int here = level * 3;
    if (level == 3)
        longjmp(escape, here);
    deeper(level + 1);
    here++;
}

__attribute__((noinline)) static int attempt(int start)
{
    volatile int tries = 0;
    int code = setjmp(escape);
    tries++;
    if (code == 0 || tries < 3)
        deeper(start + tries);
    return code + tries;
}

int main(void)
{
    int first = attempt(0);
    int second = attempt(1);
    return first != second;
}
