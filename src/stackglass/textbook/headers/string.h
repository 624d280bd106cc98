#ifndef __TEXTBOOK_STRING_H
#define __TEXTBOOK_STRING_H
#include <stddef.h>
void *memcpy(void *, void *, unsigned);
void *mempcpy(void *, void *, unsigned);
void *memmove(void *, void *, unsigned);
void *memset(void *, int, unsigned);
int memcmp(void *, void *, unsigned);
void *memchr(void *, int, unsigned);
unsigned strlen(const char *);
unsigned strnlen(const char *, unsigned);
char *strcpy(char *, const char *);
char *strncpy(char *, const char *, unsigned);
char *strcat(char *, const char *);
char *strncat(char *, const char *, unsigned);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, unsigned);
int strcoll(const char *, const char *);
char *strchr(const char *, int);
char *strrchr(const char *, int);
char *strstr(const char *, const char *);
unsigned strspn(const char *, const char *);
unsigned strcspn(const char *, const char *);
char *strpbrk(const char *, const char *);
char *strtok(char *, const char *);
char *strtok_r(char *, const char *, char **);
char *strdup(const char *);
char *strndup(const char *, unsigned);
char *strerror(int);
int strcasecmp(const char *, const char *);
int strncasecmp(const char *, const char *, unsigned);
char *stpcpy(char *, const char *);
void bzero(void *, unsigned);
#endif
