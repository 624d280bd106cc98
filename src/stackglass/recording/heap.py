"""The blocks of the heap, as the program asked for them: read off the calls of malloc, free and their like.

The call history has every call with its steps. At a call's first step the arguments are where the ABI puts them, and
after its return so is the result: each call is visited twice. What an allocator calls of its kind in turn (operator new
calls malloc) is left aside: the outermost call is the program's.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from stackglass.errors import UnreadableMemory
from stackglass.isa.passing import ArgumentType, CallPlaces
from stackglass.model import CallSite, Position
from stackglass.model.layout import HeapBlock
from stackglass.recording.allocator import Allocating, allocator_entries
from stackglass.recording.replay import entry_step

if TYPE_CHECKING:
    from stackglass.recording.replay import Recorded

MOST_CALLS = 20_000
"""Calls of the allocator that are looked at, the latest ones: each takes about a tenth of a millisecond."""
_MOST_CALLERS = 64
"""Frames that are looked through for the program's own function behind a library's call of malloc."""

_REST_WORDS = 2
"""How far apart blocks are: what is kept for an allocator's bookkeeping, and for alignment."""


class HeapHistory:
    """The blocks that a recording asked for before step `until`. `unknown` says why not all are there, if so."""

    def __init__(self, recording: Recorded, until: int) -> None:
        self._recording = recording
        self._calls = recording.calls
        self._since, self._until = 0, until
        self.unknown: str | None = None
        self.blocks: list[HeapBlock] = []
        """In the order in which they were handed out."""
        self._live: dict[int, int] = {}
        self._known_places: dict[Allocating, CallPlaces] = {}
        self._known_positions: dict[int, tuple[Position, bool]] = {}
        self._entries = allocator_entries(recording.target, in_one_step=recording.isa.simulated)
        if not self._entries:
            if not recording.isa.simulated:  # there malloc is the machine's own: who doesn't call it has no blocks
                self.unknown = "no function of this program is called malloc, so the heap's blocks are not known"
            return
        here = recording.step
        for row in self._rows(until):
            self._visit(row, self._entries[self._calls.entry(row)])
        recording.seek(here)

    # ---- questions ----

    def tells(self, step: int) -> bool:
        """Whether it is worth asking about `step`: its calls of the allocator were looked at."""
        return not self._entries or self._since <= step <= self._until

    def live_at(self, step: int) -> list[HeapBlock]:
        """The blocks that are allocated at `step`, by address."""
        return sorted((block for block in self.blocks if block.is_live(step)), key=lambda block: block.address)

    def freed_by(self, step: int) -> list[HeapBlock]:
        """The blocks that were freed before `step`, the latest first."""
        freed = [block for block in self.blocks if block.freed_at is not None and block.freed_at <= step]
        return sorted(freed, key=lambda block: block.freed_at or 0, reverse=True)

    def at(self, address: int, step: int) -> HeapBlock | None:
        """The block that holds `address` at `step`, or the one that did last; None if none did.

        What lies just behind the end of a block is not told of an earlier block whose memory that one was given.
        """
        held = [block for block in self.blocks if block.step <= step and block.holds(address)]
        live = [block for block in held if block.is_live(step)]
        found = (live or held)[-1] if held else None
        is_behind = any(self.is_just_behind(address, block) for block in self._heirs(found, step)) if found else False
        return None if is_behind else found

    def after(self, address: int, step: int) -> HeapBlock | None:
        """The first block that holds `address` after `step`, or None."""
        return next((block for block in self.blocks if block.step > step and block.holds(address)), None)

    def below(self, address: int, step: int) -> HeapBlock | None:
        """The block that ends nearest below `address`, of those that are allocated at `step`, or freed and not handed
        out anew since; None if there is none."""
        lower = [block for block in self.blocks if block.step <= step and block.end <= address]
        lower.sort(key=lambda block: (block.end, block.step), reverse=True)
        return next((block for block in lower if block.is_live(step) or not any(self._heirs(block, step))), None)

    def is_just_behind(self, address: int, block: HeapBlock) -> bool:
        """Whether `address` is so near behind the end of `block` that it is more likely of that than of anything else:
        among the bytes that an allocator keeps free up to its next block, and uses itself."""
        return 0 <= address - block.end < _REST_WORDS * self._recording.isa.word_size

    def _heirs(self, block: HeapBlock, step: int) -> Iterator[HeapBlock]:
        """The blocks up to `step` that got some of the bytes that `block` had before."""
        for later in self.blocks:
            overlaps = later.address < block.end and block.address < later.end
            if block.step < later.step <= step and overlaps:
                yield later

    # ---- reading the calls ----

    def _rows(self, until: int) -> Iterator[int]:
        """The outermost calls of the allocator that began before `until`, in order of time; the last ones of many."""
        rows = self._calls.rows_of(self._entries)
        rows = rows[: bisect.bisect_left(rows, until, key=self._calls.call_step)]
        if len(rows) > MOST_CALLS:
            self._since = first = self._calls.call_step(rows[-MOST_CALLS])
            self.unknown = (
                f"of {len(rows):,} calls of the allocator the last {MOST_CALLS:,} are looked at: "
                f"blocks handed out before step {first:,} are not known"
            )
            rows = rows[-MOST_CALLS:]
        ends = -1
        for row in rows:
            if self._calls.call_step(row) >= ends:
                end = self._end(row)
                ends = self._recording.last_step + 1 if end is None else end
                yield row

    def _last_of(self, row: int) -> int:
        """The call that comes back for this one: itself, or the last of those that it handed its frame on to."""
        while self._calls.left_by(row) == "tail call" and (end := self._calls.return_step(row)) is not None:
            row = self._calls.row_at(end)
        return row

    def _end(self, row: int) -> int | None:
        """The step after the return of a call; None while it still runs."""
        return self._calls.return_step(self._last_of(row))

    def _returns(self, row: int) -> bool:
        """Whether it comes back, and is not left by an exception or longjmp."""
        return self._calls.left_by(self._last_of(row)) == "return"

    def _visit(self, row: int, kind: Allocating) -> None:
        places = self._places(kind)
        begins, ends = entry_step(self._recording, row), self._end(row)
        self._recording.seek(begins)
        given = [self._argument(places, number, row) for number in range(kind.arguments)]
        old = None if kind.old is None else given[kind.old]
        handed_out = None
        if kind.allocates and ends is not None and self._returns(row):
            self._recording.seek(ends)
            handed_out = self._result(places, kind, given)
        if old and (handed_out or not kind.allocates):
            self._free(old, begins, kind, row)
        if handed_out and ends is not None:
            size = math.prod(given[number] for number in kind.size)
            if kind.for_string:
                size = self._string_size(handed_out)
            self._live[handed_out] = len(self.blocks)
            self.blocks.append(HeapBlock(handed_out, size, kind.name, ends, *self._askers(row)))

    def _free(self, address: int, step: int, kind: Allocating, row: int) -> None:
        index = self._live.pop(address, None)
        if index is not None:
            by = self._askers(row)
            self.blocks[index] = replace(
                self.blocks[index], freed_at=step, freed_with=kind.name, freed_by=by.for_own or by.asked_by
            )

    def _places(self, kind: Allocating) -> CallPlaces:
        if kind not in self._known_places:
            self._known_places[kind] = self._assign(kind)
        return self._known_places[kind]

    def _assign(self, kind: Allocating) -> CallPlaces:
        isa = self._recording.isa
        word = ArgumentType("integer", isa.word_size, isa.word_size)
        assert isa.assign is not None
        return isa.assign([word] * kind.arguments, word, None)

    def _argument(self, places: CallPlaces, number: int, row: int) -> int:
        place = places.arguments[number]
        if place.stack_offset is not None:
            return self._word(self._calls.cfa(row) + place.stack_offset)
        return self._register(place.registers[0])

    def _result(self, places: CallPlaces, kind: Allocating, given: Sequence[int]) -> int:
        assert places.result is not None
        result = self._register(places.result.registers[0])
        if kind.result_in is None:
            return result
        failed = result & 0x8000_0000 if kind.for_string else result & 0xFFFF_FFFF
        return 0 if failed else self._word(given[kind.result_in])

    def _string_size(self, address: int) -> int:
        """Bytes of the string there, its zero among them."""
        size = 0
        try:
            while self._recording.read_memory(address + size, 1) != b"\0":
                size += 1
        except UnreadableMemory:
            return size
        return size + 1

    def _register(self, name: str) -> int:
        return self._recording.register(name) & ((1 << 8 * self._recording.isa.word_size) - 1)

    def _word(self, address: int) -> int:
        isa = self._recording.isa
        try:
            return int.from_bytes(self._recording.read_memory(address, isa.word_size), isa.byte_order)
        except UnreadableMemory:
            return 0

    def _askers(self, row: int) -> _Askers:
        """Who made the call, and which of the program's own functions that was for, if it was a library's."""
        asked_by, by_library = self._site(row)
        at: int | None = row
        for _ in range(_MOST_CALLERS if by_library else 0):
            at = self._calls.parent(at) if at else None
            if not at:
                break
            site, is_library = self._site(at)
            if not is_library:
                return _Askers(asked_by, True, site)
        return _Askers(asked_by, by_library, None)

    def _site(self, row: int) -> tuple[CallSite, bool]:
        """Where a call was made, and whether that is in a library."""
        pc = self._calls.call_pc(row) or self._calls.entry(row)
        if pc not in self._known_positions:
            target = self._recording.target
            self._known_positions[pc] = target.position(pc), target.is_library(pc)
        at, is_library = self._known_positions[pc]
        return CallSite(pc, at.function, at.file, at.line, self._calls.call_step(row)), is_library


class _Askers(NamedTuple):
    asked_by: CallSite
    by_library: bool
    for_own: CallSite | None
