/* Pointers to pointers, a list on the heap, a pointer into an array, null and void pointers. */
#include <stdlib.h>

struct node {
    int value;
    struct node *next;
};

__attribute__((noinline)) static void push(struct node **head, int value)
{
    struct node *fresh = malloc(sizeof *fresh);
    fresh->value = value;
    fresh->next = *head;
    *head = fresh;
}

__attribute__((noinline)) static int length(const struct node *head)
{
    int count = 0;
    for (const struct node *at = head; at; at = at->next)
        count++;
    return count;
}

__attribute__((noinline)) static void swap(int **left, int **right)
{
    int *held = *left;
    *left = *right;
    *right = held;
}

int main(void)
{
    struct node *head = NULL;
    int numbers[3] = {10, 20, 30};
    int *first = &numbers[0];
    int *last = &numbers[2];
    int **pointer = &first;
    void *anything = numbers;
    push(&head, 1);
    push(&head, 2);
    swap(pointer, &last);
    int count = length(head);
    return count + *first - 32 + (anything != numbers);
}
