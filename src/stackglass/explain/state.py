"""One state of the process, as explaining takes it, and what is remembered from one step to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from stackglass.explain.spots import Names
from stackglass.isa.table import Register
from stackglass.isa.words import Comparison, NumberKind


class StepState(Protocol):
    """The process at a step: registers by full-width name, memory, and what the addresses in it mean."""

    @property
    def step(self) -> int: ...

    @property
    def registers(self) -> Mapping[str, int]: ...

    @property
    def names(self) -> Names: ...

    def read_memory(self, address: int, size: int) -> bytes:
        """Exactly `size` bytes. UnreadableMemory if they are not all there."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a register's value came from: `phrase` is "a's value"; `address` of the memory that it was read from, None
    for what came from elsewhere; `size` in bytes."""

    name: str
    phrase: str
    address: int | None = None
    size: int = 0
    kind: NumberKind = "integer"
    """How the value is to be read, where an instruction that only moves it doesn't say."""
    unsigned: bool | None = None
    """Whether its type has no sign; None where that isn't known, or makes no difference."""
    is_address: bool = False
    """Whether its type is one of addresses."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the flags are about. Each side's words are (as a signed, as an unsigned number)."""

    kind: Comparison
    left: tuple[str, str]
    right: tuple[str, str]
    same: bool = False
    unordered: bool = False
    """Whether a floating-point side is no number."""
    result: str = ""
    """Of a difference: the result, in words."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What earlier steps of the same activation left: where registers' values came from, and what was compared."""

    origins: Mapping[str, Origin] = field(default_factory=dict)
    compared: Mapping[str, Compared | None] = field(default_factory=dict)
    """What the flags are about: each set of them, '' where there is only one."""
    kept_apart: Compared | None = None
    """What a comparison found whose outcome the flags don't have yet."""
    copied: Mapping[str, str] = field(default_factory=dict)
    """The registers that hold all of what another one held, and that one: not every register can be stored itself."""
    computed_addresses: frozenset[str] = frozenset()
    """The registers that hold something computed from addresses."""
    address_words: frozenset[int] = frozenset()
    """Where in memory the activation keeps such, for itself."""
    arguments: int = 0
    """Bytes of stack that the arguments take of a call that has just returned, right before this."""

    @property
    def addresses(self) -> frozenset[str]:
        """The registers that hold addresses, as far as is known."""
        return self.computed_addresses.union(name for name, origin in self.origins.items() if origin.is_address)

    def lacks_sign(self, register: Register) -> bool:
        """Whether all of the register is a variable whose type has no sign."""
        origin = self.origins.get(register.name)
        return origin is not None and bool(origin.unsigned) and origin.size * 8 == register.bits

    def without(self, registers: frozenset[str]) -> Trail:
        """The trail after something else wrote these registers."""
        return replace(
            self,
            origins={name: origin for name, origin in self.origins.items() if name not in registers},
            copied={name: source for name, source in self.copied.items() if name not in registers},
            computed_addresses=self.computed_addresses - registers,
        )

    def with_origin(self, register: str, origin: Origin) -> Trail:
        """The trail when `register` was last written with a value of known origin."""
        return replace(self, origins={**self.origins, register: origin})

    def written(self, address: int, size: int) -> Trail:
        """The trail after memory changed: values read from there are no longer that memory's."""
        kept = {
            name: origin
            for name, origin in self.origins.items()
            if origin.address is None or origin.address + origin.size <= address or address + size <= origin.address
        }
        return replace(self, origins=kept)
