#ifndef __TEXTBOOK_STDNORETURN_H
#define __TEXTBOOK_STDNORETURN_H
#define noreturn _Noreturn
#endif
