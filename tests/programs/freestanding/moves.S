/* Every way in which SP moves and control leaves a function, without a libc. */
    .text
    .globl _start
    .type _start, @function
_start:
    mov $8, %r15d       /* so often that all code has run before for most of the time */
1:  mov $12, %edi
    call recurse
    call strings
    call tail
    call jumps
    call callers_stub
    call allocate
    pop %rax
    pop %rax
    pop %rax
    pop %rax
    call jumps_back
    pop %rax
    pop %rax
    pop %rax
    call odd_pushes
    call unwinds
    call by_hand
    call through_thunk
    call asks
    call leaps
    call jumps_past_tail
    call falls_through
    dec %r15d
    jnz 1b
    mov $231, %eax
    xor %edi, %edi
    syscall
    .size _start, .-_start

    .type recurse, @function
recurse:
    push %rbp
    mov %rsp, %rbp
    sub $0x20, %rsp
    mov %edi, -4(%rbp)
    movb $7, -5(%rbp)
    movw $7, -8(%rbp)
    movups %xmm0, -0x20(%rbp)
    test %edi, %edi
    jz 1f
    dec %edi
    call recurse
1:  leave
    ret
    .size recurse, .-recurse

    .type strings, @function
strings:
    sub $128, %rsp
    mov %rsp, %rdi
    mov $13, %ecx
    mov $0x41, %al
    rep stosb
    xor %ecx, %ecx
    rep stosb
    mov %rsp, %rsi
    mov $100, %ecx
    mov %rsp, %rdi
    repe scasb
    mov $3, %ecx
    lea 64(%rsp), %rdi
    mov %rsp, %rsi
    rep movsq
    stosb
    add $128, %rsp
    ret
    .size strings, .-strings

    .type tail, @function
tail:
    sub $8, %rsp
    add $8, %rsp
    jmp tail_target
    .size tail, .-tail
    .type tail_target, @function
tail_target:
    push %rbx
    call leaf
    pop %rbx
    ret
    .size tail_target, .-tail_target
    .type leaf, @function
leaf:
    mov %rdi, -8(%rsp)
    ret
    .size leaf, .-leaf

    /* setjmp and longjmp by hand: SP in rbx, place in r12 */
    .type jumps, @function
jumps:
    push %rbx
    push %r12
    mov %rsp, %rbx
    lea 2f(%rip), %r12
    mov $5, %edi
    call dig
2:  pop %r12
    pop %rbx
    ret
    .size jumps, .-jumps
    .type dig, @function
dig:
    sub $24, %rsp
    dec %edi
    jz 3f
    call dig
3:  mov %rbx, %rsp
    jmp *%r12
    .size dig, .-dig

    /* the same out of a function that was reached by a tail call */
    .type jumps_past_tail, @function
jumps_past_tail:
    push %rbx
    push %r12
    mov %rsp, %rbx
    lea 2f(%rip), %r12
    mov $2, %edi
    call digs_on
2:  pop %r12
    pop %rbx
    ret
    .size jumps_past_tail, .-jumps_past_tail
    .type digs_on, @function
digs_on:
    jmp dig
    .size digs_on, .-digs_on

    /* a call to the next instruction, and a stub that goes on by pushing an address and returning to it */
    .type callers_stub, @function
callers_stub:
    call 4f
4:  pop %rax
    lea leaf(%rip), %rax
    push %rax
    ret
    .size callers_stub, .-callers_stub

    /* returns with SP moved down by 32 bytes: alloca as a procedure */
    .type allocate, @function
allocate:
    mov (%rsp), %rax
    sub $32, %rsp
    mov %rax, (%rsp)
    ret
    .size allocate, .-allocate

    /* the same by 24 bytes, and returns by a jump */
    .type jumps_back, @function
jumps_back:
    pop %rdx
    sub $24, %rsp
    jmp *%rdx
    .size jumps_back, .-jumps_back

    .type odd_pushes, @function
odd_pushes:
    pushw $3
    pushw %ax
    popw %ax
    popw %cx
    push %rsp
    pop %rsp
    push %r12
    pop %r12
    pushf
    popf
    enter $16, $0
    leave
    push $1
    pushq $0x12345
    pushq 8(%rsp)
    popq (%rsp)
    lea 16(%rsp), %rsp
    xchg %rsp, %rax
    xchg %rsp, %rax
    ret $0
    .size odd_pushes, .-odd_pushes

    /* leaves three frames at once by a return: what an unwinder's last instruction does */
    .type unwinds, @function
unwinds:
    push %rbx
    mov %rsp, %rbx
    call deep
5:  pop %rbx
    ret
    .size unwinds, .-unwinds
    .type deep, @function
deep:
    push %rax
    call deeper
    pop %rax
    ret
    .size deep, .-deep
    .type deeper, @function
deeper:
    sub $40, %rsp
    lea -8(%rbx), %rsp
    lea 5b(%rip), %rax
    mov %rax, (%rsp)
    ret
    .size deeper, .-deeper
    /* what stands behind a call that never returns is where an activation further out goes on */
    .type falls_through, @function
falls_through:
    push %rbx
    mov $1, %edi
    call falls
    pop %rbx
    ret
    .size falls_through, .-falls_through
    .type falls, @function
falls:
    sub $24, %rsp
    dec %edi
    js 1f
    mov %rsp, %rbx
    call falls
1:  call never_returns
2:  add $24, %rsp
    ret
    .size falls, .-falls
    .type never_returns, @function
never_returns:
    push %rax
    call throws
    hlt
    .size never_returns, .-never_returns
    .type throws, @function
throws:
    lea -8(%rbx), %rsp
    lea 2b(%rip), %rax
    mov %rax, (%rsp)
    ret
    .size throws, .-throws

    /* an instruction that the recorder answers, in the middle of a block */
    .type asks, @function
asks:
    push %rbx
    rdtsc
    mov %eax, -16(%rsp)
    rdtsc
    rdtscp
    pop %rbx
    ret
    .size asks, .-asks

    /* SP moved by unknown amounts several times in one block */
    .type leaps, @function
leaps:
    push %rbp
    mov %rsp, %rbp
    mov $-320, %rax
    and $-16, %rsp
    push %rax
    add %rax, %rsp
    mov %rax, 8(%rsp)
    push $3
    sub %rax, %rsp
    sub $24, %rsp
    push %rax
    add $40, %rsp
    movb $1, -3(%rbp)
    leave
    ret
    .size leaps, .-leaps

    /* calls made of a push and a jump, and of two pushes and a return; then jumps that are neither calls nor tail calls */
    .type by_hand, @function
by_hand:
    push %rbx
    lea 6f(%rip), %rax
    push %rax
    jmp leaf
6:  lea 7f(%rip), %rax
    push %rax
    lea leaf(%rip), %rax
    push %rax
    ret
7:  push %r12
    jmp restores
    .size by_hand, .-by_hand
    .type restores, @function
restores:
    pop %r12
    pop %rbx
    ret
    .size restores, .-restores

    /* a thunk that calls itself to put the function meant in place of the return address (a "retpoline") */
    .type through_thunk, @function
through_thunk:
    push %rbx
    lea tail_target(%rip), %rax
    call thunk
    pop %rbx
    ret
    .size through_thunk, .-through_thunk
    .type thunk, @function
thunk:
    call 9f
8:  pause
    jmp 8b
9:  mov %rax, (%rsp)
    ret
    .size thunk, .-thunk
    .section .note.GNU-stack, "", @progbits
