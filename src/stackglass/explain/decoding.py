"""An instruction taken apart: capstone's view of its bytes in the words of `isa`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from stackglass.isa import Isa, get
from stackglass.isa.patterns import classify
from stackglass.isa.table import InstructionKind
from stackglass.isa.words import Operand, Vocabulary

LONGEST = 20
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
    """The words of an ISA; each has some."""
    assert isa.words is not None, f"{isa.name} has no words"
    return isa.words()


def decode(isa: Isa, pc: int, code: bytes) -> Instruction:
    """The instruction that `code` (up to LONGEST bytes of it) begins with. Bytes that are none are one '(bad)' byte."""
    return _decode(isa.name, pc, code)


@cache
def _disassembler(name: str) -> Any:
    isa = get(name)
    if isa.disassembler is not None:
        return isa.disassembler(True)
    import capstone

    engine = capstone.Cs(isa.capstone_arch, isa.capstone_mode)
    engine.detail = True
    return engine


@cache
def _decode(name: str, pc: int, code: bytes) -> Instruction:
    isa = get(name)
    decoded = next(_disassembler(name).disasm(code, pc, 1), None)
    if decoded is None:
        return Instruction(pc, code[:1], "(bad)", "(bad)", "", (), InstructionKind.PLAIN, None, _NONE, _NONE, False)
    spelled = vocabulary(isa).spell(decoded)
    raw = bytes(decoded.bytes)
    kind = classify(isa, raw).kind
    direct = kind in (InstructionKind.CALL, InstructionKind.JUMP) and [o.kind for o in spelled.operands] == [
        "immediate"
    ]
    read, written = decoded.regs_access()
    names = {decoded.reg_name(number) for number in written}
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
        reads=_full(isa, {decoded.reg_name(number) for number in read}),
        writes=_full(isa, names) - flags,
        writes_flags=bool(names & {"rflags", "eflags", "flags", "cpsr", "nzcv", *flags}),
    )


_NONE: frozenset[str] = frozenset()


def _full(isa: Isa, names: set[str]) -> frozenset[str]:
    return frozenset(full for full in map(isa.full_name, names) if full is not None)
