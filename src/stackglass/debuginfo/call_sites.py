"""What DWARF tells of a call: who is called, and what the caller put into registers (DWARF 5, 3.4).

A callee's DW_OP_entry_value is resolved by it: the value that a register had on entry is what the caller's
expression for that register yields in the caller's frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackglass.debuginfo.names import qualified_name
from stackglass.debuginfo.operations import Expression, operations

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry


@dataclass(frozen=True, slots=True)
class CallSiteParameter:
    """`location` is where the callee finds the argument; `value` is its expression in the caller's frame."""

    location: Expression
    value: Expression | None

    @property
    def register(self) -> int | None:
        """The DWARF number of the register that it is passed in; None if it is passed in memory."""
        return register_of(self.location)


@dataclass(frozen=True, slots=True)
class CallSiteEntry:
    """One call instruction. `return_pc` is the address just behind it, `call_pc` its own; compilers tell either."""

    return_pc: int | None
    call_pc: int | None
    is_tail_call: bool
    callee: str | None
    """The function called, where the compiler knew it."""
    callee_entry: Entry | None
    target: Expression | None
    """For a call through a pointer, the expression of the address called."""
    parameters: tuple[CallSiteParameter, ...]

    def parameter_of(self, expression: bytes) -> CallSiteParameter | None:
        """The parameter that the callee asks for by DW_OP_entry_value of `expression`, by its register if it is one."""
        register = register_of(expression)
        for parameter in self.parameters:
            if (register is not None and parameter.register == register) or parameter.location == expression:
                return parameter
        return None


def register_of(expression: bytes) -> int | None:
    """The DWARF number of the register that an expression is made of, by itself or with a type; else None."""
    found = operations(expression)
    if len(found) != 1:
        return None
    if 0x50 <= found[0].code < 0x70:
        return found[0].code - 0x50
    return found[0].number() if found[0].name.removeprefix("GNU_") in ("regx", "regval_type") else None


def call_site(entry: Entry, bias: int) -> CallSiteEntry | None:
    """The call that a DW_TAG_call_site or DW_TAG_GNU_call_site describes; None if it has no address."""
    call_pc, return_pc = entry.number("DW_AT_call_pc"), entry.number("DW_AT_call_return_pc")
    if return_pc is None:
        return_pc = entry.number("DW_AT_low_pc")
    if return_pc is None and call_pc is None:
        return None
    callee = entry.reference("DW_AT_call_origin") or entry.reference("DW_AT_abstract_origin")
    target = entry.block("DW_AT_call_target") or entry.block("DW_AT_GNU_call_site_target")
    return CallSiteEntry(
        None if return_pc is None else return_pc + bias,
        None if call_pc is None else call_pc + bias,
        entry.flag("DW_AT_call_tail_call") or entry.flag("DW_AT_GNU_tail_call"),
        None if callee is None else qualified_name(callee),
        callee,
        None if target is None else Expression(target, entry.unit, bias),
        tuple(_parameters(entry, bias)),
    )


def _parameters(entry: Entry, bias: int) -> Iterator[CallSiteParameter]:
    for child in entry.children:
        if child.tag in ("DW_TAG_call_site_parameter", "DW_TAG_GNU_call_site_parameter"):
            location = child.block("DW_AT_location")
            value = child.block("DW_AT_call_value") or child.block("DW_AT_GNU_call_site_value")
            if location is not None:
                yield CallSiteParameter(
                    Expression(location, child.unit, bias),
                    None if value is None else Expression(value, child.unit, bias),
                )
