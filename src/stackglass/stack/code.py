"""What a function's instructions do to the stack: the few facts that roles of slots rest on.

Where SP moves by a constant, which instruction stores which register where, which one loads the stack protector's
canary. Everything is read off the operands; what is special to an instruction set is in its table.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from stackglass.errors import UnreadableMemory
from stackglass.isa import Isa, get
from stackglass.isa.disassembly import as_named, disassembler
from stackglass.isa.instructions import InstructionKind, Store
from stackglass.isa.patterns import classify
from stackglass.isa.plain_words import WORDS as PLAIN_WORDS
from stackglass.isa.table import StackStep
from stackglass.isa.words import Operand, Spelled
from stackglass.stack.constants import Setting

__all__ = ["Code", "Instruction", "Store", "disassembly"]

_BATCH = 16
_LONGEST_FUNCTION = 1 << 16
"""Bytes of a function that are looked at; longer ones are tables that somebody linked among the code."""
_READ, _WRITE = 1, 2  # capstone's CS_AC_READ and CS_AC_WRITE
_ARITHMETIC = {"sum": 1, "difference": -1}
_DIRECTED = (InstructionKind.CALL, InstructionKind.JUMP)
_LEAVING = (InstructionKind.RETURN, InstructionKind.JUMP)


class Instruction(NamedTuple):
    """One instruction. Registers are by full-width name."""

    pc: int
    end: int
    kind: InstructionKind
    target: int | None
    """Where a direct call or jump leads."""
    stack_delta: int | None
    """What it adds to SP; None if that isn't a constant, or if SP is set from something else."""
    stores: tuple[Store, ...]
    canary_load: str | None
    """The register that it loads the canary into, from thread-local storage."""
    setting: Setting | None
    """The value that it makes, where an address may be computed so."""
    writes: frozenset[str]
    spoils: frozenset[str]
    """The callee-saved registers that it writes; of one that calls preserve in part, if it writes that part."""
    sets_stack_pointer: bool
    """It moves SP by, or to, what a register or memory holds: an allocation, or the end of one."""
    stack_pointer_from: str | None
    """The register that it copies to SP, but for the frame pointer."""
    makes_room: bool
    """Whether it sets SP so by taking something off it, which gives nothing back."""
    aligns_stack_pointer: bool
    """It rounds SP down, by how much depends on SP."""
    above_stack_pointer: int | None
    """Of one that puts an address counted from SP into another register: how far above SP that is."""
    above_frame_pointer: int | None
    """Of one that sets SP to where the frame pointer tells: how far above that."""
    goes_on: bool
    """Whether the instruction behind it may be the next one: not after a return or a jump without a condition."""

    @property
    def leaves_straight_line(self) -> bool:
        """Whether another instruction than the one behind it may follow: not after PowerPC's `bcl 20, 31, .+4`, which
        asks where it is."""
        if self.kind is InstructionKind.JUMP:
            return self.target != self.end
        return self.kind in (InstructionKind.CALL, InstructionKind.RETURN)

    @property
    def store(self) -> Store | None:
        """Its store, if it has just one."""
        return self.stores[0] if len(self.stores) == 1 else None

    @property
    def pushes(self) -> bool:
        """Whether it pushes registers."""
        return any(store.is_push for store in self.stores)


class Code:
    """A function's instructions, decoded as far as somebody has asked, and once."""

    def __init__(self, isa: Isa, low: int, data: bytes, *, other_encoding: bool = False) -> None:
        self.low = low
        self._coming = _decoded(isa, low, data[:_LONGEST_FUNCTION], other_encoding)
        self._seen: list[Instruction] = []

    def __iter__(self) -> Iterator[Instruction]:
        index = 0
        while index < len(self._seen) or self._take():
            yield self._seen[index]
            index += 1

    def at(self, pc: int) -> Instruction | None:
        """The instruction at `pc`, or None if none begins there."""
        return next((one for one in self.between(pc, pc + 1) if one.pc == pc), None)

    def between(self, start: int, end: int) -> list[Instruction]:
        """Those from the address `start` up to `end`."""
        while (not self._seen or self._seen[-1].end < end) and self._take():
            pass
        low, high = (bisect.bisect_left(self._seen, at, key=lambda one: one.pc) for at in (start, end))
        return self._seen[low:high]

    def leading(self) -> Iterator[Instruction]:
        """The instructions from the function's start up to its first call, jump or return."""
        for one in self:
            if one.kind in (InstructionKind.CALL, InstructionKind.JUMP, InstructionKind.RETURN):
                return
            yield one

    def _take(self) -> bool:
        following = next(self._coming, None)
        if following is not None:
            self._seen.append(following)
        return following is not None


def disassembly(isa: Isa, pc: int, code: bytes, *, other_encoding: bool = False) -> str | None:
    """The instruction that `code` begins with as an assembler writes it; None if it is none."""
    decoded = next(_plain_engine(isa.name, other_encoding).disasm_lite(code, pc, 1), None)
    text = None if decoded is None else f"{decoded[2]} {decoded[3]}".strip()
    return None if text is None else as_named(text, isa.other_spellings)


