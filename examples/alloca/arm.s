# alloca as a procedure, 32-bit ARM: an ordinary function that allocates memory in its caller's frame.
#
#   stackglass show --isa arm --at 49 --at 34 --at 56 --at work:return examples/alloca/arm.s
#   stackglass explain --isa arm examples/alloca/arm.s allocate
#   stackglass show --isa arm --at 72 --at crash examples/alloca/arm.s -- break
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
    .syntax unified
    .arm
    .text
    .globl allocate
    .type allocate, %function
allocate:                           @ r0: bytes wanted. r0: where they begin.
    push {fp, lr}
    add fp, sp, #4                  @ the stub: return address at fp, the caller's fp at fp-4
    add r0, r0, #7
    bic r0, r0, #7                  @ whole units of the stack's alignment
    ldr r2, [fp, #-4]
    ldr r3, [fp]
    sub r1, fp, #12
    sub r1, r1, r0                  @ where the copy of the stub goes
    mov sp, r1
    str r2, [r1]
    str r3, [r1, #4]
    add r0, r1, #8                  @ copied: the room lies between the copy and the stub
    add fp, r1, #4                  @ "mangled": fp points at the copy
    sub sp, fp, #4
    pop {fp, pc}
    .size allocate, .-allocate

    .globl work
    .type work, %function
work:
    push {fp, lr}
    add fp, sp, #4
    sub sp, sp, #8
    mov r3, #0x1100
    str r3, [fp, #-8]               @ a local variable
    mov r0, #36
    bl allocate                     @ before
    str r0, [fp, #-12]              @ another: the pointer to the room
    mov r1, #36                     @ all 36 bytes are work's
    mov r2, #0xaa
1:  subs r1, r1, #4
    str r2, [r0, r1]
    bne 1b
    mov r0, #42                     @ after
    sub sp, fp, #4                  @ frees the room too: sp comes from fp
    pop {fp, pc}
    .size work, .-work

    .globl broken
    .type broken, %function
broken:
    push {r4, lr}                   @ to be given back
    mov r0, #24
    bl allocate
    mov r1, #24
    mov r2, #0x40
1:  subs r1, r1, #4
    str r2, [r0, r1]
    bne 1b
    pop {r4, pc}                    @ as if sp were where it was: this takes eight bytes of the room for r4 and pc
    .size broken, .-broken

    .globl main
    .type main, %function
main:
    push {fp, lr}
    add fp, sp, #4
    cmp r0, #1
    bgt 2f
    bl work
    pop {fp, pc}
2:  bl broken
    pop {fp, pc}
    .size main, .-main
    .section .note.GNU-stack, "", %progbits
