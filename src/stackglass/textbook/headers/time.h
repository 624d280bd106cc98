#ifndef __TEXTBOOK_TIME_H
#define __TEXTBOOK_TIME_H
#include <stddef.h>
typedef long time_t;
typedef long clock_t;
#define CLOCKS_PER_SEC 1000000
long time(void *);
long clock(void);
double difftime(long, long);
#endif
