"""An instruction taken apart: capstone's view of its bytes in the words of `isa`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from stackglass.isa import Isa, get
from stackglass.isa.disassembly import disassembler
from stackglass.isa.patterns import classify
from stackglass.isa.plain_words import WORDS as PLAIN_WORDS
from stackglass.isa.table import InstructionKind
from stackglass.isa.words import Operand, Spelled, Vocabulary

LONGEST = 20
"""No instruction of any ISA here has more bytes."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """`text` is the disassembly, `target` where a direct call or jump leads; registers are by full-width name.

    `targets` operands, from the first on, are what it writes.
    """

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
    targets: int = 1
    condition: str | None = None
    predicated: bool = False

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
    engine = disassembler(get(name), other_encoding=other_encoding)
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
    read, written = _accesses(isa, decoded, spelled)
    flags = {register.name for register in isa.registers if register.kind == "flags"}
    return Instruction(
        pc=pc,
        code=raw,
        text=spelled.text or f"{decoded.mnemonic} {decoded.op_str}".strip(),
        mnemonic=spelled.mnemonic,
        prefix=spelled.prefix,
        operands=spelled.operands,
        kind=kind,
        target=spelled.target if kind in (InstructionKind.CALL, InstructionKind.JUMP) else None,
        reads=_full(isa, read),
        writes=_full(isa, written) - flags,
        writes_flags=bool(written & {"rflags", "eflags", "flags", "cpsr", "nzcv", *flags}),
        targets=spelled.targets,
        condition=spelled.condition or vocabulary(isa).conditional.get(spelled.mnemonic),
        predicated=spelled.predicated,
    )


def _accesses(isa: Isa, decoded: Any, spelled: Spelled) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the registers that an instruction reads, and of those that it writes."""
    if spelled.reads is not None and spelled.writes is not None:
        return spelled.reads, spelled.writes
    if isa.writes is not None:
        named = {name for one in spelled.operands for name in (one.register, one.base, one.index) if name}
        return frozenset(named - isa.writes(decoded)), isa.writes(decoded)
    read, written = (frozenset(map(decoded.reg_name, numbers)) for numbers in decoded.regs_access())
    return read, written


_NONE: frozenset[str] = frozenset()


def _full(isa: Isa, names: frozenset[str]) -> frozenset[str]:
    return frozenset(full for full in map(isa.full_name, names) if full is not None)
