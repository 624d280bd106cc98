"""Moments made by hand: registers, a stack as a short list of words, activations, and who wrote what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stackglass.debuginfo.target import Target
from stackglass.errors import UnreadableMemory
from stackglass.isa import get
from stackglass.model import Region, RegionKind, Snapshot
from stackglass.stack.build import snapshot
from stackglass.stack.sources import Activation, Leaver, Moment, WriteRun

ISA = get("x86_64")
TOP = 0x7FFF1000
"""The initial SP."""
BOTTOM = TOP - 0x1000


@dataclass
class Writes:
    """A history of writes: a step (or None) for each byte, and returned activations as (low, high, from, to)."""

    steps: dict[int, int] = field(default_factory=dict)
    gone: list[tuple[range, range, int]] = field(default_factory=list)
    """(addresses, steps, step of return): frames that are no more."""

    def word(self, address: int, step: int, size: int = 8) -> None:
        """Notes that `size` bytes at `address` were written at `step`."""
        self.steps.update(dict.fromkeys(range(address, address + size), step))

    def runs(self, low: int, high: int) -> list[WriteRun]:
        runs: list[WriteRun] = []
        for address in range(low, high):
            step = self.steps.get(address)
            if runs and runs[-1].step == step:
                runs[-1] = runs[-1]._replace(high=address + 1)
            else:
                runs.append(WriteRun(address, address + 1, step, None if step is None else 0x400000 + step))
        return runs

    def left_by(self, address: int, step: int) -> Leaver:
        for addresses, steps, returned in self.gone:
            if address in addresses and step in steps:
                return Leaver(0x400000, returned)
        return Leaver(0x401000, None)

    def callee_at(self, step: int, row: int) -> int | None:
        return None

    def caller_at(self, step: int) -> int | None:
        return None

    def covers(self, address: int) -> bool:
        return BOTTOM <= address < TOP

    @property
    def lowest_written(self) -> int:
        return min(self.steps, default=TOP)


def moment(
    words: Sequence[int],
    activations: Sequence[Activation],
    writes: Writes | None = None,
    *,
    step: int = 1000,
    registers: dict[str, int] | None = None,
    below: Sequence[int] = (),
) -> Moment:
    """A moment with `words` from the initial SP downwards; SP is at the last one. `below` are words below SP."""
    stack = b"".join(word.to_bytes(8, "little") for word in reversed([*words, *below])).rjust(TOP - BOTTOM, b"\0")
    stack_pointer = TOP - 8 * len(words)

    def read(address: int, size: int) -> bytes:
        if not BOTTOM <= address <= address + size <= TOP:
            raise UnreadableMemory(address, size)
        return stack[address - BOTTOM : address - BOTTOM + size]

    return Moment(
        program="made by hand",
        step=step,
        last_step=2000,
        registers={"rip": 0x402000, "rsp": stack_pointer, "rbp": 0, "eflags": 0, "xmm0": 0, **(registers or {})},
        read_memory=read,
        activations=activations,
        writes=writes,
        regions=(Region(RegionKind.STACK, BOTTOM, TOP, "rw-", "[stack]"),),
        initial_stack_pointer=TOP,
        process_start=(),
        fault=None,
    )


def made(taken: Moment) -> Snapshot:
    """The snapshot of a program of which nothing is known: no symbols, no debug information, no rules."""
    return snapshot(taken, Target(ISA))


START = Activation(row=0, entry=0x400000, call_pc=None, return_address=None, cfa=None, call_step=None)


def called(cfa: int, step: int, return_address: int = 0x400105) -> Activation:
    """An activation by a call at 0x400100."""
    return Activation(1, 0x401000, 0x400100, return_address, cfa, step)
