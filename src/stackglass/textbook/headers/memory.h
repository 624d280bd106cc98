#ifndef __TEXTBOOK_MEMORY_H
#define __TEXTBOOK_MEMORY_H
#include <string.h>
#endif
