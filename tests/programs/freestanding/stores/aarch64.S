/* Every instruction that stores, each to bytes of its own; six times over, so that long runs are recorded in blocks. */
    .text
    .arch armv8-a
    .globl _start
    .type _start, %function
_start:
    mov w28, #6
    mov x27, sp
again:
    mov sp, x27
    sub sp, sp, #0x2000
    add x9, sp, #128
    and x9, x9, #-128
    ldr x0, =0x1122334455667788
    mov x1, x0
    mov x2, x0
    fmov d0, x0
    dup v0.2d, v0.d[0]
    mov v1.16b, v0.16b
    mov v2.16b, v0.16b
    mov v3.16b, v0.16b
    strb w0, [x9]
    strh w0, [x9, #2]
    str w0, [x9, #4]
    str x0, [x9, #8]
    stp x0, x1, [x9, #16]
    stp w0, w1, [x9, #32]
    stnp x0, x1, [x9, #40]
    stur x0, [x9, #57]
    str q0, [x9, #80]
    stp q0, q1, [x9, #96]
    str d0, [x9, #128]
    str s0, [x9, #136]
    str h0, [x9, #140]
    str b0, [x9, #142]
    stp d0, d1, [x9, #144]
    str x0, [x9, #160]!
    ror x12, x0, #4
    str x12, [x9], #8
    sub x9, x9, #168
    add x8, x9, #192
    st1 {v0.16b}, [x8], #16
    st1 {v0.16b, v1.16b}, [x8], #32
    st1 {v0.8b, v1.8b, v2.8b, v3.8b}, [x8], #32
    st2 {v0.4s, v1.4s}, [x8], #32
    st3 {v0.8h, v1.8h, v2.8h}, [x8], #48
    st4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x8], #64
    st1 {v0.s}[1], [x8], #4
    st2 {v0.b, v1.b}[1], [x8], #2
    st4 {v0.h, v1.h, v2.h, v3.h}[1], [x8]
    add x8, x9, #512
1:  ldxr x4, [x8]
    stxr w5, x0, [x8]
    cbnz w5, 1b
    add x8, x9, #528
1:  ldxp x4, x6, [x8]
    stxp w5, x0, x1, [x8]
    cbnz w5, 1b
    add x8, x9, #544
1:  ldaxrb w4, [x8]
    stlxrb w5, w0, [x8]
    cbnz w5, 1b
    add x8, x9, #548
    stlr w0, [x8]
    mov w12, #3
    stlrb w12, [x9]
    sttr x0, [x9, #248]
    add x8, x9, #560
    add x8, x9, #700
    dc zva, x8
    str x0, [sp, #-16]!
    stp x29, x30, [sp, #-16]!
    sub w28, w28, #1
    cbnz w28, again
    mov x0, #0
    mov x8, #94
    svc #0
    .size _start, .-_start