def readable(read: Callable[[int, int], bytes], address: int, size: int) -> bytes:
    """`size` bytes from `address` on, or about as many as are mapped; none if nothing is."""
    while size:
        try:
            return read(address, size)
        except UnreadableMemory:
            size //= 2
    return b""


def decode_one(isa: Isa, pc: int, code: bytes, *, other_encoding: bool = False) -> Instruction | None:
    """The facts of the instruction that `code`, which lies at `pc`, begins with; None if it is none."""
    one = next(_decoded(isa, pc, code, other_encoding), None)
    return one if one is not None and one.pc == pc else None


def memory_operand(isa: Isa, pc: int, code: bytes, *, other_encoding: bool = False) -> Operand | None:
    """The operand in memory of the instruction that `code` begins with; None if it names none."""
    words = isa.words() if isa.words else None
    raw = next(_raw(isa, pc, code, other_encoding), None)
    if words is None or raw is None or not raw.id:
        return None
    return next((one for one in words.spell(raw).operands if one.kind == "memory"), None)


@cache
def _plain_engine(name: str, other_encoding: bool) -> Any:
    return disassembler(get(name), other_encoding=other_encoding)


@cache
def _engine(name: str, other_encoding: bool) -> Any:
    engine = disassembler(get(name), other_encoding=other_encoding)
    engine.detail = True
    engine.skipdata = True
    return engine


def _raw(isa: Isa, low: int, data: bytes, other_encoding: bool) -> Iterator[Any]:
    """Capstone's instructions, by batches.

    A generator of capstone's own that is left suspended holds memory which can't be given back once the interpreter
    has begun to end.
    """
    start = 0
    while batch := list(_engine(isa.name, other_encoding).disasm(data[start:], low + start, _BATCH)):
        yield from batch
        start = batch[-1].address + batch[-1].size - low


def _decoded(isa: Isa, low: int, data: bytes, other_encoding: bool) -> Iterator[Instruction]:
    words = isa.words() if isa.words else PLAIN_WORDS
    frame_pointer = isa.frame_pointer_in(other_encoding=other_encoding)
    for raw in _raw(isa, low, data, other_encoding):
        if not raw.id:  # data among the code
            continue
        kind, delta = classify(isa, bytes(raw.bytes), other_encoding=other_encoding)
        spelled = words.spell(raw)
        step = isa.stack_steps.get(spelled.mnemonic)
        one = Instruction(
            pc=raw.address,
            end=raw.address + raw.size,
            kind=kind,
            target=spelled.target if kind in _DIRECTED else None,
            stack_delta=_stack_delta(isa, step, delta, spelled.operands),
            stores=_stores(isa, raw, delta, spelled.operands),
            canary_load=_canary_load(isa, raw, spelled.operands),
            setting=_setting(isa, spelled),
            writes=_writes(isa, raw),
            spoils=frozenset(isa.full_name(name) or name for name in _written(isa, raw) if isa.is_preserved(name)),
            sets_stack_pointer=(sets := _sets_stack_pointer(isa, step, spelled.operands, frame_pointer)),
            stack_pointer_from=isa.full_name(spelled.operands[-1].register or "") if sets and step == "copy" else None,
            makes_room=sets and step != "copy",
            above_stack_pointer=_above(isa, spelled, isa.stack_pointer),
            above_frame_pointer=_above(isa, spelled, frame_pointer, into=isa.stack_pointer),
            goes_on=kind not in _LEAVING or words.decides(spelled),
            aligns_stack_pointer=_aligns_stack_pointer(isa, step, spelled.operands),
        )
        yield _entering(isa, one) if spelled.mnemonic in isa.entering else one


def _entering(isa: Isa, one: Instruction) -> Instruction:
    """With what its operands don't say of an instruction that makes a frame: one that pushes more than FP, by what it
    writes only."""
    entering = one._replace(
        writes=frozenset((isa.frame_pointer, isa.stack_pointer)), spoils=frozenset((isa.frame_pointer,))
    )
    if one.stack_delta is None:
        return entering
    word = isa.word_size
    saved = Store(isa.frame_pointer, isa.stack_pointer, -one.stack_delta - word, word, is_push=True)
    return entering._replace(stores=(saved,), above_stack_pointer=-word)


def _is_stack_pointer(isa: Isa, operands: tuple[Operand, ...]) -> bool:
    """Whether SP is what an instruction with these operands sets."""
    return bool(operands) and operands[0].register == isa.stack_pointer


def _stack_delta(isa: Isa, step: StackStep | None, delta: int | None, operands: tuple[Operand, ...]) -> int | None:
    if delta is not None or not _is_stack_pointer(isa, operands):
        return delta
    source = operands[-1]
    if step in _ARITHMETIC and len(operands) == 2 and source.kind == "immediate":
        return _ARITHMETIC[step] * source.value
    if step == "address" and source.base == isa.stack_pointer and source.index is None:
        return source.displacement
    return None


