"""Who had overwritten the return address that a function returned by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stackglass.recording.accesses import code_at
from stackglass.stack.build import facts_of
from stackglass.stack.code import decode_one, readable
from stackglass.unwind.rules import SavedAt

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function, Target
    from stackglass.recording.history import CallHistory
    from stackglass.stack.facts import Facts
    from stackglass.stack.sources import WriteRun

Read = Callable[[int, int], bytes]


def overwriter(
    target: Target, calls: CallHistory, row: int, read: Read, last_writer: Callable[[int], WriteRun | None]
) -> WriteRun | None:
    """Who wrote the return address of the activation `row` after it had been put into its place; None if nobody did.

    None too where it was never in memory, or where that place isn't known. `last_writer` is asked for an address.
    """
    isa, place = target.isa, return_address_place(target, calls, row, read)
    writer = None if place is None else last_writer(place)
    if place is None or writer is None or writer.step is None or writer.pc is None:
        return None
    if writer.step <= calls.call_step(row) or _saves(target, writer.pc, read):
        return None
    word = int.from_bytes(readable(read, place, isa.word_size), isa.byte_order)
    return None if isa.code_address(word) == calls.return_address(row) else writer  # it is what the function saved


def return_address_place(target: Target, calls: CallHistory, row: int, read: Read) -> int | None:
    """The address at which the activation `row` keeps its return address; None where that stays in a register.

    Where the call leaves it in one, call-frame information tells the place, or else the instruction that stores it.
    """
    isa, facts = target.isa, facts_of(target)
    if isa.cfa_minus_sp_at_entry or isa.linkage is not None:
        return calls.cfa(row) + isa.return_address_offset
    function = facts.function_at(calls.entry(row))
    if function is None:
        return None
    offset = _by_rules(facts, function)
    if offset is None:
        offset = _by_code(facts, function, read)
    return None if offset is None else calls.cfa(row) + offset


def _saves(target: Target, pc: int, read: Read) -> bool:
    """Whether the instruction at `pc` stores the register that calls leave the return address in."""
    one = decode_one(target.isa, pc, code_at(read, pc), other_encoding=target.in_other_encoding(pc))
    return one is not None and any(store.register == target.isa.return_register for store in one.stores)


def _by_rules(facts: Facts, function: Function) -> int | None:
    isa, table = facts.isa, facts.table_at(function.low)
    if table is None or isa.return_register is None:
        return None
    number = isa.register(isa.return_register).dwarf
    rules = (row.registers.get(number) for row in table.rows) if number is not None else ()
    return next((rule.offset for rule in rules if isinstance(rule, SavedAt)), None)


def _by_code(facts: Facts, function: Function, read: Read) -> int | None:
    isa, depths = facts.isa, facts.depths_of(function, read)
    for one in facts.code_of(function, read).leading():
        for store in one.stores:
            depth = depths.at(one.pc)
            if store.register == isa.return_register and store.base == isa.stack_pointer and depth is not None:
                pushed = one.stack_delta or 0 if store.is_push else 0
                return store.displacement + pushed - depth
    return None
