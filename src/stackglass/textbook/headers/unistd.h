#ifndef __TEXTBOOK_UNISTD_H
#define __TEXTBOOK_UNISTD_H
#include <sys/types.h>
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
int write(int, void *, unsigned);
int read(int, void *, unsigned);
unsigned sleep(unsigned);
int usleep(unsigned);
void _exit(int);
#endif
