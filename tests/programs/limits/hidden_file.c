// Wants a file that no root folder shows, and goes on without.
#include <stdio.h>

int main(void)
{
    FILE *file = fopen("data.txt", "r");
    puts(file ? "found" : "not found");
    return 0;
}
