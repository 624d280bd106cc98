// A call that writes parts of its variables; prints where its room from alloca is.
#include <alloca.h>
#include <stdio.h>
#include <string.h>

struct pair {
    char first;
    int second, third;
};

static volatile int sink;
static char *kept;

static void before(void) {
    char junk[1500];
    memset(junk, 0x5a, sizeof junk);
    sink = junk[700];
}

static char *fill(char *room) {
    memset(room, 'Q', 45);
    kept = room;
    return room;
}

static int partly(int size) {
    int numbers[8];
    struct pair pair;
    char *room = alloca(size);
    numbers[0] = 1;
    pair.second = 3;
    sink = *fill(room);
    numbers[7] = 8;
    sink += numbers[0] + pair.second;
    return numbers[7];
}

int main(void) {
    before();
    sink = partly(45);
    printf("%p\n", (void *)kept);
    return 0;
}
