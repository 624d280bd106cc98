#ifndef __TEXTBOOK_STRINGS_H
#define __TEXTBOOK_STRINGS_H
#include <string.h>
int ffs(int);
#endif
