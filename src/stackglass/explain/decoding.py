"""An instruction taken apart: capstone's view of its bytes in the words of `isa`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from stackglass.isa import Isa, get
from stackglass.isa.disassembly import disassembler
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.patterns import classify
from stackglass.isa.plain_words import WORDS as PLAIN_WORDS
from stackglass.isa.words import Operand, Spelled, Vocabulary

LONGEST = 20
"""No instruction of any ISA here has more bytes, nor has a group of them."""
_MOST_IN_GROUP = 4
_MOST_KEPT = 1 << 16
"""How many instructions are kept taken apart: a run through a C library passes fewer."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """`text` is the disassembly, `target` where a direct call or jump leads; registers are by full-width name.

    `targets` operands, from the first on, are what it writes. An instruction that makes a group with those behind it
    (Thumb's `it`) stands for the whole group: `members` are those instructions.
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
    flag_set: str = ""
    members: tuple[Instruction, ...] = ()
    known: bool = True
    """Whether the disassembler knows it."""

    @property
    def all_operands(self) -> tuple[Operand, ...]:
        """Its operands, and those of the members of its group."""
        return (*self.operands, *(operand for member in self.members for operand in member.operands))

    @property
    def next_pc(self) -> int:
        """The address of the instruction behind it."""
        return self.pc + len(self.code)


def vocabulary(isa: Isa) -> Vocabulary:
    """The words of an ISA; plain ones if it has none of its own."""
    return isa.words() if isa.words else PLAIN_WORDS


def decode(isa: Isa, pc: int, code: bytes, *, other_encoding: bool = False) -> Instruction:
    """The instruction that `code` (up to LONGEST bytes of it) begins with.

    Of one that the disassembler doesn't know it is only the size, where its first bytes tell that; else one byte.
    """
    return _decode(isa.name, pc, code, other_encoding)


@cache
def _disassembler(name: str, other_encoding: bool) -> Any:
    engine = disassembler(get(name), other_encoding=other_encoding)
    engine.detail = True
    return engine


@lru_cache(maxsize=_MOST_KEPT)
def _decode(name: str, pc: int, code: bytes, other_encoding: bool) -> Instruction:
    isa = get(name)
    found = tuple(_disassembler(name, other_encoding).disasm(code, pc, 1 + _MOST_IN_GROUP))
    if not found:
        return _unknown(isa, pc, code, other_encoding)
    first = _instruction(isa, found[0], other_encoding=other_encoding)
    if first.kind is not InstructionKind.GROUP:
        return first
    size = _MOST_IN_GROUP - (first.code[0] & -first.code[0]).bit_length() + 1
    return _group(first, tuple(_instruction(isa, each, other_encoding=other_encoding) for each in found[1 : 1 + size]))


def _unknown(isa: Isa, pc: int, code: bytes, other_encoding: bool) -> Instruction:
    size = isa.size_of_unknown(code, other_encoding=other_encoding)
    kind = InstructionKind.PLAIN if size is None else classify(isa, code[:size], other_encoding=other_encoding).kind
    return unknown(isa, pc, code[: size or 1], InstructionKind.PLAIN if kind is InstructionKind.GROUP else kind)


def unknown(isa: Isa, pc: int, code: bytes, kind: InstructionKind) -> Instruction:
    """The instruction that is all of `code`, of which nothing else is known: its text is how an assembler has data."""
    directive = _DIRECTIVES.get(len(code)) if isa.instruction_size else None
    text = f"{directive} {int.from_bytes(code, isa.byte_order):#0{2 + 2 * len(code)}x}" if directive else "(bad)"
    return Instruction(pc, code, text, "(bad)", "", (), kind, None, _NONE, _NONE, False, known=False)


def _group(first: Instruction, members: tuple[Instruction, ...]) -> Instruction:
    return replace(
        first,
        code=b"".join(each.code for each in (first, *members)),
        text="; ".join(each.text for each in (first, *members)),
        reads=frozenset().union(*(each.reads for each in members)),
        writes=frozenset().union(*(each.writes for each in members)),
        writes_flags=any(each.writes_flags for each in members),
        members=members,
    )


def _instruction(isa: Isa, decoded: Any, *, other_encoding: bool) -> Instruction:
    spelled = vocabulary(isa).spell(decoded)
    raw = bytes(decoded.bytes)
    kind = classify(isa, raw, other_encoding=other_encoding).kind
    read, written = _accesses(isa, decoded, spelled)
    flags = {name for one in isa.registers if one.kind == "flags" for name in (one.name, *one.aliases)}
    return Instruction(
        pc=decoded.address,
        code=raw,
        text=spelled.text or f"{decoded.mnemonic} {decoded.op_str}".strip(),
        mnemonic=spelled.mnemonic,
        prefix=spelled.prefix,
        operands=spelled.operands,
        kind=kind,
        target=spelled.target if kind in (InstructionKind.CALL, InstructionKind.JUMP) else None,
        reads=_full(isa, read),
        writes=_full(isa, written) - flags,
        writes_flags=bool(written & flags),
        targets=spelled.targets,
        condition=vocabulary(isa).condition(spelled),
        predicated=spelled.predicated,
        flag_set=spelled.flag_set,
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
_DIRECTIVES = {2: ".short", 4: ".long"}


def _full(isa: Isa, names: frozenset[str]) -> frozenset[str]:
    return frozenset(full for full in map(isa.full_name, names) if full is not None)
