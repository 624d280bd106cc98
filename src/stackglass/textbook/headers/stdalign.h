#ifndef __TEXTBOOK_STDALIGN_H
#define __TEXTBOOK_STDALIGN_H
#define alignof _Alignof
#define alignas _Alignas
#endif
