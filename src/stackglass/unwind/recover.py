"""From one frame's registers to its caller's, by the rules at its pc."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from stackglass.debuginfo.expressions import Context, evaluate_value
from stackglass.errors import BadDebugInfo, UnreadableMemory
from stackglass.isa import Isa
from stackglass.isa.table import Register
from stackglass.unwind.call_frames import FrameTable
from stackglass.unwind.rules import (
    UNDEFINED,
    CfaExpression,
    CfaRule,
    InRegister,
    IsCfaPlus,
    IsExpression,
    RegisterOffset,
    RegisterRule,
    Row,
    SavedAt,
    SavedAtExpression,
    Undefined,
)

ReadMemory = Callable[[int, int], bytes]

_PUSH_8_BYTES = b"\x0e"
"""DW_OP_const8u: a register's expression begins with the CFA on its stack."""


class Caller(NamedTuple):
    """The caller's registers by name, as far as they are known, and where each of those that were saved lies."""

    registers: Mapping[str, int]
    saved_at: Mapping[str, int]
    outermost: bool
    """The rules say that there is no caller."""


def cfa_of(row: Row, registers: Mapping[str, int], read: ReadMemory, isa: Isa) -> int:
    """The CFA by the rules of `row`. LookupError, UnreadableMemory or BadDebugInfo if it can't be told."""
    return _cfa(row.cfa, registers, read, isa)


def _cfa(rule: CfaRule | None, registers: Mapping[str, int], read: ReadMemory, isa: Isa) -> int:
    if rule is None:
        raise LookupError("the rules at this pc give no CFA")
    if isinstance(rule, RegisterOffset):
        return (_register(rule.register, registers, isa) + rule.offset) & _mask(isa)
    assert isinstance(rule, CfaExpression)
    return _value_of(rule.expression, None, registers, read, isa)


def register_rules(row: Row, isa: Isa) -> Iterator[tuple[Register, RegisterRule]]:
    """The registers that `row` has rules for. One whose parts have rules (ARM's d8, by s16 and s17) is saved as a whole
    where all of them are, each in its place; else its value is lost."""
    parts: dict[str, list[tuple[int, int, RegisterRule]]] = {}
    for number, rule in row.registers.items():
        register = isa.by_dwarf(number)
        if register is not None:
            yield register, rule
        elif (part := isa.dwarf_part(number)) is not None:
            register, _, bits, shift = part
            parts.setdefault(register.name, []).append((bits, shift, rule))
    for name, rules in parts.items():
        yield isa.register(name), _joined(isa.register(name), rules, isa)


def _joined(register: Register, rules: Sequence[tuple[int, int, RegisterRule]], isa: Isa) -> RegisterRule:
    """The rule of a register whose parts (bits, shift) have these."""
    wholes = set()
    for bits, shift, rule in rules:
        below = shift if isa.byte_order == "little" else register.bits - shift - bits
        wholes.add(SavedAt(rule.offset - below // 8) if isinstance(rule, SavedAt) else rule)
    is_whole = sum(bits for bits, _, _ in rules) == register.bits
    return wholes.pop() if is_whole and len(wholes) == 1 else UNDEFINED


def saved_places(row: Row, cfa: int, registers: Mapping[str, int], read: ReadMemory, isa: Isa) -> dict[str, int]:
    """Where `row` says that the caller's registers are saved, by register. What can't be told is left out."""
    places: dict[str, int] = {}
    for register, rule in register_rules(row, isa):
        if isinstance(rule, SavedAt):
            places[register.name] = (cfa + rule.offset) & _mask(isa)
        elif isinstance(rule, SavedAtExpression):
            try:
                places[register.name] = _value_of(rule.expression, cfa, registers, read, isa)
            except (LookupError, UnreadableMemory, BadDebugInfo):
                continue
    return places


def caller_of(
    table: FrameTable, row: Row, cfa: int, registers: Mapping[str, int], read: ReadMemory, isa: Isa
) -> Caller:
    """The caller's registers. The program counter is missing where its rule can't be followed.

    A register without a rule keeps its value if the ABI says that calls preserve it, and is unknown otherwise.
    """
    known = preserved(registers, isa, everything=table.signal)
    known[isa.stack_pointer] = cfa
    places = saved_places(row, cfa, registers, read, isa)
    for register, rule in register_rules(row, isa):
        place = places.get(register.name)
        value = _restored(rule, place, isa.saved_bytes(register.name), cfa, registers, read, isa)
        if value is not None:
            known[register.name] = value
        elif not isinstance(rule, SavedAt | SavedAtExpression) or register.name in known:
            known.pop(register.name, None)
    returns = isa.by_dwarf(table.return_register)
    if returns is not None and returns.name != isa.pc and returns.name in known:
        back = known[returns.name]
        known[isa.pc] = isa.code_address(isa.without_signature(back) if row.return_signed else back)
    outermost = isinstance(row.registers.get(table.return_register), Undefined)
    return Caller(known, places, outermost)


def preserved(registers: Mapping[str, int], isa: Isa, *, everything: bool = False) -> dict[str, int]:
    """The registers that a call gives back as it got them: the callee-saved ones and the thread's."""
    if everything:
        return dict(registers)
    kept = {*isa.callee_saved, isa.thread_pointer}
    return {name: value for name, value in registers.items() if name in kept}


def _restored(
    rule: RegisterRule,
    place: int | None,
    size: int,
    cfa: int,
    registers: Mapping[str, int],
    read: ReadMemory,
    isa: Isa,
) -> int | None:
    try:
        if place is not None:
            return int.from_bytes(read(place, size), isa.byte_order)
        if isinstance(rule, IsCfaPlus):
            return (cfa + rule.offset) & _mask(isa)
        if isinstance(rule, InRegister):
            return _register(rule.register, registers, isa)
        if isinstance(rule, IsExpression):
            return _value_of(rule.expression, cfa, registers, read, isa)
    except (LookupError, UnreadableMemory, BadDebugInfo):
        return None
    return None


def _register(number: int, registers: Mapping[str, int], isa: Isa) -> int:
    register = isa.by_dwarf(number)
    if register is None or register.name not in registers:
        raise LookupError(f"the value of {register.name if register else f'register {number}'} is not known")
    return registers[register.name]


def _mask(isa: Isa) -> int:
    return (1 << 8 * isa.word_size) - 1


def _value_of(expression: bytes, cfa: int | None, registers: Mapping[str, int], read: ReadMemory, isa: Isa) -> int:
    pushed = b"" if cfa is None else _PUSH_8_BYTES + cfa.to_bytes(8, isa.byte_order)
    context = Context(
        register=lambda number: _register(number, registers, isa),
        read_memory=read,
        cfa=cfa,
        address_size=isa.word_size,
        byte_order=isa.byte_order,
    )
    value = evaluate_value(pushed + expression, context)
    if value is None:
        raise LookupError("the rule needs a value that isn't known")
    return value
