#ifndef __TEXTBOOK_ALLOCA_H
#define __TEXTBOOK_ALLOCA_H
#include <stddef.h>
#define alloca(size) __builtin_alloca(size)
#endif
