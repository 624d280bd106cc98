# Frames on 32-bit ARM, built and taken down by hand: foo calls bar, each with a frame pointer and local variables.
#
#   stackglass show --isa arm --at 38 --at 18 --at 19 --at 20 --at 23 --at 25 --at 39 examples/walks/arm.s
#   stackglass explain --isa arm examples/walks/arm.s bar
#
# A function pushes lr, its return address, and fp, its caller's frame pointer; sets fp to where lr lies, which is sp + 4;
# and takes room for its variables off sp. The first is at fp - 8, the second at fp - 12. The way back is the same in
# reverse, and leaves sp and fp as they were before the call. docs/walks.md goes through this.
#
# expect-stack: foo _start
# expect-exit: 12
    .syntax unified
    .arm
    .text
    .globl bar
    .type bar, %function
bar:
    push {fp, lr}
    add fp, sp, #4                  @ pushed
    sub sp, sp, #8                  @ framed
    mov r3, #7
    str r3, [fp, #-8]               @ the first variable
    ldr r0, [fp, #-8]               @ filled
    sub sp, fp, #4
    pop {fp, pc}                    @ taken down
    .size bar, .-bar

    .globl foo
    .type foo, %function
foo:
    push {fp, lr}
    add fp, sp, #4
    sub sp, sp, #8
    mov r3, #2
    str r3, [fp, #-8]               @ the first variable
    mov r3, #3
    str r3, [fp, #-12]              @ the second variable
    bl bar                          @ before
    ldr r3, [fp, #-8]               @ after
    add r0, r0, r3
    ldr r3, [fp, #-12]
    add r0, r0, r3
    sub sp, fp, #4
    pop {fp, pc}
    .size foo, .-foo

    .globl _start
    .type _start, %function
_start:
    mov fp, #0                      @ the chain of frames ends here
    bl foo
    mov r7, #1                      @ exit
    svc 0
    .size _start, .-_start
    .section .note.GNU-stack, "", %progbits
