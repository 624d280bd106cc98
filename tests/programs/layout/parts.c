// Prints parts of variables, each with the name that C has for it.
#include <stdio.h>

#define TELL(part) printf("%s %p\n", #part, (void *)&(part))

struct account {
    int kind;
    union {
        int number;
        float rate;
    };
    struct {
        short low, high;
    };
    struct {
        int deep[2];
    } named;
};

struct tagged {
    char tag;
    union {
        struct {
            int x, y;
        };
        int both[2];
        double wide;
    } u;
};

struct account accounts[2];
static struct tagged tagged;

static void tell(struct account given) {
    struct account own = given;
    struct tagged mine = {0};
    union {
        long whole;
        char bytes[8];
    } bits = {0};
    TELL(own);
    TELL(own.number);
    TELL(own.low);
    TELL(own.high);
    TELL(own.named.deep[1]);
    TELL(mine.u);
    TELL(mine.u.y);
    TELL(bits);
    TELL(bits.bytes[3]);
}

int main(void) {
    TELL(accounts);
    TELL(accounts[1]);
    TELL(accounts[1].number);
    TELL(accounts[1].low);
    TELL(accounts[1].high);
    TELL(accounts[1].named);
    TELL(tagged.u);
    TELL(tagged.u.y);
    tell(accounts[1]);
    return 0;
}
