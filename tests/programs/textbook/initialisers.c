// Initialisers that replace what earlier ones said (C11 6.7.9p19).
#include <stdio.h>

struct pair {
    int x, y;
};
struct whole {
    struct pair pairs[2];
    int tail;
};
union either {
    int word;
    unsigned char bytes[4];
    struct pair pair;
};
struct bits {
    unsigned a : 3, b : 5;
    int c;
};

int same(int x) {
    return x;
}

void show(const char *name, const void *where, unsigned size) {
    const unsigned char *bytes = where;
    printf("%s:", name);
    for (unsigned at = 0; at < size; at++)
        printf(" %02x", bytes[at]);
    puts("");
}
#define SHOW(object) show(#object, &object, sizeof object)

struct whole global = {.pairs[1].y = 5, .pairs = {[0] = {1, 2}}, .tail = 1};
struct whole second = {.pairs = {{1, 2}, {3, 4}}, .pairs[1] = {.x = 9}};
int table[2][2] = {[0] = {1, 2}, [1][1] = 7, [0] = {[1] = 5}};
struct {
    struct pair pair;
    int behind;
} going_on = {.pair.x = 3, .pair = {.y = 4}, 8};
union either word_or_bytes = {.word = 0x12345678, .bytes = {1}};
union either one_pair = {.pair.x = 1, .pair.y = 2};
union either pair_or_word = {.pair = {1, 2}, .word = 7};
struct {
    union either inner;
    union {
        int q;
        char w;
    };
} unions = {.inner.pair.y = 4, .inner = {.word = 3}, .q = 0x1234, .w = 5, .inner.bytes[1] = 2};
struct pair in_parts[3] = {[0] = {1, 2}, [0] = 3, [1].y = 6, [1] = {7}, [2] = {9, 9}, [2].x = 0};
struct pair ranges[4] = {[0 ... 3] = {1, 2}, [1 ... 2] = {.y = 5}};
char *names[3] = {"a", "b", "c", [1] = 0, [0] = "z"};

int main(void) {
    struct whole local = {.pairs[1].y = 5, .pairs = {[0] = {1, 2}}, .tail = 1};
    struct pair pair = {1, 2};
    int many[8] = {[0] = same(7), [0] = 5, 1, 2, 3, 4, 5, 6, 7};
    int zero[2] = {[0] = same(3), [0] = 0}, constant[2] = {[0] = 9, [0] = 0, 3};
    struct {
        struct pair pair;
        int table[8];
    } mixed = {.pair.x = same(1), .table = {1, 2, 3, 4, 5, 6, 7, 8}, .pair = pair, .table[1] = same(20), .table[1] = 2};
    union either changing = {.word = 0x12345678, .bytes = {1}};
    struct bits bits = {.a = 1, .b = 9, .a = 2, .c = same(4), .a = 0};
    struct {
        char text[8];
        int number;
    } text = {.text = "abcdefg", .number = 1, .text = "xy", .text[1] = 'q'};
    SHOW(global), SHOW(second), SHOW(table), SHOW(going_on), SHOW(word_or_bytes), SHOW(one_pair), SHOW(pair_or_word);
    SHOW(unions), SHOW(in_parts), SHOW(ranges), SHOW(local), SHOW(many), SHOW(zero), SHOW(constant), SHOW(mixed);
    SHOW(changing), SHOW(text);
    printf("%d %d %d %s %d %s\n", bits.a, bits.b, bits.c, names[0], names[1] == 0, names[2]);
    return 0;
}
