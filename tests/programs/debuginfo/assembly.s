# An assembly program with functions by .type, by a global label alone, and with local labels.
        .text
        .globl _start
_start:
        mov $5, %edi
        call with_type
        call plain_label
        call framed
        mov $60, %eax
        xor %edi, %edi
        syscall

        .globl with_type
        .type with_type, @function
with_type:
        lea 1(%rdi), %eax
inside: ret
        .size with_type, .-with_type

        .globl plain_label
plain_label:
        mov $3, %ecx
again:  dec %ecx
        jnz again
        ret

        .globl framed
        .type framed, @function
framed:
        push %rbp
        mov %rsp, %rbp
        sub $32, %rsp
        leave
        ret
        .size framed, .-framed
