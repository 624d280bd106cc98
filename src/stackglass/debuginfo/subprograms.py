"""Functions as DWARF tells them: their code, parameters, variables, lexical blocks and inlined calls.

All addresses given and taken are run-time addresses: the module's bias is added to what DWARF says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from stackglass.debuginfo.call_sites import CallSiteEntry, call_site
from stackglass.debuginfo.extents import BoundedLocation, entry_pc, locations_of, ranges_of
from stackglass.debuginfo.names import qualified_name
from stackglass.debuginfo.operations import Expression
from stackglass.debuginfo.reading import bad
from stackglass.debuginfo.type_entries import Types
from stackglass.debuginfo.types import Type
from stackglass.model import AddressRange

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry, Unit

_STATIC_OPERATIONS = frozenset((0x03, 0xA1, 0xFB))
"""DW_OP_addr, DW_OP_addrx, DW_OP_GNU_addr_index: what the location of a variable in static storage begins with."""
_FRAME_BASE_OPERATION = 0x91
"""DW_OP_fbreg."""

_DEEPEST = 200
"""More blocks inside one another than any compiler writes."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a function's entry needs to know of its module."""

    types: Types
    bias: int


@dataclass(frozen=True, eq=False)
class VariableInfo:
    """A variable or parameter of a function. `scope` is where it is in view, empty for the whole function.

    `inlined` names the inlined function that it belongs to; None for the function's own. `depth` counts the scopes
    around it, 0 for the function itself. `shadowed` says that an inner variable of that name hides it.
    """

    name: str
    is_parameter: bool
    entry: Entry = field(repr=False)
    surroundings: Surroundings = field(repr=False)
    scope: tuple[AddressRange, ...] = ()
    depth: int = 0
    order: int = 0
    inlined: str | None = None
    shadowed: bool = False

    @cached_property
    def type(self) -> Type:
        """Its type; an array's length may have to be `types.resolved`."""
        return self.surroundings.types.named_by(self.entry)

    @property
    def artificial(self) -> bool:
        """Whether the compiler made it: `this`, a VLA's length."""
        return self.entry.inherited_flag("DW_AT_artificial")

    @property
    def declared_file(self) -> str | None:
        """The file that declares it."""
        return self.entry.declared_file()

    @property
    def declared_line(self) -> int | None:
        """The line that declares it."""
        return self.entry.inherited_number("DW_AT_decl_line")

    @property
    def constant(self) -> int | bytes | None:
        """Its value where it has no place because it is always the same (DW_AT_const_value)."""
        entry = next((entry for entry in self.entry.origins() if entry.has("DW_AT_const_value")), None)
        if entry is None:
            return None
        text = entry.text("DW_AT_const_value")
        block = entry.block("DW_AT_const_value")
        return entry.number("DW_AT_const_value") if text is None and block is None else block or (text or "").encode()

    @cached_property
    def _locations(self) -> tuple[BoundedLocation, ...]:
        entry = next((entry for entry in self.entry.origins() if entry.has("DW_AT_location")), None)
        return () if entry is None else locations_of(entry, "DW_AT_location")

    @property
    def is_static(self) -> bool:
        """Whether it lives at a fixed address: a static local, or a global that is declared inside the function."""
        first = self._locations[0].expression if len(self._locations) == 1 else b""
        return bool(first) and first[0] in _STATIC_OPERATIONS

    def is_static_at(self, pc: int) -> bool:
        """Whether it is at a fixed address when `pc` is about to run."""
        expression = self.location(pc)
        return expression is not None and not _STATIC_OPERATIONS.isdisjoint(bytes(expression)[:1])

    def is_in_frame_at(self, pc: int) -> bool:
        """Whether it is at a place that is counted from its function's frame base when `pc` is about to run."""
        expression = self.location(pc)
        return expression is not None and bytes(expression)[:1] == bytes([_FRAME_BASE_OPERATION])

    @property
    def has_one_location(self) -> bool:
        """Whether one expression tells where it is in all of its scope: compilers that don't optimise say no more."""
        return len(self._locations) == 1 and self._locations[0].low == 0

    def location(self, pc: int) -> Expression | None:
        """The expression for where it is when `pc` is about to run; None where it is nowhere (optimised out)."""
        address = pc - self.surroundings.bias
        for low, high, expression in self._locations:
            # An entry without extent at a function's first instruction tells what holds before it, as gdb reads it.
            if low <= address < high or low == high == address == self._function_entry:
                return Expression(expression, self.entry.unit, self.surroundings.bias)
        return None

    def is_before_its_places(self, pc: int) -> bool:
        """Whether all code for which it has a place lies behind `pc`; False where it has none at all."""
        return bool(self._locations) and pc - self.surroundings.bias < min(low for low, _, _ in self._locations)

    @cached_property
    def _function_entry(self) -> int | None:
        """Where the function that holds it begins to run, by the image's own addresses."""
        entry: Entry | None = self.entry
        while entry is not None and entry.tag != "DW_TAG_subprogram":
            entry = entry.parent
        return None if entry is None else entry_pc(entry)

    def in_scope(self, pc: int) -> bool:
        """Whether `pc` lies in the block that declares it."""
        return not self.scope or any(extent.holds(pc) for extent in self.scope)


