"""What ARM's instructions do to control and to SP: A32 and Thumb (Arm Architecture Reference Manual, ARMv7-A and -R).

An A32 instruction is announced also where its condition doesn't hold, so how far it moves SP is told only of those that
have none. One in Thumb's IT block is announced only where it runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.isa.instructions import InstructionKind, InstructionPattern, StackField

_CALL, _RETURN, _JUMP, _PLAIN = (
    InstructionKind.CALL,
    InstructionKind.RETURN,
    InstructionKind.JUMP,
    InstructionKind.PLAIN,
)
_WINDOW_OF_A32, _WINDOW_OF_THUMB = b"\0\0\0\0", b"\0\0\0\1"
_ENCODING = b"\0\0\0\xff"


def _a32(
    mask: int,
    value: int,
    kind: InstructionKind = _PLAIN,
    stack_delta: int | None = 0,
    field: StackField | None = None,
) -> InstructionPattern:
    """A row by its instruction word, as the manual writes it."""
    return InstructionPattern(
        mask.to_bytes(4, "little") + _ENCODING,
        value.to_bytes(4, "little") + _WINDOW_OF_A32,
        kind,
        stack_delta,
        field,
    )


def _writes(mask: int, value: int) -> InstructionPattern:
    """A row of A32 that writes SP in a way that isn't told."""
    return _a32(mask, value, _PLAIN, None)


_WRITING = (*range(8), *range(12, 16))
"""Opcodes of data processing that write a register; the others compare."""


def _into_pc() -> Iterator[InstructionPattern]:
    """Data processing with pc as its result: immediate, and register shifted by an immediate."""
    for opcode in _WRITING:
        yield _a32(0x0FE0F000, 0x0200F000 | opcode << 21, _JUMP)
        yield _a32(0x0FE0F010, 0x0000F000 | opcode << 21, _JUMP)


def _into_sp() -> Iterator[InstructionPattern]:
    """Data processing with SP as its result. An immediate is 8 bits, rotated right by twice the 4 bits above."""
    for opcode, sign in ((0xE28DD000, 1), (0xE24DD000, -1)):  # add, sub
        yield _a32(0xFFFFFF00, opcode, field=StackField(0, 8, sign))
        for rotation in range(6, 16):
            yield _a32(0xFFFFFF00, opcode | rotation << 8, field=StackField(0, 8, sign << 32 - 2 * rotation))
    for opcode in _WRITING:
        yield _writes(0x0FE0F000, 0x0200D000 | opcode << 21)
        yield _writes(0x0FE0F010, 0x0000D000 | opcode << 21)
        yield _writes(0x0FE0F090, 0x0000D010 | opcode << 21)


