/* Memory from alloca, in a loop and beside fixed variables. */
#include <alloca.h>
#include <string.h>

__attribute__((noinline)) static int chain(int links)
{
    char *held[4] = {0, 0, 0, 0};
    int total = 0;
    for (int i = 0; i < links; i++) {
        held[i] = alloca((size_t)(10 + i));
        memset(held[i], 'a' + i, (size_t)(10 + i));
        total += held[i][i];
    }
    int first = held[0][0];
    return total + first;
}

int main(void)
{
    int three = chain(3);
    int one = chain(1);
    return three == one;
}
