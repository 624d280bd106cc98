"""The register class of a value, and the instructions that move a value and convert it."""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.tree import Compare, Convert, Expression, Number
from stackglass.textbook.types import CType, Floating, Integer, Pointer

ARGUMENTS = {"R": range(1, 21), "L": range(1, 13), "D": range(1, 13)}
"""The numbers of the argument registers of each class."""
KINDS = {"R": 1, "L": 2, "D": 3}
"""How VA tells the kinds of unnamed arguments."""
MOST_UNNAMED = 16


def class_of(type_: CType) -> str:
    """The register class of a value: 'R' (words), 'L' (long long), 'D' (floating)."""
    if isinstance(type_, Floating):
        return "D"
    return "L" if isinstance(type_, Integer) and type_.size == 8 else "R"


def is_aligned(type_: CType) -> bool:
    """Whether an object of the type lies where instructions can reach it: what is packed may lie anywhere."""
    return type_.align >= type_.natural_align


def suffix_of(type_: CType) -> str:
    """How the instructions end that compute with values of the type: '' (words), 'L', 'D' or 'F'."""
    if isinstance(type_, Floating):
        return "F" if type_.size == 4 else "D"
    return "L" if class_of(type_) == "L" else ""


def move_of(type_: CType) -> str:
    """The instruction that moves a value of the type between memory and its register."""
    if isinstance(type_, Floating):
        return "MOVEF" if type_.size == 4 else "MOVED"
    if isinstance(type_, Integer):
        if type_.size == 8:
            return "MOVEL"
        if type_.size < 4:
            return ("MOVEB", "MOVEH")[type_.size - 1] if type_.signed else ("MOVEUB", "MOVEUH")[type_.size - 1]
    return "MOVE"


def plain_move(type_: CType) -> str:
    """The instruction that moves a value of the type between registers, or whole from memory."""
    return f"MOVE{suffix_of(type_)}"


def is_unsigned(type_: CType) -> bool:
    """Whether values of the type have no sign."""
    return isinstance(type_, Pointer) or (isinstance(type_, Integer) and not type_.signed)


def signed(value: int, bits: int) -> int:
    """The lowest bits of a number, as a number with a sign."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def converted(value: Expression, type_: CType) -> Expression:
    """A value as one of another type."""
    if value.type == type_ or (isinstance(type_, Pointer) and class_of(value.type) == "R"):
        return value
    if type_ == t.BOOL:
        zero = Number(value.type, 0)
        return Convert(type_, Compare(t.INT, "!=", value, zero))
    return Convert(type_, value)


def without_narrowing(value: Convert, type_: CType) -> Expression:
    """A store takes the low bytes alone: narrowing before it is needless."""
    inner = value.operand
    whole = isinstance(inner.type, Integer) and class_of(inner.type) == "R" and isinstance(type_, Integer)
    if whole and type_ != t.BOOL and type_.size <= inner.type.size and value.type == type_:
        return inner
    return value


def conversion(old: CType, new: CType, depth: int) -> list[tuple[str, str]]:
    """The instructions that make a value of type `old` one of `new`: (instruction, source register)."""
    source = f"{class_of(old)}{depth}"
    if isinstance(new, Floating):
        if not isinstance(old, Floating):
            return [(_to_floating(old) + suffix_of(new), source)]
        return [("ROUNDF", source)] if new.size < old.size else []
    if isinstance(old, Floating):
        if class_of(new) == "L":
            return [("DTOUL" if is_unsigned(new) else "DTOL", source)]
        narrow = _narrowing(new, depth)
        return [("DTOU" if is_unsigned(new) and new.size == 4 else "DTOI", source), *narrow]
    if class_of(new) == "L":
        return [] if class_of(old) == "L" else [("EXTUL" if is_unsigned(old) else "EXTL", source)]
    cut = [("CUTL", source)] if class_of(old) == "L" else []
    if not cut and _holds_all(new, old):
        return []
    return [*cut, *_narrowing(new, depth)]


def _holds_all(new: CType, old: CType) -> bool:
    """Whether every value of an integer type is one of another's."""
    if not isinstance(old, Integer) or not isinstance(new, Integer) or new == t.BOOL:
        return False
    return old.low >= new.low and old.high <= new.high


def _narrowing(new: CType, depth: int) -> list[tuple[str, str]]:
    if isinstance(new, Integer) and new.size < 4 and new != t.BOOL:
        return [(move_of(new), f"R{depth}")]
    return []


def _to_floating(old: CType) -> str:
    if class_of(old) == "L":
        return "ULTO" if is_unsigned(old) else "LTO"
    return "UTO" if is_unsigned(old) else "ITO"
