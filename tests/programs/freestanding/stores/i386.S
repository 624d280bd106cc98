/* Every instruction that stores, each to bytes of its own; six times over, so that long runs are recorded in blocks. */
    .text
    .globl _start
    .type _start, @function
_start:
    movl $6, rounds
again:
    mov %esp, saved
    sub $0x2000, %esp
    mov %esp, %ebx
    add $64, %ebx
    and $-64, %ebx
    mov $0x11223344, %eax
    movd %eax, %xmm0
    punpckldq %xmm0, %xmm0
    punpcklqdq %xmm0, %xmm0
    movb %al, (%ebx)
    movw %ax, 2(%ebx)
    movl %eax, 4(%ebx)
    movups %xmm0, 17(%ebx)
    movdqa %xmm0, 48(%ebx)
    fld1
    fstpt 64(%ebx)
    fnstenv 80(%ebx)
    fnsave 112(%ebx)
    fxsave 256(%ebx)
    mov $0x11223344, %eax
    lea 800(%ebx), %edi
    mov $5, %ecx
    rep stosl
    mov $3, %ecx
    lea 17(%ebx), %esi
    rep movsw
    mov 848(%ebx), %eax
    mov 852(%ebx), %edx
    lock cmpxchg8b 848(%ebx)
    mov $0x11223344, %eax
    xchg %eax, 860(%ebx)
    lea 864(%ebx), %edi
    pcmpeqb %xmm1, %xmm1
    psrldq $3, %xmm1
    maskmovdqu %xmm1, %xmm0
    mov $0x11223344, %eax
    mov %eax, %ecx
    mov %eax, %edx
    mov %eax, %ebp
    mov %eax, %esi
    mov %eax, %edi
    mov %ebx, saved + 4
    mov %eax, %ebx
    pusha
    pushaw
    mov saved + 4, %ebx
    pushf
    pushfw
    push %ds
    push $5
    pushw $5
    add $-2, %esp
    enter $32, $0
    lea 64(%ebx), %ebp
    enter $32, $3
    enterw $16, $0
    call 1f
1:
    mov saved, %esp
    decl rounds
    jnz again
    mov $1, %eax
    xor %ebx, %ebx
    int $0x80
    .size _start, .-_start
    .bss
rounds:
    .zero 4
saved:
    .zero 8
