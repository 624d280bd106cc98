#include <stdio.h>
#include <stdlib.h>
struct node {
    int value;
    struct node *next;
};
typedef struct node *list;
static list push(list l, int v) {
    list n = malloc(sizeof *n);
    if (!n)
        exit(1);
    n->value = v;
    n->next = l;
    return n;
}
static list reverse(list l) {
    list r = NULL;
    while (l) {
        list n = l->next;
        l->next = r;
        r = l;
        l = n;
    }
    return r;
}
static list insert_sorted(list l, int v) {
    list *p = &l;
    while (*p && (*p)->value < v)
        p = &(*p)->next;
    *p = push(*p, v);
    return l;
}
static int length(const struct node *l) {
    int n = 0;
    for (; l; l = l->next)
        ++n;
    return n;
}
static void print(list l) {
    printf("[");
    for (; l; l = l->next)
        printf(l->next ? "%d, " : "%d", l->value);
    puts("]");
}
static list delete (list l, int v) {
    list *p = &l;
    while (*p) {
        if ((*p)->value == v) {
            list d = *p;
            *p = d->next;
            free(d);
        } else
            p = &(*p)->next;
    }
    return l;
}
int main(void) {
    list l = 0;
    int i;
    for (i = 0; i < 10; i++)
        l = push(l, i * 7 % 10);
    print(l);
    l = reverse(l);
    print(l);
    list s = NULL;
    for (list q = l; q; q = q->next)
        s = insert_sorted(s, q->value);
    print(s);
    s = delete (s, 4);
    s = delete (s, 0);
    s = delete (s, 9);
    print(s);
    printf("%d %d\n", length(l), length(s));
    while (l) {
        list n = l->next;
        free(l);
        l = n;
    }
    return length(s);
}
