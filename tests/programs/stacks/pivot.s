# The stack pointer gets a value where nothing is.
        .globl  main
        .type   main, @function
main:   push    %rbx
        mov     $0x123450, %rsp
        push    %rax
        ret
        .size   main, . - main
        .section .note.GNU-stack, "", @progbits