@dataclass(frozen=True, eq=False)
class InlinedCall:
    """A call that the compiler replaced by the callee's code. `ranges` is that code, `entry` its first address."""

    name: str
    call_file: str | None
    call_line: int | None
    ranges: tuple[AddressRange, ...]
    entry: int | None
    variables: tuple[VariableInfo, ...] = field(repr=False)
    declared_file: str | None = None
    declared_line: int | None = None

    @property
    def parameters(self) -> tuple[VariableInfo, ...]:
        """Its parameters, in order."""
        return tuple(variable for variable in self.variables if variable.is_parameter)


@dataclass(frozen=True, eq=False)
class _Scope:
    """A function, a lexical block or an inlined call, with what it declares."""

    ranges: tuple[AddressRange, ...]
    variables: tuple[VariableInfo, ...]
    inner: tuple[_Scope, ...]
    call: InlinedCall | None = None

    def holds(self, pc: int) -> bool:
        return not self.ranges or any(extent.holds(pc) for extent in self.ranges)


class Subprogram:
    """A function with code. `ranges` is all of its code, in DWARF's order; `entry_pc` is where it begins to run."""

    def __init__(self, entry: Entry, surroundings: Surroundings) -> None:
        self.entry = entry
        self._around = surroundings

    def __repr__(self) -> str:
        return f"<Subprogram {self.name} at {self.low:#x}>"

    @cached_property
    def name(self) -> str:
        """Qualified in C++ ('ns::Stack::push'), without parameters."""
        return qualified_name(self.entry) or self.linkage_name or "?"

    @property
    def linkage_name(self) -> str | None:
        """The mangled name, where it has one."""
        return self.entry.inherited_text("DW_AT_linkage_name") or self.entry.inherited_text("DW_AT_MIPS_linkage_name")

    @cached_property
    def ranges(self) -> tuple[AddressRange, ...]:
        """All of its code; several runs where a part was moved away (foo.cold)."""
        return _shifted(ranges_of(self.entry), self._around.bias)

    @cached_property
    def low(self) -> int:
        """Where it begins to run."""
        return (entry_pc(self.entry) or 0) + self._around.bias

    @property
    def declared_file(self) -> str | None:
        """The file of its definition."""
        return self.entry.declared_file()

    @property
    def declared_line(self) -> int | None:
        """The line of its definition."""
        return self.entry.inherited_number("DW_AT_decl_line")

    decl_file, decl_line = declared_file, declared_line

    @property
    def written_in(self) -> Unit:
        """The unit of the source that it was written in: another than its code's, if it was optimised at link time."""
        *_, declared = self.entry.origins()
        return declared.unit

    @cached_property
    def return_type(self) -> Type:
        """VOID if it returns nothing."""
        return self._around.types.named_by(self.entry)

    @property
    def prototype_variadic(self) -> bool:
        """Whether its parameter list ends in '...'."""
        return any(
            child.tag == "DW_TAG_unspecified_parameters" for entry in self.entry.origins() for child in entry.children
        )

    @property
    def is_external(self) -> bool:
        """Whether other units may call it by its name."""
        return self.entry.inherited_flag("DW_AT_external")

    def frame_base_at(self, pc: int) -> Expression | None:
        """The expression that DW_OP_fbreg counts from; None where the function has none (assembly)."""
        for low, high, expression in self._frame_bases:
            if low <= pc - self._around.bias < high:
                return Expression(expression, self.entry.unit, self._around.bias)
        return None

    @cached_property
    def _frame_bases(self) -> tuple[BoundedLocation, ...]:
        return locations_of(self.entry, "DW_AT_frame_base")

    @property
    def frame_base(self) -> Expression | None:
        """As `frame_base_at` the function's first instruction."""
        return self.frame_base_at(self.low)

    def parameters(self) -> list[VariableInfo]:
        """Its parameters in order, those included that were optimised away."""
        return [variable for variable in self._tree.variables if variable.is_parameter]

    def variables_at(self, pc: int) -> list[VariableInfo]:
        """The parameters and variables in view at `pc`, innermost scope first, in the order of declaration in each.

        Those of inlined calls are marked with the call's function. One hidden by an inner of its name is `shadowed`.
        """
        found: list[VariableInfo] = []
        seen: set[tuple[str | None, str]] = set()
        for scope in reversed(self._path_to(pc)):
            names = {(variable.inlined, variable.name) for variable in scope.variables}
            for variable in scope.variables:
                hidden = (variable.inlined, variable.name) in seen
                found.append(replace(variable, shadowed=True) if hidden else variable)
            seen |= names
        return found

    def all_variables(self) -> list[VariableInfo]:
        """Every parameter and variable of the function, of its blocks and of calls inlined into it, outermost first."""
        found: list[VariableInfo] = []
        waiting = [self._tree]
        while waiting:
            scope = waiting.pop(0)
            found += scope.variables
            waiting += scope.inner
        return found

    def variable_of(self, entry: Entry) -> VariableInfo:
        """The variable that `entry` describes: one that a type refers to (`types.Bound`), maybe without a name."""
        return self._variable(entry, (), 0, None)

    def inlined_at(self, pc: int) -> list[InlinedCall]:
        """The inlined calls that `pc` lies in, innermost first."""
        return [scope.call for scope in reversed(self._path_to(pc)) if scope.call is not None]

    def inlined_calls(self) -> list[InlinedCall]:
        """All calls that were inlined into it, outer ones before those inside them."""
        found, waiting = [], [self._tree]
        while waiting:
            scope = waiting.pop(0)
            found += [scope.call] if scope.call is not None else []
            waiting += scope.inner
        return found

    def call_sites(self) -> list[CallSiteEntry]:
        """What DWARF tells of the calls that the function makes, inlined functions' included, by address."""
        found, waiting = [], list(self.entry.children)
        while waiting:
            entry = waiting.pop()
            if entry.tag in ("DW_TAG_call_site", "DW_TAG_GNU_call_site"):
                found.append(call_site(entry, self._around.bias))
            elif entry.tag in ("DW_TAG_lexical_block", "DW_TAG_inlined_subroutine"):
                waiting += entry.children
        return sorted(
            (site for site in found if site is not None), key=lambda site: site.return_pc or site.call_pc or 0
        )

    def blocks_at(self, pc: int) -> list[object]:
        """The scopes around `pc`, outermost first, of those that declare something: what gdb calls its block."""
        path = self._path_to(pc)
        return [scope for scope in path if scope is self._tree or scope.call is not None or scope.variables]

    def _path_to(self, pc: int) -> list[_Scope]:
        path, scope = [self._tree], self._tree
        while True:
            following = next((inner for inner in scope.inner if inner.ranges and inner.holds(pc)), None)
            if following is None:
                return path
            path.append(following)
            scope = following

    @cached_property
    def _tree(self) -> _Scope:
        return self._scope(self.entry, (), 0, None)

    def _scope(
        self,
        entry: Entry,
        ranges: tuple[AddressRange, ...],
        depth: int,
        inlined: str | None,
    ) -> _Scope:
        if depth > _DEEPEST:
            raise bad(entry.unit.section, entry.offset, "blocks are nested too deeply")
        variables: list[VariableInfo] = []
        inner: list[_Scope] = []
        replaced = _replaced(entry)
        for child in _with_origin(entry):
            if child.tag in ("DW_TAG_formal_parameter", "DW_TAG_variable"):
                if child.offset in replaced:
                    continue
                if _is_nameable(child):
                    variables.append(self._variable(child, ranges, depth, inlined))
            elif child.tag == "DW_TAG_lexical_block":
                extent = _shifted(ranges_of(child), self._around.bias)
                if extent:
                    inner.append(self._scope(child, extent, depth + 1, inlined))
                elif not child.has("DW_AT_low_pc") and not child.has("DW_AT_ranges"):
                    # A block that doesn't say where it is is as if it weren't there: its variables are its owner's.
                    flat = self._scope(child, ranges, depth + 1, inlined)
                    variables += flat.variables
                    inner += flat.inner
            elif child.tag == "DW_TAG_inlined_subroutine":
                inner.append(self._inlined(child, depth))
        variables.sort(key=lambda variable: (not variable.is_parameter, variable.order))
        return _Scope(ranges, tuple(variables), tuple(inner))

    def _inlined(self, entry: Entry, depth: int) -> _Scope:
        ranges = _shifted(ranges_of(entry), self._around.bias)
        name = qualified_name(entry) or "?"
        scope = self._scope(entry, ranges, depth + 1, name)
        start = entry_pc(entry)
        call = InlinedCall(
            name,
            entry.declared_file("DW_AT_call_file"),
            entry.number("DW_AT_call_line"),
            ranges,
            None if start is None else start + self._around.bias,
            scope.variables,
            entry.declared_file(),
            entry.inherited_number("DW_AT_decl_line"),
        )
        return replace(scope, call=call)

    def _variable(
        self, entry: Entry, ranges: tuple[AddressRange, ...], depth: int, inlined: str | None
    ) -> VariableInfo:
        *_, declared = entry.origins()
        return VariableInfo(
            name=entry.inherited_text("DW_AT_name") or "",
            is_parameter=entry.tag == "DW_TAG_formal_parameter",
            entry=entry,
            surroundings=self._around,
            scope=ranges,
            depth=depth,
            order=declared.offset,
            inlined=inlined,
        )


