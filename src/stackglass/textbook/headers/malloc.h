#ifndef __TEXTBOOK_MALLOC_H
#define __TEXTBOOK_MALLOC_H
#include <stdlib.h>
#endif
