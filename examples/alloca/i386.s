# alloca as a procedure, i386: an ordinary function that allocates memory in its caller's frame.
#
#   stackglass show --isa i386 --at 49 --at 34 --at 56 --at work:return examples/alloca/i386.s
#   stackglass explain --isa i386 examples/alloca/i386.s allocate
#   stackglass show --isa i386 --at 73 --at crash examples/alloca/i386.s -- break
#
# allocate moves the stub of its own call (the return address and the caller's frame pointer) down by the size that is
# asked for, and returns by the copy: the caller goes on with its own frame pointer, but with a lower stack pointer. What
# lies between is the caller's. work frees all of it at once, since it leaves by its frame pointer. A compiler's function
# would do so only if it held a variable-length array: otherwise it restores the stack pointer by adding to it.
#
# The rule: whoever calls allocate may not pop what it pushed before, for the room lies in between. broken does, if the
# program gets an argument: it takes bytes of the room for what it had saved, and returns to where they say. The rule
# holds for allocate's argument, too: work puts it where it had made room for it, and neither pushes nor pops it.
#
# expect-stack: work main
# expect-exit: 42
    .text
    .globl allocate
    .type allocate, @function
allocate:                           # on the stack: bytes wanted. eax: where they begin.
    push %ebp
    mov %esp, %ebp                  # the stub: return address at ebp+4, the caller's ebp at ebp
    mov 8(%ebp), %eax
    add $23, %eax                   # with the stub, which stays,
    and $-16, %eax                  # whole units of the stack's alignment
    mov (%ebp), %ecx
    mov 4(%ebp), %edx
    neg %eax
    add %ebp, %eax                  # where the copy of the stub goes
    mov %eax, %esp
    mov %ecx, (%eax)
    mov %edx, 4(%eax)
    mov %eax, %ebp                  # copied: "mangled", ebp points at the copy
    add $8, %eax                    # the room lies between the copy and the stub
    mov %ebp, %esp
    pop %ebp
    ret
    .size allocate, .-allocate

    .globl work
    .type work, @function
work:
    push %ebp
    mov %esp, %ebp
    sub $24, %esp
    movl $0x1111, -4(%ebp)          # a local variable
    movl $36, (%esp)
    call allocate                   # before
    mov %eax, -8(%ebp)              # another: the pointer to the room
    mov $9, %ecx                    # all 36 bytes are work's
    mov $0xaa, %edx
1:  mov %edx, -4(%eax,%ecx,4)
    dec %ecx
    jnz 1b
    mov $42, %eax                   # after
    leave                           # frees the room too: esp comes from ebp
    ret
    .size work, .-work

    .globl broken
    .type broken, @function
broken:
    push %ebx                       # to be given back
    sub $4, %esp
    movl $24, (%esp)
    call allocate
    mov $6, %ecx
    mov $0x42, %edx
1:  mov %edx, -4(%eax,%ecx,4)
    dec %ecx
    jnz 1b
    add $4, %esp                    # as if esp were where it was before the call:
    pop %ebx                        # this takes four bytes of the room for ebx,
    ret                             # and this takes four more for the return address
    .size broken, .-broken

    .globl main
    .type main, @function
main:
    push %ebp
    mov %esp, %ebp
    sub $8, %esp
    cmpl $1, 8(%ebp)
    ja 2f
    call work
    leave
    ret
2:  call broken
    leave
    ret
    .size main, .-main
    .section .note.GNU-stack, "", @progbits
