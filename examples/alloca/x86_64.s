# alloca as a procedure, x86-64: an ordinary function that allocates memory in its caller's frame.
#
#   stackglass show --isa x86_64 --at 47 --at 32 --at 53 --at work:return examples/alloca/x86_64.s
#   stackglass explain --isa x86_64 examples/alloca/x86_64.s allocate
#   stackglass show --isa x86_64 --at 68 --at crash examples/alloca/x86_64.s -- break
#
# allocate moves the stub of its own call (the return address and the caller's frame pointer) down by the size that is
# asked for, and returns by the copy: the caller goes on with its own frame pointer, but with a lower stack pointer. What
# lies between is the caller's. work frees all of it at once, since it leaves by its frame pointer. A compiler's function
# would do so only if it held a variable-length array: otherwise it restores the stack pointer by adding to it.
#
# The rule: whoever calls allocate may not pop what it pushed before, for the room lies in between. broken does, if the
# program gets an argument: it takes bytes of the room for what it had saved, and returns to where they say.
#
# expect-stack: work main
# expect-exit: 42
    .text
    .globl allocate
    .type allocate, @function
allocate:                           # rdi: bytes wanted. rax: where they begin.
    push %rbp
    mov %rsp, %rbp                  # the stub: return address at rbp+8, the caller's rbp at rbp
    add $15, %rdi
    and $-16, %rdi                  # whole units of the stack's alignment
    mov (%rbp), %rcx
    mov 8(%rbp), %rdx
    lea -16(%rbp), %rsi
    sub %rdi, %rsi                  # where the copy of the stub goes
    mov %rsi, %rsp
    mov %rcx, (%rsi)
    mov %rdx, 8(%rsi)
    lea 16(%rsi), %rax              # copied: the room lies between the copy and the stub
    mov %rsi, %rbp                  # "mangled": rbp points at the copy
    mov %rbp, %rsp
    pop %rbp
    ret
    .size allocate, .-allocate

    .globl work
    .type work, @function
work:
    push %rbp
    mov %rsp, %rbp
    sub $16, %rsp
    movq $0x1111, -8(%rbp)          # a local variable
    mov $40, %edi
    call allocate                   # before
    mov %rax, -16(%rbp)             # another: the pointer to the room
    mov $5, %ecx                    # all 40 bytes are work's
    mov %rax, %rdi
    mov $0xaa, %eax
    rep stosq
    mov $42, %eax                   # after
    leave                           # frees the room too: rsp comes from rbp
    ret
    .size work, .-work

    .globl broken
    .type broken, @function
broken:
    push %rbx                       # to be given back
    mov $24, %edi
    call allocate
    mov $3, %ecx
    mov %rax, %rdi
    mov $0x42, %eax
    rep stosq
    pop %rbx                        # as if rsp were where it was: this takes eight bytes of the room for rbx,
    ret                             # and this takes eight more for the return address
    .size broken, .-broken

    .globl main
    .type main, @function
main:
    push %rbp
    mov %rsp, %rbp
    cmp $1, %edi
    ja 2f
    call work
    pop %rbp
    ret
2:  call broken
    pop %rbp
    ret
    .size main, .-main
    .section .note.GNU-stack, "", @progbits
