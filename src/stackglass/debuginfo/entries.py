"""DWARF's debugging information entries (DIEs) with typed attributes, and the units that hold them.

Nothing is read before it is asked for. pyelftools parses single entries; the walking is done here, where every step
goes forward in the section, so that no malformed sibling or parent link can make it run in circles.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from stackglass.debuginfo.reading import bad, reading

if TYPE_CHECKING:
    from elftools.dwarf.compileunit import CompileUnit
    from elftools.dwarf.die import DIE
    from elftools.dwarf.dwarfinfo import DWARFInfo
    from elftools.dwarf.typeunit import TypeUnit

    from stackglass.debuginfo.lines import LineTable

_UNIT_REFERENCES = frozenset(
    ("DW_FORM_ref1", "DW_FORM_ref2", "DW_FORM_ref4", "DW_FORM_ref8", "DW_FORM_ref", "DW_FORM_ref_udata")
)
_STRING_SECTIONS = {"DW_FORM_line_strp": ".debug_line_str", "DW_FORM_strp": ".debug_str"}
_LONGEST_CHAIN = 64
"""More abstract origins in a row than this are a circle."""


class Units(Protocol):
    """What a unit needs of the index of units that it is in."""

    @property
    def dwarf(self) -> DWARFInfo: ...

    def entry_at(self, offset: int) -> Entry:
        """The entry at that offset of .debug_info, in whichever unit."""
        ...

    def entry_of_signature(self, signature: int) -> Entry:
        """The type that a type unit was made for."""
        ...

    def code_address(self, address: int) -> int:
        """An address of code without the bit that only chooses the encoding."""
        ...


class Entry:
    """One debugging information entry. Attributes are by their full DWARF names; absent ones are None."""

    __slots__ = ("__dict__", "die", "unit")

    def __init__(self, unit: Unit, die: DIE, parent: Entry | None = None) -> None:
        self.unit = unit
        self.die = die
        if parent is not None:
            self.__dict__["parent"] = parent

    def __repr__(self) -> str:
        return f"<{self.tag} {self.text('DW_AT_name') or ''} at {self.offset:#x}>"

    @property
    def tag(self) -> str:
        """As 'DW_TAG_subprogram'; a number in words where pyelftools doesn't know it."""
        return str(self.die.tag)

    @property
    def offset(self) -> int:
        """Where it begins in its section."""
        return int(self.die.offset)

    def has(self, name: str) -> bool:
        """Whether it has that attribute."""
        return name in self.die.attributes

    def form(self, name: str) -> str:
        """The form of an attribute that it has."""
        return str(self.die.attributes[name].form)

    def number(self, name: str) -> int | None:
        """An attribute of a constant, address, flag or offset class."""
        value = self._value(name)
        return int(value) if isinstance(value, int) else None

    def code_address(self, name: str) -> int | None:
        """An attribute that is an address of code. The assembler leaves Thumb's bit in those of functions."""
        address = self.number(name)
        return None if address is None else self.unit.units.code_address(address)

    def flag(self, name: str) -> bool:
        """Whether the attribute is there and not false."""
        return bool(self._value(name))

    def text(self, name: str) -> str | None:
        """An attribute of the string class."""
        attribute = self.die.attributes.get(name)
        if attribute is None:
            return None
        if attribute.value is None:
            raise bad(_STRING_SECTIONS.get(attribute.form, ".debug_str"), attribute.raw_value, "a string has no end")
        return attribute.value.decode("utf-8", "replace") if isinstance(attribute.value, bytes) else None

    def block(self, name: str) -> bytes | None:
        """An attribute of the block or expression class."""
        attribute = self.die.attributes.get(name)
        if attribute is None or not isinstance(attribute.value, list | tuple):
            return None
        return bytes(attribute.value)

    def reference(self, name: str) -> Entry | None:
        """The entry that the attribute refers to, in this unit, another one or a type unit."""
        attribute = self.die.attributes.get(name)
        return None if attribute is None else self.unit.referred(attribute, self.offset)

    def origins(self) -> Iterator[Entry]:
        """Itself, then what it completes or is an instance of: its abstract origins and specifications."""
        entry: Entry | None = self
        for _ in range(_LONGEST_CHAIN):
            if entry is None:
                return
            yield entry
            entry = entry.reference("DW_AT_abstract_origin") or entry.reference("DW_AT_specification")
        raise bad(self.unit.section, self.offset, "abstract origins go in a circle")

    def inherited_text(self, name: str) -> str | None:
        """The attribute of itself or of the nearest of its origins that has it."""
        return next((text for entry in self.origins() if (text := entry.text(name)) is not None), None)

    def inherited_number(self, name: str) -> int | None:
        """As `inherited_text`, of numbers."""
        return next((number for entry in self.origins() if (number := entry.number(name)) is not None), None)

    def declared_file(self, name: str = "DW_AT_decl_file") -> str | None:
        """The path of the file that an attribute names, of itself or of an origin: files are numbered by unit."""
        entry = next((entry for entry in self.origins() if entry.has(name)), None)
        number = None if entry is None else entry.number(name)
        return None if entry is None or number is None else entry.unit.lines.file_name(number)

    def inherited_flag(self, name: str) -> bool:
        """Whether it or one of its origins has the flag."""
        return any(entry.flag(name) for entry in self.origins())

    def inherited_reference(self, name: str) -> Entry | None:
        """As `inherited_text`, of references."""
        return next((entry.reference(name) for entry in self.origins() if entry.has(name)), None)

    @cached_property
    def children(self) -> tuple[Entry, ...]:
        """The entries that it owns, in the order of the section."""
        return tuple(self.unit.children_of(self))

    @cached_property
    def parent(self) -> Entry | None:
        """The entry that owns it; None for a unit's first."""
        return self.unit.parent_of(self)

    def _value(self, name: str) -> Any:
        attribute = self.die.attributes.get(name)
        return None if attribute is None else attribute.value


