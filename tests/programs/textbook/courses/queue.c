#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define QSIZE 4
typedef enum { OK, FULL, EMPTY } status;
typedef struct {
    int items[QSIZE];
    int head, count;
} queue;
static status put(queue *q, int v) {
    if (q->count == QSIZE)
        return FULL;
    q->items[(q->head + q->count++) % QSIZE] = v;
    return OK;
}
static status get(queue *q, int *v) {
    return q->count ? (*v = q->items[q->head], q->head = (q->head + 1) % QSIZE, q->count--, OK) : EMPTY;
}
struct entry {
    char *key;
    int value;
    struct entry *next;
};
static struct entry *bucket[7];
static unsigned hash(const char *s) {
    unsigned h = 0;
    while (*s)
        h = h * 31 + *s++;
    return h % 7;
}
static struct entry *lookup(const char *k, int make) {
    struct entry **p = &bucket[hash(k)];
    for (; *p; p = &(*p)->next)
        if (!strcmp((*p)->key, k))
            return *p;
    if (!make)
        return NULL;
    *p = malloc(sizeof **p);
    **p = (struct entry){strcpy(malloc(strlen(k) + 1), k), 0, NULL};
    return *p;
}
static struct {
    const char *name;
    int (*fn)(int);
} cmds[3];
static int dbl(int v) {
    return v * 2;
}
static int inc(int v) {
    return v + 1;
}
typedef struct account {
    char name[12];
    double balance;
    struct {
        int day, month;
    } opened;
} account;
static int by_balance(const void *a, const void *b) {
    double x = ((const account *)a)->balance, y = ((const account *)b)->balance;
    return (x > y) - (x < y);
}
int main(void) {
    queue q = {{0}};
    for (int i = 0; i < 6; i++)
        printf("%d", put(&q, i * i));
    puts("");
    int v;
    while (get(&q, &v) == OK) {
        printf("%d ", v);
        if (v == 1)
            put(&q, 77);
    }
    puts("");
    char text[] = "the cat the dog the end a cat";
    for (char *w = strtok(text, " "); w; w = strtok(0, " "))
        lookup(w, 1)->value++;
    const char *ask[] = {"the", "cat", "dog", "bird"};
    for (int i = 0; i < 4; i++) {
        struct entry *e = lookup(ask[i], 0);
        printf("%s=%d ", ask[i], e ? e->value : -1);
    }
    puts("");
    cmds[0].name = "dbl";
    cmds[0].fn = dbl;
    cmds[1].name = "inc";
    cmds[1].fn = inc;
    for (int i = 0; cmds[i].name; i++)
        printf("%s %d\n", cmds[i].name, cmds[i].fn(20));
    account acc[] = {{"ann", 30.5, {1, 2}}, {"bob", -4, {.month = 3}}, {.balance = 12.25, .name = "cy"}};
    qsort(acc, 3, sizeof acc[0], by_balance);
    for (account *a = acc; a < acc + 3; a++)
        printf("%-5s %8.2f %d/%d\n", a->name, a->balance, a->opened.day, a->opened.month);
    return q.count;
}
