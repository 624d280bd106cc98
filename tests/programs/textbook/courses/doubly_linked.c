// recursive
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct node {
    struct node *next, *prev;
    union {
        long n;
        char text[8];
        double d;
    } u;
    enum { NUM, TXT, DBL } kind : 2;
    unsigned flag : 1;
} Node;
typedef struct {
    Node *head, *tail;
    size_t len;
} List;
static Node *make(void) {
    static int made;
    Node *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->flag = made++ & 1;
    return n;
}
static void push(List *const l, Node *n) {
    n->prev = l->tail;
    *(l->tail ? &l->tail->next : &l->head) = n;
    l->tail = n;
    l->len++;
}
static List from(const char *const *words) {
    List l = {0};
    for (; *words; words++) {
        Node *n = make();
        char *end;
        n->u.n = strtol(*words, &end, 0);
        if (*end == '.') {
            n->u.d = atof(*words);
            n->kind = DBL;
        } else if (*end) {
            strncpy(n->u.text, *words, 7);
            n->kind = TXT;
        }
        push(&l, n);
    }
    return l;
}
static void each(const List *l, void (*do_)(const Node *, void *), void *data) {
    for (const Node *n = l->head; n; n = n->next)
        do_(n, data);
}
static void show(const Node *n, void *data) {
    int *count = data;
    printf("%d:", ++*count);
    switch (n->kind) {
    case NUM:
        printf("%ld", n->u.n);
        break;
    case TXT:
        printf("\"%s\"", n->u.text);
        break;
    case DBL:
        printf("%.3g", n->u.d);
    }
    printf("%c ", n->flag ? '*' : ' ');
}
static Node *reverse(Node *n) {
    if (!n)
        return NULL;
    Node *t = n->next;
    n->next = n->prev;
    n->prev = t;
    return t ? reverse(t) : n;
}
int main(void) {
    const char *words[] = {"12", "0x1f", "abc", "2.5", "-7", "lengthier", 0};
    List l = from(words);
    int c = 0;
    each(&l, show, &c);
    puts("");
    Node *h = reverse(l.head);
    l.tail = l.head;
    l.head = h;
    each(&l, show, &c);
    printf("\n%zu %d\n", l.len, c);
    while (l.head) {
        Node *n = l.head;
        l.head = n->next;
        free(n);
    }
    return (int)l.len;
}
