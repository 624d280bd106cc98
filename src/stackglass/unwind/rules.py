"""What call-frame information says of one pc: how to get the CFA and the caller's registers (DWARF 5, 6.4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class RegisterOffset:
    """CFA = register + offset."""

    register: int
    offset: int


@dataclass(frozen=True, slots=True)
class CfaExpression:
    """CFA = the expression's value."""

    expression: bytes


@dataclass(frozen=True, slots=True)
class Undefined:
    """The caller's value is lost. Of the return address: there is no caller."""


@dataclass(frozen=True, slots=True)
class SameValue:
    """caller's register = register: untouched."""


@dataclass(frozen=True, slots=True)
class SavedAt:
    """caller's register = word at CFA + offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class IsCfaPlus:
    """caller's register = CFA + offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class InRegister:
    """caller's register = another register."""

    register: int


@dataclass(frozen=True, slots=True)
class SavedAtExpression:
    """caller's register = word at the expression's value (CFA on the stack to begin with)."""

    expression: bytes


@dataclass(frozen=True, slots=True)
class IsExpression:
    """caller's register = the expression's value (CFA on the stack to begin with)."""

    expression: bytes


CfaRule: TypeAlias = RegisterOffset | CfaExpression
RegisterRule: TypeAlias = Undefined | SameValue | SavedAt | IsCfaPlus | InRegister | SavedAtExpression | IsExpression

UNDEFINED = Undefined()
SAME_VALUE = SameValue()


class Row(NamedTuple):
    """The rules for [start, end). `registers` is by DWARF number; one that isn't there has the ABI's default rule."""

    start: int
    end: int
    cfa: CfaRule | None
    registers: Mapping[int, RegisterRule]
    args_size: int
    """Bytes of arguments pushed for a call (DW_CFA_GNU_args_size), 0 where the compiler doesn't say."""
    return_signed: bool = False
    """Whether the return address that these rules lead to is signed (Isa.address_bits)."""
