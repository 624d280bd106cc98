#include <stdio.h>
#include <stdlib.h>
void stop(int n) {
    if (n > 2) {
        puts("stopping");
        exit(n);
    }
}
int main(int argc, char **argv) {
    printf("%d\n", argc);
    for (int i = 0; i < 10; i++)
        stop(i);
    return 0;
}
