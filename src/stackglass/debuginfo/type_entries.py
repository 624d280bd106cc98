"""From DWARF's entries to types (DWARF 5, chapter 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from stackglass.debuginfo.copying import copied_by_call
from stackglass.debuginfo.names import qualified_name
from stackglass.debuginfo.operations import Expression
from stackglass.debuginfo.reading import bad
from stackglass.debuginfo.types import (
    VOID,
    ArrayType,
    BaseType,
    Bound,
    Encoding,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    PointerType,
    QualifiedType,
    ReferenceType,
    StaticMember,
    StructType,
    Type,
    Typedef,
    UnspecifiedType,
)
from stackglass.isa.table import LongDouble

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry

_ENCODINGS: dict[int, Encoding] = {
    0x01: "address",
    0x02: "bool",
    0x03: "complex",
    0x04: "float",
    0x05: "signed",
    0x06: "signed char",
    0x07: "unsigned",
    0x08: "unsigned char",
    0x0F: "float",
    0x10: "utf",
    0x12: "unsigned char",
}
_QUALIFIERS = {
    "DW_TAG_const_type": "const",
    "DW_TAG_volatile_type": "volatile",
    "DW_TAG_restrict_type": "restrict",
    "DW_TAG_atomic_type": "_Atomic",
}
_KEYWORDS: dict[str, Literal["struct", "union", "class"]] = {
    "DW_TAG_structure_type": "struct",
    "DW_TAG_union_type": "union",
    "DW_TAG_class_type": "class",
    "DW_TAG_interface_type": "class",
}
_MADE_FROM_ONE = frozenset((*_QUALIFIERS, "DW_TAG_typedef", "DW_TAG_array_type", "DW_TAG_pointer_type"))
_INTEGER_WORDS = frozenset(("unsigned", "signed", "char", "short", "int", "long", "__int128"))
_LONGEST_CHAIN = 256

FindDefinition = Callable[["Entry"], "Entry | None"]
"""Given the entry of a type that is only declared, the one that defines it, if any unit does."""


class Types:
    """Types by their entries; the same entry always gives the same type."""

    def __init__(self, definition_of: FindDefinition, *, long_double: LongDouble = None) -> None:
        self._definition_of = definition_of
        self._long_double = long_double
        self._known: dict[tuple[str, int], Type] = {}

    def of(self, entry: Entry | None) -> Type:
        """The type that `entry` describes; None is void."""
        if entry is None:
            return VOID
        key = entry.unit.section, entry.offset
        if key not in self._known:
            _check_chain(entry)
            self._known[key] = self._read(entry)
        return self._known[key]

    def named_by(self, entry: Entry) -> Type:
        """The type of a variable, a parameter or a member: that of its DW_AT_type, or of an origin's."""
        return self.of(entry.inherited_reference("DW_AT_type"))

    def _read(self, entry: Entry) -> Type:
        tag, size = entry.tag, entry.number("DW_AT_byte_size")
        if tag in _KEYWORDS:
            return self._structure(entry)
        if tag in _QUALIFIERS:
            return QualifiedType(self._target(entry), _QUALIFIERS[tag])
        address = entry.unit.address_size if size is None else size
        match tag:
            case "DW_TAG_base_type":
                return self._base(entry)
            case "DW_TAG_pointer_type":
                return PointerType(self._target(entry), address)
            case "DW_TAG_typedef":
                return Typedef(self._target(entry), qualified_name(entry) or "?")
            case "DW_TAG_array_type":
                return self._array(entry)
            case "DW_TAG_enumeration_type":
                return self._enumeration(entry)
            case "DW_TAG_subroutine_type" | "DW_TAG_subprogram":
                return self._function(entry)
            case "DW_TAG_reference_type" | "DW_TAG_rvalue_reference_type":
                return ReferenceType(self._target(entry), address, tag.startswith("DW_TAG_rvalue"))
            case "DW_TAG_ptr_to_member_type":
                return self._member_pointer(entry)
            case "DW_TAG_unspecified_type":
                return UnspecifiedType(entry.text("DW_AT_name") or "void")
            case _:
                return UnspecifiedType(entry.text("DW_AT_name") or tag.removeprefix("DW_TAG_"))

    def _base(self, entry: Entry) -> BaseType:
        size = entry.number("DW_AT_byte_size")
        if size is None:
            size = -(-(entry.number("DW_AT_bit_size") or 0) // 8)
        encoding = _ENCODINGS.get(entry.number("DW_AT_encoding") or 0, "unsigned")
        name = _usual(entry.text("DW_AT_name") or "?")
        wide = (encoding == "float" and size > 8) or (encoding == "complex" and size > 16)
        return BaseType(name, size, encoding, self._long_double if wide and "128" not in name else None)

    def _target(self, entry: Entry) -> Callable[[], Type]:
        return lambda: self.of(entry.reference("DW_AT_type"))

    def _member_pointer(self, entry: Entry) -> Type:
        target = entry.reference("DW_AT_type")
        # To a function it is an address and an adjustment of `this` (Itanium C++ ABI, 2.3); to data, an offset.
        words = 2 if target is not None and target.tag == "DW_TAG_subroutine_type" else 1
        size = entry.number("DW_AT_byte_size") or words * entry.unit.address_size
        owner = entry.reference("DW_AT_containing_type") or entry.reference("DW_AT_class_type")
        return MemberPointerType(self._target(entry), lambda: self.of(owner), size)

    def _array(self, entry: Entry) -> Type:
        """Several dimensions are an array of arrays, the first one outermost."""
        bounds = [child for child in entry.children if child.tag in ("DW_TAG_subrange_type", "DW_TAG_enumeration_type")]
        is_vector = entry.flag("DW_AT_GNU_vector")
        stride = entry.number("DW_AT_byte_stride")
        array = self._target(entry)
        for child in reversed(bounds):
            count, bound = self._length(child)
            array = _constant(ArrayType(array, count, bound, is_vector, child.number("DW_AT_byte_stride") or stride))
            stride = None
        found = array()
        return found if bounds else ArrayType(self._target(entry))

    def _length(self, subrange: Entry) -> tuple[int | None, Bound | None]:
        for name, is_count in (("DW_AT_count", True), ("DW_AT_upper_bound", False)):
            if not subrange.has(name):
                continue
            lower = subrange.number("DW_AT_lower_bound") or 0
            expression = subrange.block(name)
            form = subrange.form(name)
            if expression is not None:
                return None, Bound(expression, None, is_count, lower)
            if "_ref" in form:
                return None, Bound(None, subrange.reference(name), is_count, lower)
            value = _signed_bound(subrange.number(name) or 0, subrange.unit.address_size, form)
            return Bound(None, None, is_count, lower).count(value), None
        return None, None

    def _enumeration(self, entry: Entry) -> Type:
        entry = self._defining(entry)
        kept_in = entry.reference("DW_AT_type")
        pairs = tuple(
            (child.text("DW_AT_name") or "?", child.number("DW_AT_const_value") or 0)
            for child in entry.children
            if child.tag == "DW_TAG_enumerator"
        )
        base = self.of(kept_in).strip() if kept_in is not None else None
        signed = isinstance(base, BaseType) and base.encoding in ("signed", "signed char")
        if base is None:
            signed = any(value < 0 for _, value in pairs)
        size = entry.number("DW_AT_byte_size") or (base.size if base else 0)
        name = qualified_name(entry)
        return EnumType(name, size, pairs, entry.flag("DW_AT_enum_class"), signed, entry.unit.is_cplusplus)

    def _function(self, entry: Entry) -> Type:
        def read() -> tuple[Type, tuple[Type, ...]]:
            parameters = (child for child in entry.children if child.tag == "DW_TAG_formal_parameter")
            return self.named_by(entry), tuple(self.named_by(child) for child in parameters)

        variadic = any(child.tag == "DW_TAG_unspecified_parameters" for child in entry.children)
        prototyped = entry.inherited_flag("DW_AT_prototyped") or entry.unit.is_cplusplus
        return FunctionType(read, variadic, prototyped)

    def _structure(self, entry: Entry) -> Type:
        whole = self._defining(entry)
        return StructType(
            _KEYWORDS.get(whole.tag, "struct"),
            qualified_name(whole),
            whole.number("DW_AT_byte_size") or 0,
            lambda: tuple(self._members(whole)),
            not whole.flag("DW_AT_declaration"),
            entry.unit.is_cplusplus,
            whole.number("DW_AT_alignment"),
            lambda: copied_by_call(whole),
        )

    def _defining(self, entry: Entry) -> Entry:
        """What defines a type that `entry` may only declare: in a type unit, or in another unit under its name."""
        signed = entry.reference("DW_AT_signature")
        if signed is not None:
            return signed
        return (self._definition_of(entry) or entry) if entry.flag("DW_AT_declaration") else entry

    def _members(self, entry: Entry) -> Iterator[Member | StaticMember]:
        for child in entry.children:
            if child.tag == "DW_TAG_inheritance":
                yield self._base_class(child)
            elif child.tag == "DW_TAG_variable" or (child.tag == "DW_TAG_member" and child.flag("DW_AT_declaration")):
                name = child.text("DW_AT_name") or "?"
                yield StaticMember(name, self._target(child), child.number("DW_AT_const_value"))
            elif child.tag == "DW_TAG_member":
                yield self._member(child)

    def _base_class(self, entry: Entry) -> Member:
        if not entry.number("DW_AT_virtuality"):
            return Member(None, self._target(entry), _offset(entry), is_base=True)
        place = entry.block("DW_AT_data_member_location")
        told = None if place is None else Expression(place, entry.unit)
        return Member(None, self._target(entry), 0, is_base=True, is_virtual_base=True, place=told)

    def _member(self, entry: Entry) -> Member:
        bits = _bit_field(entry, self.named_by(entry))
        return Member(
            entry.text("DW_AT_name"),
            self._target(entry),
            _offset(entry) if bits is None else bits[0] // 8,
            bits,
            artificial=entry.flag("DW_AT_artificial"),
            alignment=entry.number("DW_AT_alignment"),
        )


def _constant(type_: Type) -> Callable[[], Type]:
    return lambda: type_


def _usual(name: str) -> str:
    """An integer type's name as it is usually written: 'unsigned long' for gcc's 'long unsigned int'."""
    words = name.split()
    if not _INTEGER_WORDS.issuperset(words) or len(words) < 2:
        return name
    rest = [word for word in words if word not in ("unsigned", "signed")]
    if len(rest) > 1 and "int" in rest:
        rest.remove("int")
    sign = "unsigned " if "unsigned" in words else "signed " if "char" in words else ""
    return sign + (" ".join(rest) or "int")


def _signed_bound(value: int, address_size: int, form: str) -> int:
    """An upper bound as wide as an address, all ones, is -1: gcc's way to write an array of no elements."""
    if form not in ("DW_FORM_sdata", "DW_FORM_implicit_const") and value == (1 << 8 * address_size) - 1:
        return -1
    return -1 if form == "DW_FORM_data4" and value == 0xFFFFFFFF else value


def _offset(entry: Entry) -> int:
    """DW_AT_data_member_location: a constant, or, in old DWARF, an expression that adds a constant."""
    value = entry.number("DW_AT_data_member_location")
    if value is not None:
        return value
    expression = entry.block("DW_AT_data_member_location")
    if not expression or expression[0] != 0x23:  # DW_OP_plus_uconst; a virtual base is found by more than that
        return 0
    return sum((byte & 0x7F) << (7 * n) for n, byte in enumerate(expression[1:10]))


def _bit_field(entry: Entry, type_: Type) -> tuple[int, int] | None:
    """(offset in bits, width in bits) of a bit-field, by DWARF 4's or DWARF 2's attributes; None if it is none."""
    width = entry.number("DW_AT_bit_size")
    if width is None:
        return None
    offset = entry.number("DW_AT_data_bit_offset")
    if offset is not None:
        return offset, width
    start = _offset(entry) * 8
    from_the_top = entry.number("DW_AT_bit_offset")
    if from_the_top is None:
        return start, width
    # DWARF 2, 5.5.4 counts from the most significant bit of a storage unit of DW_AT_byte_size bytes; for a packed field
    # that goes on behind the unit the number is negative, which clang's form for it doesn't say.
    if from_the_top >= 1 << 63:
        from_the_top -= 1 << 64
    storage = entry.number("DW_AT_byte_size") or type_.size
    little_endian = entry.unit.units.dwarf.config.little_endian
    return start + (storage * 8 - from_the_top - width if little_endian else from_the_top), width


def _check_chain(entry: Entry) -> None:
    """Refuses a type that leads back to itself through nothing but pointers, typedefs, arrays and qualifiers."""
    at: Entry | None = entry
    for _ in range(_LONGEST_CHAIN):
        if at is None or at.tag not in _MADE_FROM_ONE:
            return
        at = at.reference("DW_AT_type")
    raise bad(entry.unit.section, entry.offset, "a type is made of itself")
