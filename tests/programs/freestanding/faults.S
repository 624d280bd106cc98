/* Loops for a while, and then fails in the middle of a block in the way that FAULT names. */
    .text
    .globl _start
    .type _start, @function
_start:
    mov $40, %r15d
1:  call work
    dec %r15d
    jnz 1b
    mov $231, %eax
    xor %edi, %edi
    syscall
    .size _start, .-_start

    .type work, @function
work:
    push %rbp
    mov %rsp, %rbp
    sub $32, %rsp
    lea -32(%rbp), %rdi
    lea _start(%rip), %rsi
    mov $1, %ecx
    mov $24, %edx
    cmp $3, %r15d
    jne 2f
    xor %edi, %edi
    xor %ecx, %ecx
2:  push %rbx
    movl $7, -20(%rbp)
    sub $16, %rsp
    movb $5, -17(%rbp)
    and $-16, %rsp
    movl %r15d, -24(%rbp)
#if FAULT == 1          /* writes through a null pointer */
    mov %rdx, (%rdi)
#elif FAULT == 2        /* divides by zero */
    mov %edx, %eax
    cltd
    idiv %ecx
#elif FAULT == 3        /* jumps to nowhere */
    mov %rdi, %rax
    test %rax, %rax
    jnz 3f
    jmp *%rax
#elif FAULT == 4        /* no instruction, in a block of its own */
    test %rdi, %rdi
    jnz 3f
    push %rax
    movb $1, -18(%rbp)
    ud2
#elif FAULT == 5        /* a breakpoint */
    test %rdi, %rdi
    jnz 3f
    movb $1, -18(%rbp)
    int3
#elif FAULT == 6        /* writes to its own code */
    cmovz %rsi, %rdi
    test %rdi, %rdi
    cmovz %rsi, %rdi
    movb $1, (%rdi)
#elif FAULT == 7        /* a repeated store that runs off its page */
    test %rdi, %rdi
    jnz 3f
    lea -8(%rsp), %rdi
    mov $0x10000000, %ecx
    rep stosq
#elif FAULT == 8        /* pushes into nothing */
    test %rdi, %rdi
    cmovz %rdi, %rsp
    mov %r15d, -28(%rbp)
    push %rdx
#elif FAULT == 9        /* halts */
    test %rdi, %rdi
    jnz 3f
    movb $1, -18(%rbp)
    hlt
#endif
3:  movl $9, -32(%rbp)
    lea -8(%rbp), %rsp
    mov -40(%rbp), %rbx
    leave
    ret
    .size work, .-work
    .section .note.GNU-stack, "", @progbits
