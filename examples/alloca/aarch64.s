# alloca as a procedure, AArch64: an ordinary function that allocates memory in its caller's frame.
#
#   stackglass show --isa aarch64 --at 45 --at 30 --at 52 --at work:return examples/alloca/aarch64.s
#   stackglass explain --isa aarch64 examples/alloca/aarch64.s allocate
#   stackglass show --isa aarch64 --at 69 --at crash examples/alloca/aarch64.s -- break
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
    .type allocate, %function
allocate:                           // x0: bytes wanted. x0: where they begin.
    stp x29, x30, [sp, #-16]!
    mov x29, sp                     // the stub: return address at x29+8, the caller's x29 at x29
    add x0, x0, #15
    and x0, x0, #-16                // whole units of the stack's alignment
    ldp x2, x3, [x29]
    sub x4, x29, #16
    sub x4, x4, x0                  // where the copy of the stub goes
    mov sp, x4
    stp x2, x3, [x4]
    add x0, x4, #16                 // copied: the room lies between the copy and the stub
    mov x29, x4                     // "mangled": x29 points at the copy
    mov sp, x29
    ldp x29, x30, [sp], #16
    ret
    .size allocate, .-allocate

    .globl work
    .type work, %function
work:
    stp x29, x30, [sp, #-32]!
    mov x29, sp
    mov x3, #0x1111
    str x3, [x29, #24]              // a local variable
    mov x0, #40
    bl allocate                     // before
    str x0, [x29, #16]              // another: the pointer to the room
    mov x1, #40                     // all 40 bytes are work's
    mov x2, #0xaa
1:  subs x1, x1, #8
    str x2, [x0, x1]
    b.ne 1b
    mov w0, #42                     // after
    mov sp, x29                     // frees the room too: sp comes from x29
    ldp x29, x30, [sp], #32
    ret
    .size work, .-work

    .globl broken
    .type broken, %function
broken:
    stp x19, x30, [sp, #-16]!       // to be given back
    mov x0, #24
    bl allocate
    mov x1, #24
    mov x2, #0x40
1:  subs x1, x1, #8
    str x2, [x0, x1]
    b.ne 1b
    ldp x19, x30, [sp], #16         // as if sp were where it was: this takes 16 bytes of the room for x19 and x30
    ret
    .size broken, .-broken

    .globl main
    .type main, %function
main:
    stp x29, x30, [sp, #-16]!
    mov x29, sp
    cmp w0, #1
    b.gt 2f
    bl work
    ldp x29, x30, [sp], #16
    ret
2:  bl broken
    ldp x29, x30, [sp], #16
    ret
    .size main, .-main
    .section .note.GNU-stack, "", %progbits
