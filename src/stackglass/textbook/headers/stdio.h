#ifndef __TEXTBOOK_STDIO_H
#define __TEXTBOOK_STDIO_H
#include <stddef.h>
#include <stdarg.h>
typedef struct __textbook_file FILE;
typedef long fpos_t;
void *__textbook_stream(int);
#define stdin ((FILE *)__textbook_stream(0))
#define stdout ((FILE *)__textbook_stream(1))
#define stderr ((FILE *)__textbook_stream(2))
#define EOF (-1)
#define BUFSIZ 1024
#define FILENAME_MAX 4096
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
int printf(const char *, ...);
int fprintf(void *, const char *, ...);
int sprintf(char *, const char *, ...);
int snprintf(char *, unsigned, const char *, ...);
int vprintf(const char *, char *);
int vfprintf(void *, const char *, char *);
int vsprintf(char *, const char *, char *);
int vsnprintf(char *, unsigned, const char *, char *);
int dprintf(int, const char *, ...);
int asprintf(char **, const char *, ...);
int vasprintf(char **, const char *, char *);
int puts(const char *);
int fputs(const char *, void *);
int putchar(int);
int putc(int, void *);
int fputc(int, void *);
int getchar(void);
int getc(void *);
int fgetc(void *);
int ungetc(int, void *);
char *fgets(char *, int, void *);
char *gets(char *);
int scanf(const char *, ...);
int sscanf(const char *, const char *, ...);
int fscanf(void *, const char *, ...);
int fflush(void *);
unsigned fwrite(void *, unsigned, unsigned, void *);
unsigned fread(void *, unsigned, unsigned, void *);
int fclose(void *);
void *fopen(const char *, const char *);
int feof(void *);
int ferror(void *);
void perror(const char *);
void setbuf(void *, char *);
int setvbuf(void *, char *, int, unsigned);
void clearerr(void *);
int fileno(void *);
#endif
