/* Variables that no debug information describes: an assembler's, in a C program. What it prints is of no matter. */
#include <stdio.h>

__asm__(".data\n"
        "table: .long 3, 5, 7\n"
        ".local room\n"
        ".comm room, 64, 8\n"
        ".text\n");

int mine = 4;

int main(void)
{
    return puts("done") < 0;
}
