"""The names that a compile unit declares outside its functions: variables, types, enumerators; C++'s qualified."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from stackglass.debuginfo.entries import Entry, Unit
from stackglass.debuginfo.extents import ranges_of
from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.names import qualified_name
from stackglass.debuginfo.subprograms import Surroundings, VariableInfo
from stackglass.debuginfo.types import EnumType, Type

_ENTERED = frozenset(
    (
        "DW_TAG_namespace",
        "DW_TAG_structure_type",
        "DW_TAG_class_type",
        "DW_TAG_union_type",
        "DW_TAG_subprogram",
        "DW_TAG_lexical_block",
    )
)
"""Entries that hold declarations; those in functions are for types that a function defines for itself."""
_KEYWORDS = {
    "DW_TAG_structure_type": "struct",
    "DW_TAG_class_type": "class",
    "DW_TAG_union_type": "union",
    "DW_TAG_enumeration_type": "enum",
}


class _Enumerator(NamedTuple):
    value: int
    type: EnumType
    block: Entry | None
    """The function or the block within one that it is declared in."""


class UnitNames:
    """The names of one unit. They are read when the first is asked for; what cannot be read is not there."""

    def __init__(self, module: Module, unit: Unit) -> None:
        self._module = module
        self._unit = unit
        self._variables: dict[str, Entry] | None = None
        self._types: dict[str, Entry] = {}
        self._enumerators: dict[str, list[_Enumerator]] = {}

    def variable(self, name: str) -> VariableInfo | None:
        """The variable of static storage called `name`."""
        self._read()
        entry = (self._variables or {}).get(name)
        if entry is None:
            return None
        around = Surroundings(self._module.types, self._module.bias)
        return VariableInfo(name, False, entry, around)

    def type(self, name: str) -> Type | None:
        """The type called `name`; a struct's by 'struct NAME', in C++ by NAME too."""
        self._read()
        entry = self._types.get(name)
        return None if entry is None else self._module.attempt(lambda: self._module.types.of(entry))

    def enumerator(self, name: str, pc: int) -> tuple[int, EnumType] | None:
        """The value and the type of the enumerator called `name`: that of the innermost block which `pc` is in."""
        self._read()
        found = self._enumerators.get(name, [])
        at = pc - self._module.bias
        for one in reversed(found):
            if one.block is None or any(part.low <= at < part.high for part in ranges_of(one.block)):
                return one.value, one.type
        alike = {(one.value, one.type.size) for one in found}
        return (found[0].value, found[0].type) if len(alike) == 1 else None

    def _read(self) -> None:
        if self._variables is None:
            self._variables = {}
            self._module.attempt(self._collect)

    def _collect(self) -> None:
        assert self._variables is not None
        for entry, block in _walk(self._unit.top):
            name = qualified_name(entry)
            if entry.tag == "DW_TAG_enumeration_type" and not entry.flag("DW_AT_declaration"):
                self._collect_enumerators(name or "", entry, block)
            if name is None:
                continue
            if entry.tag == "DW_TAG_variable":
                self._collect_variable(name, entry)
            elif entry.tag == "DW_TAG_typedef":
                self._types.setdefault(name, entry)
            elif entry.tag in _KEYWORDS and not entry.flag("DW_AT_declaration"):
                self._collect_tagged(name, entry)

    def _collect_variable(self, name: str, entry: Entry) -> None:
        assert self._variables is not None
        if entry.has("DW_AT_location") or entry.has("DW_AT_const_value"):
            self._variables[name] = entry
            short = name.removeprefix("(anonymous namespace)::")
            self._variables.setdefault(short, entry)

    def _collect_tagged(self, name: str, entry: Entry) -> None:
        self._types.setdefault(f"{_KEYWORDS[entry.tag]} {name}", entry)
        if self._unit.is_cplusplus:
            self._types.setdefault(name, entry)

    def _collect_enumerators(self, name: str, entry: Entry, block: Entry | None) -> None:
        type_ = self._module.types.of(entry)
        if not isinstance(type_, EnumType):
            return
        prefix = f"{name}::" if type_.is_scoped else name.rpartition("::")[0]
        for enumerator, value in type_.enumerators:
            qualified = enumerator if not prefix else f"{prefix.removesuffix('::')}::{enumerator}"
            self._enumerators.setdefault(qualified, []).append(_Enumerator(value, type_, block))


def _walk(top: Entry) -> Iterator[tuple[Entry, Entry | None]]:
    """The entries of a unit, each with the block that it is in; without a function's variables: those are the
    frame's. What is in a block comes behind what is around it."""
    waiting: deque[tuple[Entry, Entry | None]] = deque((entry, None) for entry in top.children)
    while waiting:
        entry, block = waiting.popleft()
        if not (block is not None and entry.tag == "DW_TAG_variable"):
            yield entry, block
        if entry.tag in _ENTERED:
            inner = entry if entry.tag in ("DW_TAG_subprogram", "DW_TAG_lexical_block") else block
            waiting.extend((child, inner) for child in entry.children)
