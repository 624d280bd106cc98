"""What instructions of the x86 family do to control and to SP: what 32- and 64-bit code have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stackglass.isa.instructions import InstructionKind, InstructionPattern, StackField
from stackglass.isa.table import StackStep


def row(
    opcode: str,
    kind: InstructionKind = InstructionKind.PLAIN,
    stack_delta: int | None = 0,
    *,
    mask: str = "",
    rex: tuple[int, int] = (0, 0),
    narrow: int | None = None,
    repeat: tuple[int, int] = (0, 0),
    field: StackField | None = None,
) -> InstructionPattern:
    """A row by its opcode bytes in hex; `rex` and `repeat` are (mask, value) of those prefixes; `narrow` the value that
    the 0x66 prefix must have."""
    value = bytes.fromhex(opcode)
    bits = bytes.fromhex(mask) if mask else b"\xff" * len(value)
    size_prefix = (0xFF, narrow) if narrow is not None else (0, 0)
    return InstructionPattern(
        bytes([repeat[0], size_prefix[0], rex[0], *bits]),
        bytes([repeat[1], size_prefix[1], rex[1], *value]),
        kind,
        stack_delta,
        field,
    )


_CALL, _RETURN, _JUMP = InstructionKind.CALL, InstructionKind.RETURN, InstructionKind.JUMP
REX_B_CLEAR = (0x01, 0x00)
REX_R_CLEAR = (0x04, 0x00)
_REPEATED = (0xFE, 0xF2)
_TAKEN_OFF = StackField(shift=32, bits=16, scale=1)
"""What a return instruction takes off the stack besides the return address: the 16 bits behind its opcode."""

_ENTERED = StackField(shift=32, bits=16, scale=-1)
"""The room that `enter` makes below what it pushes: likewise."""


def patterns(word: int) -> tuple[InstructionPattern, ...]:
    """The rows for code in which a push takes `word` bytes."""
    return (
        row("e8", _CALL, -word),
        row("ff10", _CALL, -word, mask="ff38"),  # call r/m
        row("ff18", _CALL, None, mask="ff38"),  # far call
        row("c3", _RETURN, word),
        row("c2", _RETURN, word, field=_TAKEN_OFF),
        row("ca", _RETURN, None, mask="fe"),  # far return
        row("e9", _JUMP),
        row("eb", _JUMP),
        row("70", _JUMP, mask="f0"),
        row("0f80", _JUMP, mask="fff0"),
        row("e0", _JUMP, mask="fc"),  # loop, jcxz
        row("ff20", _JUMP, mask="ff38"),
        row("ff28", _JUMP, mask="ff38"),
        row("0f31", InstructionKind.EMULATED),  # rdtsc
        row("0f01f9", InstructionKind.EMULATED),  # rdtscp
        row("a4", InstructionKind.REPEATED, mask="fc", repeat=_REPEATED),  # movs, cmps
        row("aa", InstructionKind.REPEATED, mask="fe", repeat=_REPEATED),  # stos
        row("ac", InstructionKind.REPEATED, mask="fc", repeat=_REPEATED),  # lods, scas
        row("54", stack_delta=-word, rex=REX_B_CLEAR, narrow=0),  # push rsp
        row("5c", stack_delta=None, rex=REX_B_CLEAR),  # pop rsp
        row("50", stack_delta=-word, mask="f8", narrow=0),
        row("58", stack_delta=word, mask="f8", narrow=0),
        row("6a", stack_delta=-word, narrow=0),
        row("68", stack_delta=-word, narrow=0),
        row("50", stack_delta=None, mask="f0"),  # 16-bit push and pop
        row("6a", stack_delta=None),
        row("68", stack_delta=None),
        row("ff30", stack_delta=-word, mask="ff38", narrow=0),  # push r/m
        row("ff30", stack_delta=None, mask="ff38"),  # the same of 16 bits
        row("8f00", stack_delta=None, mask="ff38"),  # pop r/m
        row("9c", stack_delta=None, mask="fe"),  # pushf, popf
        row("c8000000", stack_delta=-word, mask="ff0000ff", narrow=0, field=_ENTERED),
        row("c8", stack_delta=None, mask="fe"),  # enter with nested levels, leave
        row("0fa0", stack_delta=None, mask="fff6"),  # push and pop of fs and gs
        # Whatever else can write rsp: it as a ModRM register operand of the arithmetic and move groups.
        row("80c4", stack_delta=None, mask="fcc7", rex=REX_B_CLEAR),  # group 1: r/m, immediate
        row("00c4", stack_delta=None, mask="c4c7", rex=REX_B_CLEAR),  # add ... cmp r/m, r
        row("0220", stack_delta=None, mask="c638", rex=REX_R_CLEAR),  # add ... cmp r, r/m
        row("86c4", stack_delta=None, mask="fec7", rex=REX_B_CLEAR),  # xchg
        row("8620", stack_delta=None, mask="fe38", rex=REX_R_CLEAR),
        row("88c4", stack_delta=None, mask="fcc7", rex=REX_B_CLEAR),  # mov
        row("8a20", stack_delta=None, mask="fe38", rex=REX_R_CLEAR),
        row("8c20", stack_delta=None, mask="fc38", rex=REX_R_CLEAR),  # lea
        row("94", stack_delta=None, rex=REX_B_CLEAR),  # xchg rax
        row("bc", stack_delta=None, rex=REX_B_CLEAR),  # mov immediate
        row("b4", stack_delta=None, rex=REX_B_CLEAR),
        row("c6c4", stack_delta=None, mask="fec7", rex=REX_B_CLEAR),
        row("c0c4", stack_delta=None, mask="fec7", rex=REX_B_CLEAR),  # shifts
        row("d0c4", stack_delta=None, mask="fcc7", rex=REX_B_CLEAR),
        row("f6c4", stack_delta=None, mask="fec7", rex=REX_B_CLEAR),
        row("fec4", stack_delta=None, mask="fec7", rex=REX_B_CLEAR),  # inc, dec
        row("6920", stack_delta=None, mask="fd38", rex=REX_R_CLEAR),  # imul
        row("0f4020", stack_delta=None, mask="fff038", rex=REX_R_CLEAR),  # cmov
        row("0fb020", stack_delta=None, mask="fff038", rex=REX_R_CLEAR),  # movzx, movsx, bsf ...
        row("0fb0c4", stack_delta=None, mask="fff0c7", rex=REX_B_CLEAR),  # cmpxchg, bit tests
        row("0fc0c4", stack_delta=None, mask="fffec7", rex=REX_B_CLEAR),  # xadd
        row("0faf20", stack_delta=None, mask="ffff38", rex=REX_R_CLEAR),  # imul
        # No compiler does these to rsp; a program that means harm may.
        row("0fc020", stack_delta=None, mask="fffe38", rex=REX_R_CLEAR),  # xadd, its other operand
        row("8cc4", stack_delta=None, mask="ffc7", rex=REX_B_CLEAR),  # mov from a segment register
        row("0fcc", stack_delta=None, rex=REX_B_CLEAR),  # bswap
        row("0fa4c4", stack_delta=None, mask="fff6c7", rex=REX_B_CLEAR),  # shld, shrd
        row("0fabc4", stack_delta=None, mask="ffffc7", rex=REX_B_CLEAR),  # bts
        row("0f90c4", stack_delta=None, mask="fff0c7", rex=REX_B_CLEAR),  # set on a condition
        row("0f2c20", stack_delta=None, mask="fffe38", rex=REX_R_CLEAR),  # conversions from floating point
        row("0f5020", stack_delta=None, mask="ffff38", rex=REX_R_CLEAR),  # movmsk
        row("0fd720", stack_delta=None, mask="ffff38", rex=REX_R_CLEAR),  # pmovmskb
        row("0fc520", stack_delta=None, mask="ffff38", rex=REX_R_CLEAR),  # pextrw
        row("0f3a14c4", stack_delta=None, mask="fffffcc7", rex=REX_B_CLEAR),  # pextrb, d, q, w; extractps
        row("0f7ec4", stack_delta=None, mask="ffffc7", rex=REX_B_CLEAR),  # movd, movq
        row("0f38f020", stack_delta=None, mask="fffff838", rex=REX_R_CLEAR),  # crc32, movbe, adcx, adox
        row("0f0220", stack_delta=None, mask="fffe38", rex=REX_R_CLEAR),  # lar, lsl
        row("0f00c4", stack_delta=None, mask="fffec7", rex=REX_B_CLEAR),  # sldt, str, smsw
        row("0faec4", stack_delta=None, mask="ffffc7", rex=REX_B_CLEAR),  # rdfsbase, rdgsbase
    )


STACK_STEPS: Mapping[str, StackStep] = {
    "add": "sum",
    "sub": "difference",
    "mov": "copy",
    "lea": "address",
    "and": "mask",
}


ENTERING = frozenset(("enter",))


def direct_calls(code: bytes, address: int) -> Iterator[int]:
    """Wherever the opcode stands: where instructions begin isn't known."""
    for match in re.finditer(b"\xe8(?=(....))", code, re.DOTALL):
        yield address + match.start() + 5 + int.from_bytes(match[1], "little", signed=True)
