#ifndef __TEXTBOOK_SYS_TYPES_H
#define __TEXTBOOK_SYS_TYPES_H
#include <stddef.h>
#include <stdint.h>
typedef int ssize_t;
typedef int pid_t;
typedef long off_t;
#endif
