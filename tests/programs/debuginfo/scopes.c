// Blocks inside blocks with variables that hide one another, static locals, variables of the file.
#include <stdio.h>

int global = 1;
static int of_the_file = 2;
_Thread_local int per_thread = 3;
static _Thread_local int zeroed_per_thread;

int shadows(int n)
{
    int x = n;
    {
        int x = n + 1;
        int y = x;
        {
            char x = (char)y;
            printf("%c", x);  // three
        }
        printf("%d", x + y);  // two
    }
    for (int x = 0; x < 2; x++) {
        static int counter = 5;
        counter += x;
        printf("%d", counter);  // loop
    }
    return x;  // one
}

int other(void)
{
    static int counter = 6;
    static char name[8] = "name";
    return counter++ + name[0];
}

int main(void)
{
    extern int global;
    int total = shadows(3) + other() + global + of_the_file + per_thread + zeroed_per_thread++;
    printf("%d\n", total);
    return 0;
}
