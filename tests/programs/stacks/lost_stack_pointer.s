# SP is overwritten with a number that is no address: the frames are still there, but nothing tells where the last ends.
        .text
        .globl  main
        .type   main, @function
main:
        pushq   %rbp
        movq    %rsp, %rbp
        callq   loses
        popq    %rbp
        retq
        .size   main, . - main

        .type   loses, @function
loses:
        pushq   %rbp
        movl    $0x41414141, %esp
        pushq   %rax
        retq
        .size   loses, . - loses

        .section .note.GNU-stack, "", @progbits