_A32 = (
    _a32(0xFE000000, 0xFA000000, _CALL),  # blx to Thumb
    _a32(0xFF1F000F, 0xF40D000F),  # vld, vst without write-back
    _writes(0xFF1F0000, 0xF40D0000),
    _a32(0xFE500000, 0xF8100000, _RETURN, None),  # rfe
    _writes(0xFE5F0000, 0xF84D0000),  # srs
    _a32(0xF0000000, 0xF0000000),  # what else has no condition
    _a32(0x0F000000, 0x0B000000, _CALL),  # bl
    _a32(0x0FFFFFF0, 0x012FFF30, _CALL),  # blx
    _a32(0x0FFFFFFF, 0x012FFF1E, _RETURN),  # bx lr
    _a32(0x0FEFFFFF, 0x01A0F00E, _RETURN),  # mov pc, lr
    _a32(0xFFFFF000, 0xE49DF000, _RETURN, field=StackField(0, 12, 1)),  # ldr pc, [sp], #: pop {pc}, and more
    _a32(0x0FFFF000, 0x049DF000, _RETURN, None),
    _a32(0xFFFFA000, 0xE8BD8000, _RETURN, field=StackField(0, 16, 4, counts=True)),  # pop {..., pc}
    _a32(0x0E108000, 0x08108000, _RETURN, None),  # ldm with pc
    _a32(0x0FFFFFD0, 0x012FFF10, _JUMP),  # bx, bxj
    _a32(0x0F000000, 0x0A000000, _JUMP),  # b
    _a32(0x0E5FF000, 0x041DF000, _JUMP, None),  # ldr pc, from where SP points
    _a32(0x0E50F000, 0x0410F000, _JUMP),  # ldr pc
    _a32(0x0E5FF010, 0x061DF000, _JUMP, None),
    _a32(0x0E50F010, 0x0610F000, _JUMP),
    *_into_pc(),
    _a32(0xFF000000, 0xEF000000, InstructionKind.SYSTEM_CALL),  # svc
    *_into_sp(),
    _writes(0x0FB0F000, 0x0300D000),  # movw, movt
    _a32(0xFFFF0000, 0xE92D0000, field=StackField(0, 16, -4, counts=True)),  # push
    _a32(0xFFFFA000, 0xE8BD0000, field=StackField(0, 16, 4, counts=True)),  # pop
    _writes(0x0E2F0000, 0x082D0000),  # ldm, stm with write-back
    _writes(0x0E102000, 0x08102000),  # ldm with sp in its list
    _writes(0x0C50F000, 0x0410D000),  # ldr sp
    _a32(0xFFAF0000, 0xE52D0000, field=StackField(0, 12, -1)),  # ldr, str with write-back: before, down
    _a32(0xFFAF0000, 0xE5AD0000, field=StackField(0, 12, 1)),
    _a32(0xFFAF0000, 0xE40D0000, field=StackField(0, 12, -1)),  # after
    _a32(0xFFAF0000, 0xE48D0000, field=StackField(0, 12, 1)),
    _writes(0x0C2F0000, 0x042D0000),
    _writes(0x0D0F0000, 0x040D0000),
    _writes(0x0E2F0090, 0x002D0090),  # loads and stores of halves and pairs, with write-back
    _writes(0x0F0F0090, 0x000D0090),  # the same after; and multiplications
    _writes(0x0E10F090, 0x0010D090),  # loads of halves into sp
    _writes(0x0E10F0F0, 0x0000C0D0),  # ldrd into ip and sp
    _a32(0xFFBF0E00, 0xED2D0A00, field=StackField(0, 8, -4)),  # vpush
    _a32(0xFFBF0E00, 0xECBD0A00, field=StackField(0, 8, 4)),  # vpop
    _writes(0x0E2F0000, 0x0C2D0000),  # vldm, vstm, ldc, stc with write-back
    # No compiler has sp as the result of these; a program that means harm may.
    _writes(0x0F80F0F0, 0x0080D090),  # long multiplications
    _writes(0x0F00F0F0, 0x0100D090),  # swp, ldrex, strex
    _writes(0x0F90F0F0, 0x0100D000),  # mrs
    _writes(0x0FF0F0F0, 0x0160D010),  # clz
    _writes(0x0F90F0F0, 0x0100D050),  # saturating arithmetic
    _writes(0x0F9F0090, 0x010D0080),  # multiplications of halves
    _writes(0x0F80F0F0, 0x0100D080),
    _writes(0x0E00F010, 0x0600D010),  # extensions, packing and the like
    _writes(0x0F8F0010, 0x070D0010),  # divisions and multiplications
    _writes(0x0F10F010, 0x0E10D010),  # mrc, vmov
    _writes(0x0FF0F000, 0x0C50D000),  # mrrc, vmov
    _writes(0x0FFF0000, 0x0C5D0000),
)


def _t16(
    mask: int,
    value: int,
    kind: InstructionKind = _PLAIN,
    stack_delta: int | None = 0,
    field: StackField | None = None,
) -> InstructionPattern:
    """A row by one halfword."""
    return InstructionPattern(
        mask.to_bytes(4, "little") + _ENCODING,
        value.to_bytes(4, "little") + _WINDOW_OF_THUMB,
        kind,
        stack_delta,
        field,
    )


