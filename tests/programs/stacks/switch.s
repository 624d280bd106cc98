# main runs `work` on a stack of its own, in .bss.
        .intel_syntax noprefix
        .local  own_stack
        .comm   own_stack, 4096, 16
        .text
        .globl  main
        .type   main, @function
main:   push    rbp
        mov     rbp, rsp
        lea     rsp, own_stack[rip + 4096]
switched:
        call    work
        mov     rsp, rbp
        pop     rbp
        xor     eax, eax
        ret
        .size   main, . - main
        .type   work, @function
work:   push    rbx
        mov     rbx, 5
        call    leaf
        pop     rbx
        ret
        .size   work, . - work
        .type   leaf, @function
leaf:   push    7
        pop     rax
        ret
        .size   leaf, . - leaf
        .section .note.GNU-stack, "", @progbits
