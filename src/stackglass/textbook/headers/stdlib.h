#ifndef __TEXTBOOK_STDLIB_H
#define __TEXTBOOK_STDLIB_H
#include <stddef.h>
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 2147483647
#define MB_CUR_MAX 1
typedef struct __textbook_div {
    int quot, rem;
} div_t;
typedef struct __textbook_ldiv {
    long quot, rem;
} ldiv_t;
typedef struct __textbook_lldiv {
    long long quot, rem;
} lldiv_t;
void *malloc(unsigned);
void *calloc(unsigned, unsigned);
void *aligned_alloc(unsigned, unsigned);
void *realloc(void *, unsigned);
void free(void *);
void exit(int);
void _Exit(int);
void abort(void);
int atoi(const char *);
long atol(const char *);
long long atoll(const char *);
double atof(const char *);
long strtol(const char *, char **, int);
unsigned long strtoul(const char *, char **, int);
long long strtoll(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);
double strtod(const char *, char **);
float strtof(const char *, char **);
long double strtold(const char *, char **);
int rand(void);
void srand(unsigned);
int abs(int);
long labs(long);
long long llabs(long long);
div_t div(int, int);
ldiv_t ldiv(long, long);
lldiv_t lldiv(long long, long long);
char *getenv(const char *);
int system(const char *);
void qsort(void *, unsigned, unsigned, int (*)(const void *, const void *));
void *bsearch(void *, void *, unsigned, unsigned, int (*)(const void *, const void *));
#endif
