#ifndef __TEXTBOOK_STDDEF_H
#define __TEXTBOOK_STDDEF_H
typedef unsigned int size_t;
typedef int ptrdiff_t;
typedef int wchar_t;
#define NULL ((void *)0)
#endif