class Unit:
    """A compile unit or a type unit, by its header; entries are read when asked for."""

    def __init__(self, units: Units, header: CompileUnit | TypeUnit, section: str = ".debug_info") -> None:
        self.units = units
        self.header = header
        self.section = section
        self._entries: dict[int, Entry] = {}

    @property
    def offset(self) -> int:
        """Where its header begins in its section."""
        return int(self.header.cu_offset)

    @property
    def version(self) -> int:
        """Of DWARF, 2 to 5."""
        return int(self.header["version"])

    @property
    def address_size(self) -> int:
        """Bytes of an address in it."""
        return int(self.header["address_size"])

    @cached_property
    def top(self) -> Entry:
        """The unit's own entry. BadDebugInfo as with every entry."""
        with reading(".debug_abbrev", int(self.header["debug_abbrev_offset"])):
            self.header.get_abbrev_table()
        with reading(self.section, self.offset):
            return self._entry(self.header.get_top_DIE())

    @cached_property
    def name(self) -> str:
        """The source as it was named to the compiler."""
        return self.top.text("DW_AT_name") or ""

    @cached_property
    def folder(self) -> str:
        """The compiler's working folder, '' if it doesn't say."""
        return self.top.text("DW_AT_comp_dir") or ""

    @cached_property
    def producer(self) -> str:
        """The compiler with its version and options, as it says."""
        return self.top.text("DW_AT_producer") or ""

    @cached_property
    def language(self) -> int:
        """A DW_LANG number."""
        return self.top.number("DW_AT_language") or 0

    @property
    def is_assembly(self) -> bool:
        """Whether it comes from an assembler (DW_LANG_Mips_Assembler, DW_LANG_Assembly)."""
        return self.language in (0x8001, 0x31)

    @property
    def is_cplusplus(self) -> bool:
        """Whether names in it are qualified by namespaces and classes."""
        return self.language in (0x04, 0x1A, 0x21, 0x2B, 0x3A)

    @cached_property
    def is_split(self) -> bool:
        """Whether its entries are in another file (split DWARF): only where its code and its lines are is told here."""
        return self.top.tag == "DW_TAG_skeleton_unit" or self.top.has("DW_AT_GNU_dwo_name")

    @cached_property
    def lines(self) -> LineTable:
        """Its line table, with the image's own addresses."""
        from stackglass.debuginfo.lines import LineTable

        return LineTable(self)

    @cached_property
    def has_location_lists(self) -> bool:
        """Whether the place of any of its variables changes over time: told by the shapes of its entries."""
        with reading(".debug_abbrev"):
            return any(
                declaration["tag"] in ("DW_TAG_variable", "DW_TAG_formal_parameter")
                and any(
                    name == "DW_AT_location" and form in ("DW_FORM_sec_offset", "DW_FORM_loclistx")
                    for name, form in declaration.iter_attr_specs()
                )
                for declaration in self._abbreviations()
            )

    def _abbreviations(self) -> Iterator[Any]:
        """The shapes that its entries may have. Compilers number them from 1 without gaps."""
        table = self.header.get_abbrev_table()
        code = 1
        while True:
            try:
                yield table.get_abbrev(code)
            except KeyError:
                return
            code += 1

    def entry_at(self, offset: int) -> Entry:
        """The entry at that offset of the section. BadDebugInfo if there is none in this unit."""
        known = self._entries.get(offset)
        if known is not None:
            return known
        entry = self._entry(self._read(offset))
        if entry.die.tag is None:
            raise bad(self.section, offset, "an entry is referred to where a list of entries ends")
        return entry

    def referred(self, attribute: Any, offset: int) -> Entry:
        """What a reference attribute leads to; `offset` is of the entry that has it, for the error."""
        form = attribute.form
        if form in _UNIT_REFERENCES:
            return self.entry_at(self.offset + attribute.raw_value)
        if form == "DW_FORM_ref_addr":
            return self.units.entry_at(attribute.raw_value)
        if form == "DW_FORM_ref_sig8":
            return self.units.entry_of_signature(attribute.raw_value)
        raise bad(self.section, offset, f"{attribute.name} is in a form that leads to no entry here: {form}")

    def children_of(self, entry: Entry) -> Iterator[Entry]:
        """Reads the children, skipping their own."""
        if not entry.die.has_children:
            return
        offset = entry.die.offset + entry.die.size
        while (die := self._read(offset)).tag is not None:
            yield self._entry(die, entry)
            offset = self._after(die)

    def parent_of(self, entry: Entry) -> Entry | None:
        """Looks for the entry from the top down: at each level it is under the last one that begins before it."""
        top = self.top
        if entry.offset == top.offset:
            return None
        found = top
        while True:
            children = found.children
            index = bisect_right(children, entry.offset, key=lambda child: child.offset) - 1
            if index < 0:
                raise bad(self.section, entry.offset, "an entry is referred to that no other owns")
            if children[index].offset == entry.offset:
                return found
            found = children[index]

    def walk(self) -> Iterator[Entry]:
        """Every entry of the unit, parents before their children."""
        waiting = [self.top]
        while waiting:
            entry = waiting.pop()
            yield entry
            waiting.extend(reversed(entry.children))

    def _entry(self, die: DIE, parent: Entry | None = None) -> Entry:
        entry = self._entries.get(die.offset)
        if entry is None:
            entry = self._entries[die.offset] = Entry(self, die, parent)
        elif parent is not None:
            entry.__dict__.setdefault("parent", parent)
        return entry

    def _read(self, offset: int) -> DIE:
        with reading(self.section, offset):
            return self.header.get_DIE_from_refaddr(offset)

    def _after(self, die: DIE) -> int:
        """Where the next sibling begins: as DW_AT_sibling says, else behind all that the entry owns."""
        end = int(die.offset + die.size)
        if not die.has_children:
            return end
        sibling = die.attributes.get("DW_AT_sibling")
        if sibling is not None and sibling.form in _UNIT_REFERENCES:
            offset = int(self.offset + sibling.raw_value)
            if offset < end:
                raise bad(self.section, die.offset, "DW_AT_sibling leads backwards")
            return offset
        depth = 1
        while depth:
            inner = self._read(end)
            end = int(inner.offset + inner.size)
            depth += -1 if inner.tag is None else bool(inner.has_children)
        return end
