# alloca as a procedure, RISC-V 64: an ordinary function that allocates memory in its caller's frame.
#
#   stackglass show --isa riscv64 --at 53 --at 34 --at 61 --at work:return examples/alloca/riscv64.s
#   stackglass explain --isa riscv64 examples/alloca/riscv64.s allocate
#   stackglass show --isa riscv64 --at 83 --at crash examples/alloca/riscv64.s -- break
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
allocate:                           # a0: bytes wanted. a0: where they begin.
    addi sp, sp, -16
    sd ra, 8(sp)
    sd s0, 0(sp)
    addi s0, sp, 16                 # the stub: return address at s0-8, the caller's s0 at s0-16
    addi a0, a0, 15
    andi a0, a0, -16                # whole units of the stack's alignment
    ld a2, -16(s0)
    ld a3, -8(s0)
    addi a4, s0, -32
    sub a4, a4, a0                  # where the copy of the stub goes
    mv sp, a4
    sd a2, 0(a4)
    sd a3, 8(a4)
    addi a0, a4, 16                 # copied: the room lies between the copy and the stub
    addi s0, a4, 16                 # "mangled": s0 points at the end of the copy
    addi sp, s0, -16
    ld ra, 8(sp)
    ld s0, 0(sp)
    addi sp, sp, 16
    ret
    .size allocate, .-allocate

    .globl work
    .type work, @function
work:
    addi sp, sp, -32
    sd ra, 24(sp)
    sd s0, 16(sp)
    addi s0, sp, 32
    li a3, 0x1111
    sd a3, -24(s0)                  # a local variable
    li a0, 40
    call allocate                   # before
    sd a0, -32(s0)                  # another: the pointer to the room
    li a1, 5                        # all 40 bytes are work's
    li a2, 0xaa
1:  sd a2, 0(a0)
    addi a0, a0, 8
    addi a1, a1, -1
    bnez a1, 1b
    li a0, 42                       # after
    addi sp, s0, -32                # frees the room too: sp comes from s0
    ld ra, 24(sp)
    ld s0, 16(sp)
    addi sp, sp, 32
    ret
    .size work, .-work

    .globl broken
    .type broken, @function
broken:
    addi sp, sp, -16
    sd ra, 8(sp)
    sd s1, 0(sp)                    # to be given back
    li a0, 24
    call allocate
    li a1, 3
    li a2, 0x40
1:  sd a2, 0(a0)
    addi a0, a0, 8
    addi a1, a1, -1
    bnez a1, 1b
    ld ra, 8(sp)                    # as if sp were where it was: these take 16 bytes of the room for ra and s1
    ld s1, 0(sp)
    addi sp, sp, 16
    ret
    .size broken, .-broken

    .globl main
    .type main, @function
main:
    addi sp, sp, -16
    sd ra, 8(sp)
    sd s0, 0(sp)
    addi s0, sp, 16
    li a5, 1
    bgt a0, a5, 2f
    call work
1:  ld ra, 8(sp)
    ld s0, 0(sp)
    addi sp, sp, 16
    ret
2:  call broken
    j 1b
    .size main, .-main
    .section .note.GNU-stack, "", @progbits
