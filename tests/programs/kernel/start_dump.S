# Writes all of its stack from the first SP up to the end, that is the word 8 below a page's end that follows the program's
# path, in the order in which the kernel made it. Standard output gets SP itself, then the bytes.
        .globl _start
_start:
        mov %rsp, %rbx
        push %rbx
        mov $1, %eax
        mov $1, %edi
        mov %rsp, %rsi
        mov $8, %edx
        syscall
        # up to the end: AT_EXECFN (31) is the highest string
        mov (%rbx), %rax
        lea 16(%rbx,%rax,8), %rsi
1:      lodsq
        test %rax, %rax
        jnz 1b
2:      lodsq
        mov %rax, %rdx
        lodsq
        cmp $31, %rdx
        jne 2b
3:      cmpb $0, (%rax)
        lea 1(%rax), %rax
        jne 3b
        add $8, %rax
        mov %rax, %rdx
        sub %rbx, %rdx
        mov $1, %eax
        mov $1, %edi
        mov %rbx, %rsi
        syscall
        mov $60, %eax
        xor %edi, %edi
        syscall
        .section .note.GNU-stack,"",@progbits
