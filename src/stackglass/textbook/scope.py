"""Names of a C program and what they stand for, by scopes."""

from __future__ import annotations

from dataclasses import dataclass, field

from stackglass.textbook.refusals import wrong
from stackglass.textbook.types import CType, Integer, Record

ARRAY_BYTES = "bytes of an array"
"""What the variable is called that a frame has for the size of an array of computed size."""


@dataclass(slots=True, eq=False)
class Static:
    """What has one fixed address: a function, a global, a static local, a string. `data` is None for code.

    `label` is its name in the listing and the symbol table; `relocations` are (offset in data, what, addend): a word
    of data that holds an address.
    """

    label: str
    type: CType
    data: bytearray | None = None
    relocations: list[tuple[int, Static, int]] = field(default_factory=list)
    read_only: bool = False
    is_function: bool = False
    defined: bool = False
    is_tentative: bool = False
    address: int = 0
    line: int | None = None
    nested: object = None
    """For a nested function, what its static link leads to."""
    is_library: bool = False
    is_register: bool = False
    uses: list[object] = field(default_factory=list)
    """Where the source names it."""


@dataclass(slots=True, eq=False)
class FrameVariable:
    """What has a place in each frame of `owner`: a parameter, a local. `offset` counts from FP."""

    name: str
    type: CType
    owner: object
    offset: int
    line: int | None
    is_parameter: bool = False
    is_register: bool = False
    """Declared so: C gives it no address (C11 6.5.3.2), though it is in memory here."""


@dataclass(slots=True, eq=False)
class Variable:
    """A name for a variable or a function, as declared."""

    name: str
    type: CType
    storage: Static | FrameVariable
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Enumerator:
    """A name for a number."""

    type: Integer
    value: int
    line: int | None = None


@dataclass(frozen=True, slots=True)
class TypeName:
    """A typedef."""

    name: str
    type: CType
    line: int | None = None


Meaning = Variable | Enumerator | TypeName


class Scope:
    """The names of one block; what it hasn't got, its `outer` may have."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.names: dict[str, Meaning] = {}
        self.tags: dict[str, Record | Integer] = {}

    def declare(self, coord: object, name: str, meaning: Meaning) -> None:
        """Gives a name its meaning in this block. Trouble where it has one there: other blocks may have it again."""
        if name in self.names:
            line = getattr(self.names[name], "line", None)
            where = " in the same block" if self.outer is not None else ""
            first = f", first on line {line}" if line is not None else ""
            raise wrong(coord, f"'{name}' is declared twice{where}{first}")
        self.names[name] = meaning

    def find(self, name: str) -> Meaning | None:
        """What a name stands for here; None if nothing."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def find_tag(self, tag: str) -> Record | Integer | None:
        """The struct, union or enumeration of that tag, or None."""
        scope: Scope | None = self
        while scope is not None:
            if tag in scope.tags:
                return scope.tags[tag]
            scope = scope.outer
        return None
