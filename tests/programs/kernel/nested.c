// A nested function whose address is taken: gcc puts a trampoline on the stack, which must be executable then.
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    int calls = 0;
    int numbers[] = {5, 3, 9, 1};
    int compare(const void *a, const void *b)
    {
        calls++;
        return *(const int *)a - *(const int *)b;
    }
    qsort(numbers, 4, sizeof *numbers, compare);
    printf("%d %d %d %d, %s\n", numbers[0], numbers[1], numbers[2], numbers[3], calls > 2 ? "compared" : "?");
    return 0;
}
