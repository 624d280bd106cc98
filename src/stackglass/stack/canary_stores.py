"""Which instructions of a function put the stack protector's canary into its frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from stackglass.errors import UnreadableMemory
from stackglass.stack.code import Instruction, Store
from stackglass.stack.constants import Constants

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function
    from stackglass.stack.facts import Facts

_SOON = 64
"""Instructions between loading the canary and storing it, at most."""


class CanaryStore(NamedTuple):
    """A store of the stack protector's canary: by the instruction `pc`, to `cfa_offset` from the CFA where known.

    `guard` is the address of the variable that it was loaded from; None if that is thread-local storage.
    """

    pc: int
    cfa_offset: int | None
    guard: int | None


def canary_stores(facts: Facts, function: Function, read: Callable[[int, int], bytes]) -> Iterator[CanaryStore]:
    """The stores of what was loaded, shortly before and into the same register, from where the ABI keeps the word."""
    if facts.isa.canary_variable is None and not _may_load(facts, function, read):
        return
    constants = Constants(facts.isa, read)
    loaded: dict[str, tuple[int, int | None]] = {}
    for number, one in enumerate(facts.code_of(function, read)):
        loads, guard = _load(facts, one, constants)
        at, source = loaded.get(one.store.register, (-_SOON, None)) if one.store else (-_SOON, None)
        if loads is not None:
            loaded[loads] = number, guard
        elif one.store and number - at < _SOON:
            if one.store.size == facts.isa.word_size and not one.store.is_push:
                yield CanaryStore(one.pc, _place(facts, function, read, one.pc, one.store), source)
            loaded.pop(one.store.register)
        else:
            for register in one.writes & loaded.keys():
                del loaded[register]
        constants.follow(one.setting, one.writes)
        if one.leaves_straight_line:
            constants.forget()


def _place(facts: Facts, function: Function, read: Callable[[int, int], bytes], pc: int, store: Store) -> int | None:
    """Where it stores to, as an offset from the CFA; None if that is not known beforehand."""
    place = facts.cfa_offset(pc, store.base, store.displacement)
    if place is not None or store.base != facts.isa.stack_pointer:
        return place
    depths = facts.depths_of(function, read)
    depth = None if depths.allocates or depths.prologue_moves or not depths.is_certain(pc) else depths.at(pc)
    return None if depth is None else store.displacement - depth


def _may_load(facts: Facts, function: Function, read: Callable[[int, int], bytes]) -> bool:
    """Most functions have none: their bytes show that without decoding them."""
    pattern = facts.isa.canary_load
    try:
        code = read(function.low, function.high - function.low)
    except UnreadableMemory:
        return False
    return pattern is not None and re.search(pattern, code, re.DOTALL) is not None


def _load(facts: Facts, one: Instruction, constants: Constants) -> tuple[str | None, int | None]:
    """The register that the instruction loads the canary into, and the address of the variable that holds it."""
    if one.canary_load:
        return one.canary_load, None
    variable, setting = facts.isa.canary_variable, one.setting
    address = constants.loads_from(setting) if variable is not None else None
    if setting is None or address is None:
        return None, None
    found = facts.safely(lambda: facts.target.data_at(address), None)
    is_it = found is not None and found.offset == 0 and found.symbol.name.partition("@")[0] == variable
    return (setting.register, address) if is_it else (None, None)
