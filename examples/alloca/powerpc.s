# alloca as a procedure, 32-bit PowerPC: an ordinary function that allocates memory in its caller's frame.
#
#   stackglass show --isa powerpc --at 48 --at 31 --at 56 --at work:return examples/alloca/powerpc.s
#   stackglass explain --isa powerpc examples/alloca/powerpc.s allocate
#   stackglass show --isa powerpc --at 80 --at crash examples/alloca/powerpc.s -- break
#
# Every frame ends in two words for the calls that it makes: the back chain, which leads to the caller's frame, and the
# word in which whoever is called keeps its return address. They are the stub here: allocate moves the two down by the
# size that is asked for, and returns by the copy. What lies between is the caller's, the old stub included: work goes
# on with its own frame pointer, but with a lower stack pointer, and frees all of the room at once, since it leaves by
# its frame pointer. So do compilers' functions that hold a variable-length array.
#
# The rule: whoever calls allocate may not pop what it pushed before, for the room lies in between. broken does, if the
# program gets an argument: it takes bytes of the room for what it had saved, and returns to where they say.
#
# expect-stack: work main
# expect-exit: 42
    .text
    .globl allocate
    .type allocate, @function
allocate:                           # r3: bytes wanted. r3: where they begin.
    mflr 0
    stw 0, 4(1)                     # the stub: back chain at r1, return address at r1+4
    addi 3, 3, 15
    clrrwi 3, 3, 4                  # whole units of the stack's alignment
    lwz 4, 0(1)
    lwz 5, 4(1)
    neg 6, 3
    stwux 4, 1, 6                   # the back chain's copy; r1 points at it at once
    stw 5, 4(1)                     # and the return address's
    addi 3, 1, 8                    # copied: the room lies from behind the copy up to the end of the stub
    lwz 0, 4(1)
    mtlr 0
    blr
    .size allocate, .-allocate

    .globl work
    .type work, @function
work:
    stwu 1, -32(1)
    mflr 0
    stw 31, 28(1)
    stw 0, 36(1)
    mr 31, 1
    li 9, 0x1111
    stw 9, 24(31)                   # a local variable
    li 3, 40
    bl allocate                     # before
    stw 3, 20(31)                   # another: the pointer to the room
    li 4, 10
    mtctr 4                         # all 40 bytes are work's
    li 5, 0xaa
    addi 6, 3, -4
1:  stwu 5, 4(6)
    bdnz 1b
    li 3, 42                        # after
    lwz 11, 0(1)                    # the back chain: the caller's stack pointer
    lwz 0, 4(11)
    lwz 31, -4(11)
    mtlr 0
    mr 1, 11                        # frees the room too
    blr
    .size work, .-work

    .globl broken
    .type broken, @function
broken:
    stwu 1, -32(1)
    mflr 0
    stw 30, 24(1)                   # to be given back
    stw 0, 28(1)                    # not where the ABI has it
    li 3, 24
    bl allocate
    li 4, 6
    mtctr 4
    li 5, 0x40
    addi 6, 3, -4
1:  stwu 5, 4(6)
    bdnz 1b
    lwz 0, 28(1)                    # as if r1 were where it was: these take bytes of the room for lr and r30
    lwz 30, 24(1)
    mtlr 0
    addi 1, 1, 32
    blr
    .size broken, .-broken

    .globl main
    .type main, @function
main:
    stwu 1, -16(1)
    mflr 0
    stw 31, 12(1)
    stw 0, 20(1)
    mr 31, 1
    cmpwi 3, 1
    bgt 2f
    bl work
1:  lwz 0, 20(1)
    lwz 31, 12(1)
    addi 1, 1, 16
    mtlr 0
    blr
2:  bl broken
    b 1b
    .size main, .-main
    .section .note.GNU-stack, "", @progbits
