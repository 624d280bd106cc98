/* Where a freestanding program begins: calls run(), and ends with what that gives as its status. */
int run(void);

#if defined __x86_64__
__asm__(".globl _start\n_start: and $-16, %rsp; call run; mov %eax, %edi; mov $231, %eax; syscall");
#elif defined __i386__
__asm__(".globl _start\n_start: and $-16, %esp; call run; mov %eax, %ebx; mov $252, %eax; int $0x80");
#elif defined __aarch64__
__asm__(".globl _start\n_start: bl run; mov x8, #94; svc #0");
#elif defined __arm__
__asm__(".arm\n.globl _start\n_start: bl run; mov r7, #248; svc #0");
#elif defined __riscv
__asm__(".globl _start\n_start: call run; li a7, 94; ecall");
#elif defined __powerpc__
__asm__(".globl _start\n_start: bl run; li 0, 234; sc");
#endif