def _t32(
    mask: int,
    value: int,
    kind: InstructionKind = _PLAIN,
    stack_delta: int | None = 0,
    field: StackField | None = None,
) -> InstructionPattern:
    """A row by two halfwords, the first of them high, as the manual writes them. Fields are of the second one."""
    mask, value = (halves >> 16 | (halves & 0xFFFF) << 16 for halves in (mask, value))
    return _t16(mask, value, kind, stack_delta, field)


def _t32_writes(mask: int, value: int) -> InstructionPattern:
    return _t32(mask, value, _PLAIN, None)


_THUMB = (
    _t16(0xFF87, 0x4780, _CALL),  # blx
    _t32(0xF800D000, 0xF000D000, _CALL),  # bl
    _t32(0xF800D001, 0xF000C000, _CALL),  # blx to A32
    _t16(0xFFFF, 0x4770, _RETURN),  # bx lr
    _t16(0xFFFF, 0x46F7, _RETURN),  # mov pc, lr
    _t16(0xFF00, 0xBD00, _RETURN, 4, StackField(0, 8, 4, counts=True)),  # pop {..., pc}
    _t32(0xFFFFA000, 0xE8BD8000, _RETURN, 0, StackField(16, 16, 4, counts=True)),
    _t32(0xFFD08000, 0xE8908000, _RETURN, None),  # ldm with pc
    _t32(0xFFD08000, 0xE9108000, _RETURN, None),
    _t32(0xFFFFFF00, 0xF85DFB00, _RETURN, field=StackField(16, 8, 1)),  # ldr pc, [sp], #: pop {pc}, and more
    _t32(0xFFFFFF00, 0xF3DE8F00, _RETURN),  # subs pc, lr
    _t32(0xFFD0FFFF, 0xE990C000, _RETURN, None),  # rfe
    _t32(0xFFD0FFFF, 0xE810C000, _RETURN, None),
    _t16(0xFF0F, 0xBF00),  # nop and other hints
    _t16(0xFF00, 0xBF00, InstructionKind.GROUP),  # it
    _t16(0xFF87, 0x4700, _JUMP),  # bx
    _t16(0xFF87, 0x4687, _JUMP),  # mov pc
    _t16(0xFF87, 0x4487, _JUMP),  # add pc
    _t16(0xF800, 0xE000, _JUMP),  # b
    _t16(0xFF00, 0xDF00, InstructionKind.SYSTEM_CALL),  # svc
    _t16(0xFF00, 0xDE00),  # udf
    _t16(0xF000, 0xD000, _JUMP),  # b with a condition
    _t16(0xF500, 0xB100, _JUMP),  # cbz, cbnz
    _t32(0xFFF0FFE0, 0xE8D0F000, _JUMP),  # tbb, tbh
    _t32(0xFFFFF000, 0xF85DF000, _JUMP, None),  # ldr pc, from where SP points
    _t32(0xFF70F000, 0xF850F000, _JUMP),  # ldr pc
    _t32(0xF800D000, 0xF0009000, _JUMP),  # b.w
    _t32(0xFFF0D000, 0xF3C08000, _JUMP),  # bxj
    _t32_writes(0xFFE0FF00, 0xF3E08D00),  # mrs
    _t32(0xFB80D000, 0xF3808000),  # msr, hints, barriers
    _t32(0xF800D000, 0xF0008000, _JUMP),  # b.w with a condition
    _t16(0xFF00, 0xB500, _PLAIN, -4, StackField(0, 8, -4, counts=True)),  # push {..., lr}
    _t16(0xFF00, 0xB400, field=StackField(0, 8, -4, counts=True)),  # push
    _t16(0xFF00, 0xBC00, field=StackField(0, 8, 4, counts=True)),  # pop
    _t16(0xFF80, 0xB000, field=StackField(0, 7, 4)),  # add sp, #
    _t16(0xFF80, 0xB080, field=StackField(0, 7, -4)),  # sub sp, #
    _t16(0xFF87, 0x4685, _PLAIN, None),  # mov sp
    _t16(0xFF87, 0x4485, _PLAIN, None),  # add sp
    _t32(0xFFFF0000, 0xE92D0000, field=StackField(16, 16, -4, counts=True)),  # push
    _t32(0xFFFFA000, 0xE8BD0000, field=StackField(16, 16, 4, counts=True)),  # pop
    _t32_writes(0xFE6F0000, 0xE82D0000),  # ldm, stm with write-back
    _t32_writes(0xFE502000, 0xE8102000),  # ldm with sp in its list
    _t32_writes(0xFF70F000, 0xF850D000),  # ldr sp
    _t32(0xFFEF0F00, 0xF84D0D00, field=StackField(16, 8, -1)),  # ldr, str with write-back: before, down
    _t32(0xFFEF0F00, 0xF84D0F00, field=StackField(16, 8, 1)),
    _t32(0xFFEF0F00, 0xF84D0900, field=StackField(16, 8, -1)),  # after
    _t32(0xFFEF0F00, 0xF84D0B00, field=StackField(16, 8, 1)),
    _t32_writes(0xFE8F0900, 0xF80D0900),  # of bytes and halves
    _t32_writes(0xFE10F000, 0xF810D000),
    _t32_writes(0xFE50F000, 0xE850D000),  # ldrd, ldrex into sp
    _t32_writes(0xFE500F00, 0xE8500D00),
    _t32_writes(0xFFF0000F, 0xE8C0000D),  # strexd and kin with their result in sp
    _t32_writes(0xFFF00F00, 0xE8400D00),
    _t32(0xFEEF0000, 0xE86D0000, field=StackField(16, 8, -4)),  # ldrd, strd with write-back
    _t32(0xFEEF0000, 0xE8ED0000, field=StackField(16, 8, 4)),
    _t32(0xFFFFFF00, 0xF10D0D00, field=StackField(16, 8, 1)),  # add.w sp, sp, # of 8 bits
    _t32(0xFFFFFF00, 0xF1AD0D00, field=StackField(16, 8, -1)),  # sub.w
    _t32(0xFFFFFF00, 0xF20D0D00, field=StackField(16, 8, 1)),  # addw
    _t32(0xFFFFFF00, 0xF2AD0D00, field=StackField(16, 8, -1)),  # subw
    _t32_writes(0xF8008F00, 0xF0000D00),  # data processing with an immediate
    _t32_writes(0xFE008F00, 0xEA000D00),  # with a shifted register
    _t32_writes(0xFF00FF00, 0xFA00FD00),  # with registers
    _t32_writes(0xFF000F00, 0xFB000D00),  # multiplications and divisions
    _t32_writes(0xFF80F000, 0xFB80D000),
    _t32(0xFFBF0E00, 0xED2D0A00, field=StackField(16, 8, -4)),  # vpush
    _t32(0xFFBF0E00, 0xECBD0A00, field=StackField(16, 8, 4)),  # vpop
    _t32_writes(0xFE2F0000, 0xEC2D0000),  # vldm, vstm, ldc, stc with write-back
    _t32(0xFF1F000F, 0xF90D000F),  # vld, vst without write-back
    _t32_writes(0xFF1F0000, 0xF90D0000),
    _t32_writes(0xFF10F010, 0xEE10D010),  # mrc, vmov
    _t32_writes(0xFFF0F000, 0xEC50D000),  # mrrc, vmov
    _t32_writes(0xFFFF0000, 0xEC5D0000),
)

PATTERNS = (*_A32, *_THUMB)
