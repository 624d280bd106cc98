# Frames as a compiler seldom makes them, with call-frame information for every instruction: what the shadow stack says
# of them, and how their bytes are tiled, must be right all the same.
        .text

        .macro  function name
        .globl  \name
        .type   \name, @function
\name:
        .cfi_startproc
        .endm

        .macro  end name
        .cfi_endproc
        .size   \name, . - \name
        .endm

# SP moves before rbp is saved, and rbp is no frame pointer.
        function late_save
        subq    $24, %rsp
        .cfi_def_cfa_offset 32
        movq    %rbp, 16(%rsp)
        .cfi_offset rbp, -16
        movl    $5, %ebp
        callq   leaf
        addl    %ebp, %eax
        movq    16(%rsp), %rbp
        .cfi_restore rbp
        addq    $24, %rsp
        .cfi_def_cfa_offset 8
        retq
        end     late_save

# enter makes the frame in one instruction.
        function by_enter
        enter   $32, $0
        .cfi_def_cfa rbp, 16
        .cfi_offset rbp, -16
        movq    $1, -8(%rbp)
        callq   leaf
        leave
        .cfi_def_cfa rsp, 8
        .cfi_restore rbp
        retq
        end     by_enter

# The frame is aligned to 64 bytes, and the CFA is kept in a callee-saved register.
        function aligned
        pushq   %r12
        .cfi_def_cfa_offset 16
        .cfi_offset r12, -16
        leaq    16(%rsp), %r12
        .cfi_def_cfa r12, 0
        andq    $-64, %rsp
        subq    $64, %rsp
        movq    %r12, (%rsp)
        callq   leaf
        leaq    -16(%r12), %rsp
        .cfi_def_cfa rsp, 16
        popq    %r12
        .cfi_restore r12
        .cfi_def_cfa_offset 8
        retq
        end     aligned

# Arguments on the stack that the callee takes off: ret with a number.
        function takes_off
        movq    8(%rsp), %rax
        addq    16(%rsp), %rax
        retq    $16
        end     takes_off

        function puts_on
        subq    $8, %rsp
        .cfi_def_cfa_offset 16
        pushq   $3
        .cfi_def_cfa_offset 24
        pushq   $4
        .cfi_def_cfa_offset 32
        callq   takes_off
        .cfi_def_cfa_offset 16
        addq    $8, %rsp
        .cfi_def_cfa_offset 8
        retq
        end     puts_on

# A call to the next instruction asks only where it is.
        function where_am_i
        callq   1f
1:
        .cfi_def_cfa_offset 16
        popq    %rax
        .cfi_def_cfa_offset 8
        retq
        end     where_am_i

# A tail call on a condition; another through a register.
        function maybe_on
        testl   %edi, %edi
        je      leaf
        leaq    leaf(%rip), %rax
        xorl    %edi, %edi
        jmpq    *%rax
        end     maybe_on

# A call by push and ret: leaf returns to the label.
        function by_return
        pushq   %rbx
        .cfi_def_cfa_offset 16
        .cfi_offset rbx, -16
        leaq    2f(%rip), %rbx
        pushq   %rbx
        .cfi_def_cfa_offset 24
        leaq    leaf(%rip), %rbx
        pushq   %rbx
        .cfi_def_cfa_offset 32
        retq
        .cfi_def_cfa_offset 16
        nop                             # a return address is looked up at the byte before it
2:
        popq    %rbx
        .cfi_restore rbx
        .cfi_def_cfa_offset 8
        retq
        end     by_return

# The epilogue that two functions share, and into which they jump.
        function first_of_two
        pushq   %rbx
        .cfi_def_cfa_offset 16
        .cfi_offset rbx, -16
        movl    $1, %ebx
        jmp     .Lshared
        end     first_of_two

        function second_of_two
        pushq   %rbx
        .cfi_def_cfa_offset 16
        .cfi_offset rbx, -16
        movl    $2, %ebx
.Lshared:
        callq   leaf
        addl    %ebx, %eax
        popq    %rbx
        .cfi_restore rbx
        .cfi_def_cfa_offset 8
        retq
        end     second_of_two

# Saved registers are pushed by a routine of their own, which leaves them in its caller's frame, and popped by another,
# which returns in its caller's place.
        function save_two
        .cfi_def_cfa_offset 8
        movq    (%rsp), %rax
        movq    %rbx, (%rsp)
        .cfi_register rip, rax
        .cfi_offset rbx, -8
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_offset r12, -16
        jmpq    *%rax
        end     save_two

        function restore_two
        .cfi_def_cfa_offset 24
        .cfi_offset rbx, -16
        .cfi_offset r12, -24
        popq    %r12
        .cfi_def_cfa_offset 16
        popq    %rbx
        .cfi_def_cfa_offset 8
        retq
        end     restore_two

        function saved_elsewhere
        callq   save_two
        .cfi_def_cfa_offset 24
        .cfi_offset rbx, -16
        .cfi_offset r12, -24
        movl    $6, %ebx
        callq   leaf
        addl    %ebx, %eax
        jmp     restore_two
        end     saved_elsewhere

# Bytes of several writers beside each other, and 16-bit pushes.
        function scraps
        subq    $24, %rsp
        .cfi_def_cfa_offset 32
        movb    $1, 3(%rsp)
        movw    $2, 4(%rsp)
        movl    $3, 6(%rsp)
        pushw   $7
        .cfi_def_cfa_offset 34
        pushw   $8
        .cfi_def_cfa_offset 36
        popw    %ax
        .cfi_def_cfa_offset 34
        popw    %ax
        .cfi_def_cfa_offset 32
        movb    $4, 7(%rsp)
        addq    $24, %rsp
        .cfi_def_cfa_offset 8
        retq
        end     scraps

        function leaf
        movl    $7, -4(%rsp)
        movl    -4(%rsp), %eax
        retq
        end     leaf

        function main
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        callq   late_save
        callq   by_enter
        callq   aligned
        callq   puts_on
        callq   where_am_i
        movl    $1, %edi
        callq   maybe_on
        xorl    %edi, %edi
        callq   maybe_on
        callq   by_return
        callq   first_of_two
        callq   second_of_two
        callq   saved_elsewhere
        callq   scraps
        xorl    %eax, %eax
        popq    %rbp
        .cfi_restore rbp
        .cfi_def_cfa rsp, 8
        retq
        end     main

        .section .note.GNU-stack, "", @progbits
