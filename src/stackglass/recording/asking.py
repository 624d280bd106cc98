"""The questions that a recording answers, whichever machine made it: pictures, the address space, what is where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stackglass.recording.arguments import text, whole_number
from stackglass.recording.replay import Recorded

if TYPE_CHECKING:
    from stackglass.debuginfo.types import Type
    from stackglass.model import Pointee, Snapshot
    from stackglass.model.layout import Layout, Whereabouts
    from stackglass.recording.heap import HeapHistory
    from stackglass.recording.printed import Printed


class _Asked(Recorded, Protocol):
    _heaps: HeapHistory | None


class Answers:
    """A recording's answers, by what `Recorded` says that it can do."""

    _heaps: HeapHistory | None = None

    def snapshot(self: _Asked, step: int | None = None) -> Snapshot:
        """The whole picture at a step (where it stands, if None). Frames are decoded when they are asked for."""
        from stackglass.stack.build import snapshot

        if step is not None:
            self.seek(step)
        return snapshot(self.moment(), self.target)

    def pointee(self: _Asked, address: int, type_: Type | None = None) -> Pointee | None:
        """What a pointer to `type_` with this value leads to, where the recording stands; None if that isn't known."""
        from stackglass.stack.build import pointee

        return pointee(self.moment(), self.target, address, type_)

    def at(self: _Asked, where: str | int, *, when: str | None = None, library: bool = False) -> Snapshot:
        """The picture at WHERE: 'main', 'f#3', 'f:return', '12' (a line), 'step:40', 'crash', 'deepest' ...; or a step.

        `when` narrows it to arrivals at which an expression over the innermost frame's variables is true. `library`
        counts the library's functions for 'deepest'. LocationError if it never happens.
        """
        return self.snapshot(_step_of(self, where, when, library=library))

    def layout(self: _Asked, at: str | int = "end", *, when: str | None = None, library: bool = False) -> Layout:
        """The address space at WHERE: regions, symbols, the heap's blocks, how far heap and stack have grown.

        `library` adds the symbols of shared objects.
        """
        from stackglass.recording.layout import layout_at

        return layout_at(self, _step_of(self, at, when), library=library)

    def where(self: _Asked, address: int, at: str | int = "deepest", *, when: str | None = None) -> Whereabouts:
        """What is at `address` at WHERE. AddressError if nothing is mapped there."""
        from stackglass.recording.where import Places

        return Places(self, _step_of(self, at, when)).at(address)

    def printed_addresses(self: _Asked, most: int | None = None) -> Printed:
        """The addresses that the program printed, with what was there then; at most `most`."""
        from stackglass.recording.printed import printed_addresses

        return printed_addresses(self, most)

    def heap(self: _Asked, step: int) -> HeapHistory:
        """The blocks that the program asked an allocator for before `step`; of a run without very many, all of them."""
        from stackglass.recording.heap import HeapHistory

        if self._heaps is None:
            self._heaps = HeapHistory(self, self.last_step + 1)
        if not self._heaps.tells(step):
            self._heaps = HeapHistory(self, step)
        return self._heaps


def _step_of(recording: Recorded, where: str | int, when: str | None, *, library: bool = False) -> int:
    from stackglass.recording.arrivals import resolve

    wanted = (
        f"step:{whole_number(where, 'a step')}"
        if isinstance(where, int)
        else text(where, "a moment, where it isn't a step's number,")
    )
    if when is not None:
        text(when, "the expression that narrows a moment")
    return resolve(recording, wanted, when=when, library=library)