def _with_origin(entry: Entry) -> Iterator[Entry]:
    """The entry's children, then those of its abstract origin that none of them is an instance of: optimised away.

    Not those that the compiler made itself: of what g++ has for every constructor or destructor (`__in_chrg`, and
    `__vtt_parm`, the table for virtual bases), a copy of it (Itanium C++ ABI, 5.1.4.3) has instances of what it takes.
    """
    yield from entry.children
    origin = entry.reference("DW_AT_abstract_origin")
    if origin is None:
        return
    instances = set(_instances_of(entry, 0))
    for child in origin.children:
        is_made = child.flag("DW_AT_artificial") and child.tag == "DW_TAG_formal_parameter"
        if child.offset in instances or (is_made and child.text("DW_AT_name") != "this"):
            continue
        if child.tag in ("DW_TAG_formal_parameter", "DW_TAG_variable"):
            yield child


def _instances_of(entry: Entry, depth: int) -> Iterator[int]:
    """The offsets of what its children are instances of, those in its blocks included: gcc puts a block around what an
    inlined call declares."""
    for child in entry.children:
        yield from (one.offset for one in child.origins())
        if child.tag == "DW_TAG_lexical_block" and depth < _DEEPEST:
            yield from _instances_of(child, depth + 1)


def _replaced(entry: Entry) -> set[int]:
    """The offsets of those of its parameters that it has again further on, with a place.

    Where gcc makes a copy of a function that it can't take a parameter away from, for a value that is always the same
    (foo.constprop.0), nobody has to pass it any more: only the second one tells the value.
    """
    last: dict[int, int] = {}
    replaced: set[int] = set()
    for child in entry.children:
        if child.tag == "DW_TAG_formal_parameter":
            *_, declared = child.origins()
            has_place = child.has("DW_AT_location") or child.has("DW_AT_const_value")
            if declared.offset in last:
                replaced.add(last[declared.offset] if has_place else child.offset)
            if has_place or declared.offset not in last:
                last[declared.offset] = child.offset
    return replaced


def _is_nameable(entry: Entry) -> bool:
    """Whether a program's author would call it a variable: neither a declaration only, nor without a name.

    An unnamed parameter counts: it takes its place among the others.
    """
    if entry.flag("DW_AT_declaration") and not entry.has("DW_AT_location"):
        return False
    return entry.tag == "DW_TAG_formal_parameter" or entry.inherited_text("DW_AT_name") is not None


def _shifted(ranges: tuple[AddressRange, ...], bias: int) -> tuple[AddressRange, ...]:
    return tuple(AddressRange(low + bias, high + bias) for low, high in ranges) if bias else ranges