def _sets_stack_pointer(isa: Isa, step: StackStep | None, operands: tuple[Operand, ...], frame_pointer: str) -> bool:
    if step == "chain":
        return operands[0].base == isa.stack_pointer and operands[0].index is not None
    if step not in ("copy", "difference") or len(operands) < 2 or not _is_stack_pointer(isa, operands):
        return False
    source = operands[-1]
    return source.kind != "immediate" and source.register != frame_pointer


def _aligns_stack_pointer(isa: Isa, step: StackStep | None, operands: tuple[Operand, ...]) -> bool:
    """Whether it masks SP, or sets the lower bits that a register's shorter name means to 0."""
    if step == "copy" and len(operands) == 2 and operands[1].kind == "immediate" and not operands[1].value:
        name = operands[0].register or ""
        return name != isa.stack_pointer and isa.full_name(name) == isa.stack_pointer
    return step == "mask" and _is_stack_pointer(isa, operands)


def _above(isa: Isa, spelled: Spelled, base: str, into: str | None = None) -> int | None:
    """How far above `base` the address is that an instruction puts into another register, or just into `into`."""
    how = isa.stack_steps.get(spelled.mnemonic) or isa.address_steps.get(spelled.mnemonic)
    target, *sources = spelled.operands or (None,)
    if target is None or target.kind != "register" or target.register == base or into not in (None, target.register):
        return None
    if how == "copy" and [one.register for one in sources] == [base]:
        return 0
    if how == "copy" and [(one.kind, one.size) for one in sources] == [("memory", 0)]:  # an address: nothing is loaded
        return sources[0].displacement if sources[0].base == base and sources[0].index is None else None
    if how in ("sum", "difference") and [one.kind for one in sources] == ["register", "immediate"]:
        sign = 1 if how == "sum" else -1
        return sign * sources[1].value if sources[0].register == base else None
    if how in ("sum", "address") and [one.kind for one in sources] == ["memory"]:
        return sources[0].displacement if sources[0].base == base and sources[0].index is None else None
    return None


def _written(isa: Isa, raw: Any) -> frozenset[str]:
    """The registers that it writes, by the names of the parts."""
    return isa.writes(raw) if isa.writes else frozenset(map(raw.reg_name, raw.regs_access()[1]))


def _writes(isa: Isa, raw: Any) -> frozenset[str]:
    if raw.mnemonic in isa.signing:
        return frozenset()
    return frozenset(full for name in _written(isa, raw) if (full := isa.full_name(name)))


def _stores(isa: Isa, raw: Any, delta: int | None, operands: tuple[Operand, ...]) -> tuple[Store, ...]:
    if isa.stores is None:
        store = _store(isa, raw, delta, operands)
        return (store,) if store else ()
    found = []
    for store in isa.stores(raw):
        register, base = isa.full_name(store.register), isa.full_name(store.base)
        if register is not None and base is not None:
            found.append(store._replace(register=register, base=base))
    return tuple(found)


def _store(isa: Isa, raw: Any, delta: int | None, operands: tuple[Operand, ...]) -> Store | None:
    if len(operands) == 1 and operands[0].kind == "register" and delta is not None and delta < 0:
        full = isa.full_name(operands[0].register or "")
        return None if full is None else Store(full, isa.stack_pointer, 0, -delta, is_push=True)
    if len(operands) != 2 or {one.kind for one in operands} != {"register", "memory"}:
        return None
    place, source = sorted(range(2), key=lambda number: operands[number].kind)
    accesses = [operand.access for operand in raw.operands]
    memory = operands[place]
    full = isa.full_name(operands[source].register or "")
    if accesses[place] != _WRITE or accesses[source] != _READ or full is None:
        return None
    base = isa.full_name(memory.base or "")
    if base is None or memory.index is not None or memory.segment is not None:
        return None
    return Store(full, base, memory.displacement, memory.size, is_push=False)


def _canary_load(isa: Isa, raw: Any, operands: tuple[Operand, ...]) -> str | None:
    if isa.canary_thread_offset is None or len(operands) != 2 or operands[0].kind != "register":
        return None
    source = operands[1]
    bases = (source.segment, source.base)
    loads = source.kind == "memory" and bases in ((isa.thread_pointer, None), (None, isa.thread_pointer))
    register = isa.full_name(operands[0].register or "")
    if not loads or source.displacement != isa.canary_thread_offset or register not in _writes(isa, raw):
        return None
    is_read = isa.writes is None and raw.operands[0].access != _WRITE  # where capstone tells
    return None if is_read else register


def _setting(isa: Isa, spelled: Spelled) -> Setting | None:
    how = isa.address_steps.get(spelled.mnemonic)
    target, *sources = spelled.operands if spelled.operands else (None,)
    if how is None or target is None or target.kind != "register" or not sources:
        return None
    full = isa.full_name(target.register or "")
    return Setting(full, how, tuple(sources)) if full is not None and full == target.register else None
