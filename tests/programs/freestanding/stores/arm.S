/* Every instruction that stores, each to bytes of its own; six times over, so that long runs are recorded in blocks. */
    .text
    .syntax unified
    .arch armv7-a
    .fpu neon
    .globl _start
    .type _start, %function
_start:
    mov r11, #6
    mov r10, sp
again:
    mov sp, r10
    sub sp, sp, #0x1000
    add r9, sp, #64
    bic r9, r9, #63
    ldr r0, =0x11223344
    mov r1, r0
    mov r2, r0
    mov r3, r0
    vmov d0, r0, r1
    vmov d1, r0, r1
    vmov d2, d0
    vmov d3, d0
    strb r0, [r9]
    strh r0, [r9, #2]
    str r0, [r9, #4]
    strd r0, r1, [r9, #8]
    add r8, r9, #16
    stm r8!, {r0, r1, r2}
    add r8, r9, #36
    stmdb r8!, {r0, r1}
    add r8, r9, #40
    stmib r8, {r0, r1, r2}
    add r8, r9, #64
    stmda r8!, {r0, r1}
    str r0, [r9, #72]!
    mov r12, r0, ror #4
    str r12, [r9], #8
    strt r0, [r9], #4
    strbt r0, [r9], #4
    sub r9, r9, #88
    add r8, r9, #100
1:  ldrex r4, [r8]
    strex r4, r0, [r8]
    cmp r4, #0
    bne 1b
    add r8, r9, #104
1:  ldrexd r4, r5, [r8]
    strexd r4, r0, r1, [r8]
    cmp r4, #0
    bne 1b
    add r8, r9, #112
1:  ldrexb r4, [r8]
    strexb r4, r0, [r8]
    cmp r4, #0
    bne 1b
    add r8, r9, #114
1:  ldrexh r4, [r8]
    strexh r4, r0, [r8]
    cmp r4, #0
    bne 1b
    add r8, r9, #120
    .inst 0xe1084090        /* swp r4, r0, [r8] */
    vstr s0, [r9, #128]
    vstr d0, [r9, #136]
    add r8, r9, #144
    vstmia r8!, {d0-d3}
    vstmia r8!, {s0-s2}
    add r8, r9, #200
    vstmdb r8!, {d0}
    add r8, r9, #208
    vst1.8 {d0, d1}, [r8]!
    vst1.32 {d0[1]}, [r8]!
    vst2.16 {d0, d1}, [r8]!
    vst3.8 {d0, d1, d2}, [r8]!
    vst4.32 {d0, d1, d2, d3}, [r8]!
    vst4.8 {d0[0], d1[0], d2[0], d3[0]}, [r8]
    add r8, r9, #320
    vst1.64 {d0-d3}, [r8 :64]
    add r8, r9, #352
    vst1.64 {d0}, [r8]
    push {r0}
    push {r0, r1, r2, lr}
    vpush {d0, d1}
    vpush {s0}
    sub sp, sp, #4
    adr r4, 1f + 1
    bx r4
    .thumb
    .thumb_func
1:  push {r0, r1}
    push.w {r8, r9}
    str r0, [sp, #-4]!
    sub sp, sp, #4
    strd r0, r1, [sp, #-8]!
    stmdb sp!, {r0, r1, r2, r9}
    add r4, r9, #400
    stm r4!, {r0, r1}
    strb r0, [r4]
    strh r0, [r4, #2]
    str r0, [r4, #4]
    add r4, r9, #420
    strex r5, r0, [r4]
    vst1.8 {d0}, [r4]
    subs r11, r11, #1
    beq 3f
    ldr r4, =again
    bx r4
3:
    mov r0, #0
    mov r7, #1
    svc #0
    .size _start, .-_start
