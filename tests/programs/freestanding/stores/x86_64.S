/* Every instruction that stores, each to bytes of its own; six times over, so that long runs are recorded in blocks. */
    .text
    .globl _start
    .type _start, @function
_start:
    movl $6, rounds(%rip)
again:
    mov %rsp, %r14
    sub $0x4000, %rsp
    mov %rsp, %rbx
    add $64, %rbx
    and $-64, %rbx
    movabs $0x1122334455667788, %rax
    mov %rax, %rcx
    mov %rax, %r12
    mov %rax, %rdx
    movq %rax, %xmm0
    punpcklqdq %xmm0, %xmm0
    movb %al, (%rbx)
    movw %ax, 2(%rbx)
    movl %eax, 4(%rbx)
    mov %rax, 8(%rbx)
    movq $0x55667788, 16(%rbx)
    movnti %rax, 24(%rbx)
    sete 32(%rbx)
    xchg %al, 33(%rbx)
    movl $1, 36(%rbx)
    lock xadd %eax, 36(%rbx)
    addl $0x01020304, 40(%rbx)
    notl 44(%rbx)
    movl $5, 48(%rbx)
    btsl $4, 48(%rbx)
    shll $1, 52(%rbx)
    movl $5, 56(%rbx)
    lock incl 56(%rbx)
    movups %xmm0, 65(%rbx)
    movaps %xmm0, 96(%rbx)
    movntdq %xmm0, 112(%rbx)
    movq %xmm0, 128(%rbx)
    movd %xmm0, 136(%rbx)
    movhps %xmm0, 144(%rbx)
    movss %xmm0, 152(%rbx)
    fld1
    fsts 160(%rbx)
    fstl 168(%rbx)
    fld1
    fstpt 176(%rbx)
    fistl 192(%rbx)
    fld1
    fistpll 200(%rbx)
    fld1
    fbstp 208(%rbx)
    fnstcw 224(%rbx)
    fnstsw 226(%rbx)
    stmxcsr 228(%rbx)
    fnstenv 236(%rbx)
    fnsave 272(%rbx)
    fxsave 512(%rbx)
    fxsave64 1024(%rbx)
    movb $1, 1540(%rbx)
    lea 1552(%rbx), %rdi
    mov $5, %ecx
    rep stosb
    stosl
    mov $3, %ecx
    lea 96(%rbx), %rsi
    rep movsq
    movsw
    mov 1648(%rbx), %rax
    mov 1656(%rbx), %rdx
    lock cmpxchg16b 1648(%rbx)
    mov 1664(%rbx), %eax
    mov 1668(%rbx), %edx
    lock cmpxchg8b 1664(%rbx)
    mov 1680(%rbx), %eax
    cmpxchg %ecx, 1680(%rbx)
    lea 1696(%rbx), %rdi
    pcmpeqb %xmm1, %xmm1
    psrldq $3, %xmm1
    maskmovdqu %xmm1, %xmm0
    pextrb $0, %xmm0, 1720(%rbx)
    extractps $0, %xmm0, 1724(%rbx)
    mov $0x01020304, %eax
    movbe %eax, 1728(%rbx)
    sidt 1740(%rbx)
    sldt 1752(%rbx)
    smsw 1754(%rbx)
    mov %ds, 1756(%rbx)
    push $7
    push %r12
    pushq 65(%rbx)
    pushfq
    pushw $3
    add $-6, %rsp
    enter $32, $0
    lea 120(%rbx), %rbp
    enter $32, $3
    call 1f
1:
    mov %r14, %rsp
    decl rounds(%rip)
    jnz again
    mov $231, %eax
    xor %edi, %edi
    syscall
    .size _start, .-_start
    .bss
rounds:
    .zero 4
