// recursive
#include <stdio.h>
#include <stdlib.h>
typedef struct tree {
    int key;
    struct tree *left, *right;
} tree;
tree *insert(tree *t, int k) {
    if (!t) {
        t = calloc(1, sizeof *t);
        t->key = k;
    } else if (k < t->key)
        t->left = insert(t->left, k);
    else if (k > t->key)
        t->right = insert(t->right, k);
    return t;
}
void in(tree *t, void (*f)(int)) {
    if (t) {
        in(t->left, f);
        f(t->key);
        in(t->right, f);
    }
}
int height(tree *t) {
    if (!t)
        return 0;
    int l = height(t->left), r = height(t->right);
    return 1 + (l > r ? l : r);
}
void drop(tree *t) {
    if (t) {
        drop(t->left);
        drop(t->right);
        free(t);
    }
}
void show(int k) {
    printf("%d ", k);
}
int main() {
    tree *t = NULL;
    int k[] = {50, 30, 70, 20, 40, 60, 80, 30};
    for (int i = 0; i < 8; i++)
        t = insert(t, k[i]);
    in(t, show);
    printf("h=%d\n", height(t));
    int *grow = NULL;
    int n = 0, cap = 0;
    for (int i = 0; i < 20; i++) {
        if (n == cap)
            grow = realloc(grow, (cap = cap ? cap * 2 : 2) * sizeof *grow);
        grow[n++] = i * i;
    }
    printf("%d %d\n", grow[19], cap);
    free(grow);
    drop(t);
    return 0;
}
