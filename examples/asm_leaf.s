# Assembly without a C library: _start calls triple, a leaf whose whole frame is its return address.
#
#   stackglass show examples/asm_leaf.s
#   stackglass explain examples/asm_leaf.s triple
#
# expect-stack: triple _start
# expect-exit: 42

        .text
        .globl  _start
        .type   _start, @function
_start:
        movl    $14, %edi
        call    triple
        movl    %eax, %edi              # the exit status
        movl    $60, %eax               # exit
        syscall
        .size   _start, . - _start

        .globl  triple
        .type   triple, @function
triple:                                 # edi: a number; gives three times it in eax
        leal    (%rdi,%rdi,2), %eax
        ret
        .size   triple, . - triple

        .section .note.GNU-stack, "", @progbits
