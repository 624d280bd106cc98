// Sizes and alignments of types, members and variables with attributes: compared with gcc for i386.
#include <stdio.h>
typedef struct {
    char a;
    int b;
} T1 __attribute__((packed));
typedef struct {
    char a;
    int b;
} __attribute__((packed)) T2;
__attribute__((packed)) struct T3 {
    char a;
    int b;
};
int x __attribute__((aligned(1)));
int y __attribute__((aligned(16)));
typedef int u1 __attribute__((aligned(1)));
u1 z;
struct S4 {
    char c;
    u1 x;
};
struct S5 {
    char c;
    int x __attribute__((aligned(2)));
};
struct S6 {
    char c;
    int x __attribute__((packed, aligned(2)));
};
struct __attribute__((packed)) S7 {
    char c;
    int x __attribute__((aligned(2)));
};
struct __attribute__((packed)) S8 {
    int a : 30;
    int b : 10;
    char c : 3;
    int d : 30;
};
struct __attribute__((packed)) S9 {
    int a : 3;
    int : 0;
    int b : 3;
};
struct S10 {
    char a;
    int b : 7 __attribute__((packed));
    int c : 30 __attribute__((packed));
};
struct S11 {
    int a : 3;
    int b : 5 __attribute__((aligned(8)));
};
struct __attribute__((packed, aligned(4))) S12 {
    char c;
    short s;
};
struct S14 {
    char c;
    struct {
        int x;
        char y;
    } __attribute__((packed)) n;
};
enum __attribute__((packed)) E1 { A, B };
enum E2 { C = -1, D = 300 } __attribute__((packed));
enum __attribute__((packed)) E3 { F = 255 };
enum __attribute__((packed)) E4 { G = 256 };
struct S15 {
    char a;
    enum E1 e;
};
struct S16 {
    char c;
    u1 x : 30;
    int y : 3;
};
struct __attribute__((aligned)) S17 {
    char c;
};
struct S18 {
    char c;
    _Alignas(double) char d;
    _Alignas(long long) char e;
};
struct S19 {
    long long a : 3;
} __attribute__((packed));
struct S20 {
    char c;
    long long a : 60 __attribute__((packed));
};
union __attribute__((packed)) U1 {
    int a;
    char b[5];
};
struct S21 {
    char c;
    __attribute__((packed)) int x, y;
};
int main(void) {
#define P(t) printf(#t " %d %d\n", (int)sizeof(t), (int)_Alignof(t))
    P(T1);
    P(T2);
    P(struct T3);
    P(x);
    P(y);
    P(z);
    P(u1);
    P(struct S4);
    P(struct S5);
    P(struct S6);
    P(struct S7);
    P(struct S8);
    P(struct S9);
    P(struct S10);
    P(struct S11);
    P(struct S12);
    P(struct S14);
    P(enum E1);
    P(enum E2);
    P(enum E3);
    P(enum E4);
    P(struct S15);
    P(struct S16);
    P(struct S17);
    P(struct S18);
    P(struct S19);
    P(struct S20);
    P(union U1);
    P(struct S21);
    struct S5 s5;
    P(s5.x);
    struct S6 s6;
    P(s6.x);
    __typeof__(s6.x) tt;
    P(tt);
    __typeof__(y) yy;
    P(yy);
    __typeof__(z) zz;
    P(zz);
    printf("%d\n", (enum E1) - 1 > 0);
}
