"""An instruction taken apart: capstone's view of its bytes in the words of `isa`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import capstone

from stackglass.isa import Isa, get
from stackglass.isa.patterns import classify
from stackglass.isa.plain_words import WORDS as PLAIN_WORDS
from stackglass.isa.table import InstructionKind
from stackglass.isa.words import Operand, Vocabulary

LONGEST = 16
"""No instruction of any ISA here has more bytes."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """`text` is the disassembly, `target` where a direct call or jump leads; registers are by full-width name."""

    pc: int
    code: bytes
    text: str
    mnemonic: str
    prefix: str
    operands: tuple[Operand, ...]
    kind: InstructionKind
    target: int | None
    reads: frozenset[str]
    writes: frozenset[str]
    writes_flags: bool

    @property
    def next_pc(self) -> int:
        """The address of the instruction behind it."""
        return self.pc + len(self.code)


def vocabulary(isa: Isa) -> Vocabulary:
    """The words of an ISA; plain ones if it has none of its own."""
    return isa.words() if isa.words else PLAIN_WORDS


def decode(isa: Isa, pc: int, code: bytes, *, other_encoding: bool = False) -> Instruction:
    """The instruction that `code` (up to LONGEST bytes of it) begins with. Bytes that are none are one '(bad)' byte."""
    return _decode(isa.name, pc, code, other_encoding)


@cache
def _disassembler(name: str, other_encoding: bool) -> Any:
    isa = get(name)
    mode = isa.other_encoding.capstone_mode if isa.other_encoding and other_encoding else isa.capstone_mode
    engine = capstone.Cs(isa.capstone_arch, mode)
    engine.detail = True
    return engine


@cache
def _decode(name: str, pc: int, code: bytes, other_encoding: bool) -> Instruction:
    isa = get(name)
    decoded = next(_disassembler(name, other_encoding).disasm(code, pc, 1), None)
    if decoded is None:
        return Instruction(pc, code[:1], "(bad)", "(bad)", "", (), InstructionKind.PLAIN, None, _NONE, _NONE, False)
    spelled = vocabulary(isa).spell(decoded)
    raw = bytes(decoded.bytes)
    kind = classify(isa, raw, other_encoding=other_encoding).kind
    direct = kind in (InstructionKind.CALL, InstructionKind.JUMP) and [o.kind for o in spelled.operands] == [
        "immediate"
    ]
    read, names = _accesses(isa, decoded, spelled.operands)
    flags = {register.name for register in isa.registers if register.kind == "flags"}
    return Instruction(
        pc=pc,
        code=raw,
        text=f"{decoded.mnemonic} {decoded.op_str}".strip(),
        mnemonic=spelled.mnemonic,
        prefix=spelled.prefix,
        operands=spelled.operands,
        kind=kind,
        target=spelled.operands[0].value if direct else None,
        reads=_full(isa, read),
        writes=_full(isa, names) - flags,
        writes_flags=bool(names & {"rflags", "eflags", "flags", "cpsr", "nzcv", *flags}),
    )


def _accesses(isa: Isa, decoded: Any, operands: tuple[Operand, ...]) -> tuple[set[str], set[str]]:
    """The names of the registers that an instruction reads and writes."""
    if isa.writes is None:
        read, written = decoded.regs_access()
        return {decoded.reg_name(number) for number in read}, {decoded.reg_name(number) for number in written}
    named = {name for one in operands for name in (one.register, one.base, one.index) if name}
    written = isa.writes(decoded)
    return named - set(written), set(written)


_NONE: frozenset[str] = frozenset()


def _full(isa: Isa, names: set[str]) -> frozenset[str]:
    return frozenset(full for full in map(isa.full_name, names) if full is not None)
