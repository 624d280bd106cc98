"""What registers hold by a function's code alone: addresses that it computes from pc, and words that it loads there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from stackglass.errors import UnreadableMemory
from stackglass.isa.table import Isa
from stackglass.isa.words import Operand

How = Literal["load", "sum", "copy", "high"]
"""How an instruction makes a value: loads it, adds its operands, takes one as it is, puts it into the upper half."""


class Setting(NamedTuple):
    """A register that an instruction gives a value which its operands alone tell. `register` is by its full name."""

    register: str
    how: How
    sources: tuple[Operand, ...]

    @property
    def source(self) -> str | None:
        """The register that it is a copy of, as written; None if it is none."""
        if self.how != "copy" or len(self.sources) != 1 or self.sources[0].modifier:
            return None
        return self.sources[0].register


class Constants:
    """The registers whose values are known, followed from one instruction to the next."""

    def __init__(self, isa: Isa, read: Callable[[int, int], bytes]) -> None:
        self._isa = isa
        self._read = read
        self._known: dict[str, int] = {}
        self._mask = (1 << 8 * isa.word_size) - 1

    def loads_from(self, setting: Setting | None) -> int | None:
        """The address from which an instruction that is about to run loads a word; None if it isn't known."""
        if setting is None or setting.how != "load":
            return None
        (memory,) = setting.sources
        return self._sum(self._parts(memory)) if memory.kind == "memory" else None

    def follow(self, setting: Setting | None, writes: frozenset[str]) -> None:
        """What is known when the instruction has run that makes this setting, and writes these registers."""
        value = None if setting is None else self._value(setting)
        for register in writes:
            self._known.pop(register, None)
        if setting is not None and value is not None:
            self._known[setting.register] = value & self._mask

    def forget(self) -> None:
        """Control may come from elsewhere: nothing is known."""
        self._known.clear()

    def _value(self, setting: Setting) -> int | None:
        match setting.how:
            case "load":
                address = self.loads_from(setting)
                try:
                    data = b"" if address is None else self._read(address, self._isa.word_size)
                except UnreadableMemory:
                    return None
                return int.from_bytes(data, self._isa.byte_order) if data else None
            case "high":
                lower, upper = self._known.get(setting.register), setting.sources[0].value
                return None if lower is None else lower & 0xFFFF | upper << 16
            case _:
                return self._sum(part for one in setting.sources for part in self._parts(one))

    def _parts(self, operand: Operand) -> Iterator[int | None]:
        """What is added up to the operand's value, or to its address in memory."""
        if operand.modifier or operand.segment or operand.step or operand.index_right:
            yield None
        elif operand.kind == "immediate":
            yield operand.value
        elif operand.kind == "register":
            yield self._register(operand.register)
        else:
            yield operand.displacement
            if operand.base is not None:
                yield self._register(operand.base)
            if operand.index is not None:
                index = self._register(operand.index)
                yield None if index is None else index * operand.scale

    def _register(self, name: str | None) -> int | None:
        full = self._isa.full_name(name or "")
        return None if full is None or full != name else self._known.get(full)

    def _sum(self, parts: Iterator[int | None]) -> int | None:
        total = 0
        for part in parts:
            if part is None:
                return None
            total += part
        return total & self._mask
