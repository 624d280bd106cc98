"""Where a variable may be, and what it takes to find out (DWARF 5, 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry


@dataclass(frozen=True, slots=True)
class InMemory:
    """At an address."""

    address: int


@dataclass(frozen=True, slots=True)
class InRegister:
    """In the register with this DWARF number."""

    register: int


@dataclass(frozen=True, slots=True)
class Value:
    """Nowhere, but its value is known: an integer, or the bytes of it in memory order."""

    value: int | bytes


@dataclass(frozen=True, slots=True)
class OptimisedOut:
    """Nowhere, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class PointerInto(OptimisedOut):
    """A pointer to something that has no address itself: `offset` bytes into the variable of `entry`."""

    entry: Entry
    offset: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a variable: `bits` bits of `place`, from bit `bit_offset` of it on."""

    place: InMemory | InRegister | Value | OptimisedOut
    bits: int
    bit_offset: int = 0


@dataclass(frozen=True, slots=True)
class Pieces:
    """In several parts, the one at the lowest address first."""

    pieces: tuple[Piece, ...]


SinglePlace = InMemory | InRegister | Value | OptimisedOut
Place = SinglePlace | Pieces


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may ask about the frame that it is evaluated in.

    `register` gives a register's value by its DWARF number, and raises LookupError or UnreadableMemory where it isn't
    known; `register_bytes` a value of so many bytes that it holds, in memory order, likewise. `frame_base` is an
    address, or the expression of one. `tls` gives the address of an offset into the module's thread-local storage.
    `entry_value` gives what an expression (a register) was worth when the function was entered, or None. `bias`,
    `address_size` and `byte_order` count where the expression doesn't know its own.
    """

    register: Callable[[int], int]
    read_memory: Callable[[int, int], bytes]
    cfa: int | None = None
    frame_base: int | bytes | None = None
    tls: Callable[[int], int] | None = None
    entry_value: Callable[[bytes], int | None] | None = None
    bias: int = 0
    address_size: int = 8
    byte_order: Literal["little", "big"] = "little"
    object_address: int | None = None
    pc: int | None = None
    register_bytes: Callable[[int, int], bytes] | None = None
