// qsort and bsearch with callbacks, recursion, function pointers in a table.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct city {
    char name[16];
    int people;
};

static int by_people(const void *a, const void *b)
{
    const struct city *x = a, *y = b;
    return (x->people > y->people) - (x->people < y->people);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct city *)a)->name, ((const struct city *)b)->name);
}

static int (*const orders[])(const void *, const void *) = {by_people, by_name};

int main(void)
{
    struct city cities[] = {{"Utrecht", 361}, {"Leiden", 127}, {"Delft", 106}, {"Amsterdam", 918}, {"Breda", 186}};
    size_t count = sizeof cities / sizeof *cities;
    for (int order = 0; order < 2; order++) {
        qsort(cities, count, sizeof *cities, orders[order]);
        for (size_t i = 0; i < count; i++)
            printf("%s %d\n", cities[i].name, cities[i].people);
    }
    struct city key = {"Delft", 0};
    const struct city *found = bsearch(&key, cities, count, sizeof *cities, by_name);
    printf("%ld\n", found ? (long)(found - cities) : -1L);
    struct city many[1000];
    unsigned seed = 1;
    for (int i = 0; i < 1000; i++)
        many[i].people = (int)((seed = seed * 1103515245u + 12345u) >> 16);
    qsort(many, 1000, sizeof *many, by_people);
    for (int i = 1; i < 1000; i++)
        if (many[i - 1].people > many[i].people)
            return 1;
    printf("%d %d\n", many[0].people, many[999].people);
    char text[] = "a stack of words to split";
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        printf("%c%s|", toupper((unsigned char)word[0]), word + 1);
    puts("");
    return 0;
}
