"""The names that a compile unit declares outside its functions: variables, types, enumerators; C++'s qualified."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.debuginfo.entries import Entry, Unit
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


class UnitNames:
    """The names of one unit. They are read when the first is asked for; what cannot be read is not there."""

    def __init__(self, module: Module, unit: Unit) -> None:
        self._module = module
        self._unit = unit
        self._variables: dict[str, Entry] | None = None
        self._types: dict[str, Entry] = {}
        self._enumerators: dict[str, tuple[int, EnumType]] = {}

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

    def enumerator(self, name: str) -> tuple[int, EnumType] | None:
        """The value and the type of the enumerator called `name`."""
        self._read()
        return self._enumerators.get(name)

    def _read(self) -> None:
        if self._variables is None:
            self._variables = {}
            self._module.attempt(self._collect)

    def _collect(self) -> None:
        assert self._variables is not None
        for entry in _walk(self._unit.top, inside=False):
            name = qualified_name(entry)
            if name is None:
                if entry.tag == "DW_TAG_enumeration_type":
                    self._collect_enumerators("", entry)
            elif entry.tag == "DW_TAG_variable":
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
        if entry.tag == "DW_TAG_enumeration_type":
            self._collect_enumerators(name, entry)

    def _collect_enumerators(self, name: str, entry: Entry) -> None:
        type_ = self._module.types.of(entry)
        if not isinstance(type_, EnumType):
            return
        prefix = f"{name}::" if type_.is_scoped else name.rpartition("::")[0]
        for enumerator, value in type_.enumerators:
            qualified = enumerator if not prefix else f"{prefix.removesuffix('::')}::{enumerator}"
            self._enumerators.setdefault(qualified, (value, type_))


def _walk(top: Entry, *, inside: bool) -> Iterator[Entry]:
    """The entries of a unit, without a function's variables: those are the frame's."""
    waiting = [(entry, inside) for entry in reversed(top.children)]
    while waiting:
        entry, local = waiting.pop()
        if not (local and entry.tag == "DW_TAG_variable"):
            yield entry
        if entry.tag in _ENTERED:
            deeper = local or entry.tag in ("DW_TAG_subprogram", "DW_TAG_lexical_block")
            waiting += [(child, deeper) for child in reversed(entry.children)]
