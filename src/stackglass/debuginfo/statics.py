"""Variables in static storage, by where they lie: whose static local each is, and how the source calls it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from stackglass.debuginfo.demangling import demangled
from stackglass.debuginfo.entries import Entry, Unit
from stackglass.debuginfo.expressions import Context, InMemory, evaluate
from stackglass.debuginfo.names import qualified_name
from stackglass.debuginfo.operations import Expression
from stackglass.debuginfo.symbols import Symbol

_ADDRESSES = frozenset((0x03, 0xA1, 0xFB))
"""DW_OP_addr, DW_OP_addrx, DW_OP_GNU_addr_index."""
_THREAD_LOCAL = frozenset((0x9B, 0xE0))
"""DW_OP_form_tls_address, DW_OP_GNU_push_tls_address: what the expression of a thread-local variable ends in."""
_NUMBERED = re.compile(r"(.+)\.\d+")
"""What gcc calls a static local: its name and a number."""


class StaticVariable(NamedTuple):
    """A variable in static storage. `owner` is the function of a static local, None for the others."""

    name: str
    owner: str | None
    entry: Entry


@dataclass
class StaticVariables:
    """The variables of some units: those at fixed addresses by them (the image's own), thread-local ones by their
    offsets in the image's thread-local storage, and by their names those of which nothing says where they lie."""

    fixed: dict[int, StaticVariable] = field(default_factory=dict)
    thread_local: dict[int, StaticVariable] = field(default_factory=dict)
    unplaced: dict[str, list[StaticVariable]] = field(default_factory=dict)

    def of_thread_local(self, symbol: Symbol) -> StaticVariable | None:
        """The thread-local variable that the symbol stands for.

        gcc doesn't say where one lies on AArch64 and RISC-V: there its name tells, if just one variable has it.
        """
        known = self.thread_local.get(symbol.address)
        return known if known is not None else self._by_name(symbol)

    def _by_name(self, symbol: Symbol) -> StaticVariable | None:
        numbered = _NUMBERED.fullmatch(symbol.name)
        plain = demangled(symbol.name) or (numbered[1] if numbered else symbol.name)
        found = [
            told
            for told in self.unplaced.get(plain.rpartition("::")[2], ())
            if plain in (told.name, f"{told.owner}::{told.name}")
            and (told.owner is None or not symbol.is_global)
            and told.entry.inherited_flag("DW_AT_external") == symbol.is_global
            and symbol.file in (None, posixpath.basename(told.entry.unit.name))
        ]
        return found[0] if len(found) == 1 else None


def static_variables(units: Iterable[Unit]) -> StaticVariables:
    """Every variable of the units that has a place of its own for the whole run, or for a thread's."""
    found = StaticVariables()
    for unit in units:
        for entry in unit.walk():
            if entry.tag == "DW_TAG_variable":
                expression = entry.block("DW_AT_location")
                if expression is None or expression[:1] == b"":
                    _add_unplaced(found, entry)
                elif expression[0] in _ADDRESSES:
                    _add(found.fixed, entry, expression)
                elif expression[-1] in _THREAD_LOCAL:
                    _add(found.thread_local, entry, expression)
    return found


def _add(found: dict[int, StaticVariable], entry: Entry, expression: bytes) -> None:
    place = evaluate(Expression(expression, entry.unit), _NO_FRAME)
    if isinstance(place, InMemory):
        for told in _told(entry):
            found.setdefault(place.address, told)


def _add_unplaced(found: StaticVariables, entry: Entry) -> None:
    is_whole = not entry.flag("DW_AT_declaration") and not entry.has("DW_AT_const_value")
    for told in _told(entry) if is_whole and not entry.has("DW_AT_location") else ():
        found.unplaced.setdefault(told.name.rpartition("::")[2], []).append(told)


def _told(entry: Entry) -> Iterator[StaticVariable]:
    owner = _function_of(entry)
    name = entry.inherited_text("DW_AT_name") if owner else qualified_name(entry)
    if name is not None:
        yield StaticVariable(name, qualified_name(owner) if owner else None, entry)


def _function_of(entry: Entry) -> Entry | None:
    *_, declared = entry.origins()
    at = declared.parent
    while at is not None and at.tag in ("DW_TAG_lexical_block", "DW_TAG_inlined_subroutine", "DW_TAG_try_block"):
        at = at.parent
    return at if at is not None and at.tag == "DW_TAG_subprogram" else None


def _no_register(number: int) -> int:
    raise LookupError(number)


def _no_memory(address: int, size: int) -> bytes:
    raise LookupError(address)


_NO_FRAME = Context(register=_no_register, read_memory=_no_memory, tls=lambda offset: offset)
