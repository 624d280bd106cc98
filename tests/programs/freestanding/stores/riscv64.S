/* Every instruction that stores, each to bytes of its own; six times over, so that long runs are recorded in blocks. */
    .text
    .globl _start
    .type _start, @function
_start:
    li s11, 6
    mv s10, sp
again:
    mv sp, s10
    li t0, -0x1000
    add sp, sp, t0
    addi s2, sp, 64
    andi s2, s2, -64
    li a0, 0x1122334455667788
    fmv.d.x fa0, a0
    sb a0, 0(s2)
    sh a0, 2(s2)
    sw a0, 4(s2)
    sd a0, 8(s2)
    sd a0, 19(s2)
    fsw fa0, 28(s2)
    fsd fa0, 32(s2)
    addi s3, s2, 40
1:  lr.d a1, (s3)
    sc.d a1, a0, (s3)
    bnez a1, 1b
    addi s3, s2, 48
1:  lr.w a1, (s3)
    sc.w a1, a0, (s3)
    bnez a1, 1b
    addi s3, s2, 56
    amoadd.d a1, a0, (s3)
    addi s3, s2, 64
    amoswap.w a1, a0, (s3)
    addi s3, s2, 68
    amoxor.w a1, a0, (s3)
    addi s3, s2, 72
    amoand.d a1, a0, (s3)
    addi s3, s2, 80
    amomax.d a1, a0, (s3)
    sw a0, 16(sp)
    sd a0, 24(sp)
    fsd fa0, 32(sp)
    addi sp, sp, -32
    sd a0, 0(sp)
    mv a5, s2
    sd a0, 104(a5)
    sw a0, 96(a5)
    addi s11, s11, -1
    bnez s11, again
    li a0, 0
    li a7, 94
    ecall
    .size _start, .-_start
