"""The addresses in what a program printed, each with what was there at the moment at which it was printed.

A C library collects what is printed and writes it out later, when the frames and blocks of which the addresses are may
be gone. So the moment is that at which the number's last digit was put into the memory that was written out: the last
write to that byte before the system call, which a replay finds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from stackglass.emulator.kernel.addresses import LOWEST
from stackglass.emulator.kernel.kernel import system_call_names
from stackglass.errors import UnreadableMemory
from stackglass.model import RegionKind
from stackglass.model.layout import LayoutRegion, PrintedAddress
from stackglass.recording.where import Places

if TYPE_CHECKING:
    from stackglass.recording.replay import OutputWrite, Recorded

MOST_PRINTED = 500
"""Addresses that are told if nobody says how many."""
_MOST_REPLAYED = 300_000_000
"""Steps that are gone through to find moments; after that, an address is told for the step that wrote it out."""
_WIDEST = 1 << 16
"""Bytes of memory in which the wanted ones of one system call are looked for together."""
_AT_ONCE = 64
"""Steps within which a function that copies may write a byte twice."""
_LOW_BITS = 32
_MOST_DIGITS = 16
_SHORT = 4
"""Digits of a decimal number that is an address only if it is called one, and what begins there so: '&count=2048'."""
_MOST_PIECES = 1024
"""IOV_MAX."""
_TRUNCATED = frozenset((RegionKind.STACK, RegionKind.HEAP, RegionKind.MMAP))
_CALLED = re.compile(rb"(?:&\s*(?P<variable>[A-Za-z_]\w*)|\b(?P<function>[A-Za-z_]\w*)\(.{0,20}\))\W*$")
"""What makes an address of a short number behind it: '&count=', 'malloc(100) = '."""
Stream = Literal["stdout", "stderr"]
_STREAMS: tuple[tuple[int, Stream], ...] = ((1, "stdout"), (2, "stderr"))

_NUMBER = re.compile(
    rb"(?<![\w.])(?:0[xX](?P<prefixed>[0-9a-fA-F]{1,16})|(?P<decimal>[0-9]{4,20})|(?P<bare>[0-9a-fA-F]{5,16}))"
    rb"(?!\w|\.[0-9])"
)


class Reading(NamedTuple):
    """One way to read a number in the output."""

    value: int
    base: Literal[10, 16]


class Candidate(NamedTuple):
    """A number in the output, as it may be read; only one with a prefix is taken for an address for sure."""

    text: str
    position: int
    readings: tuple[Reading, ...]
    has_prefix: bool

    @property
    def is_short(self) -> bool:
        """Whether it has so few digits that hardly anything but its context tells an address."""
        return not self.has_prefix and len(self.text) <= _SHORT

    @property
    def end(self) -> int:
        """The position behind its last digit."""
        return self.position + len(self.text)


def candidates(output: bytes, lowest: int = LOWEST) -> Iterator[Candidate]:
    """The numbers in some output that may be addresses: no lower than `lowest`."""
    for match in _NUMBER.finditer(output):
        prefixed = match["prefixed"] is not None
        digits = (match["prefixed"] or match["decimal"] or match["bare"]).decode()
        readings = [Reading(int(digits), 10)] if match["decimal"] else []
        if len(digits) <= _MOST_DIGITS and (prefixed or len(digits) > _SHORT):
            readings.append(Reading(int(digits, 16), 16))
        readings = [reading for reading in readings if reading.value >= lowest]
        if readings:
            yield Candidate(match[0].decode(), match.start(), tuple(readings), prefixed)


def printed_addresses(recording: Recorded, most: int | None = None) -> Printed:
    """The addresses of both streams, standard output's first; at most `most` (MOST_PRINTED if None).

    A number without 0x counts as an address only where something is mapped.
    """
    here = recording.step
    teller = _Teller(recording, MOST_PRINTED if most is None else most)
    for number, name in _STREAMS:
        teller.tell(number, name)
    recording.seek(here)
    return Printed(tuple(teller.found), teller.left_out)


class Printed(NamedTuple):
    """Addresses in a program's output, and how many numbers were not looked at any more."""

    addresses: tuple[PrintedAddress, ...]
    left_out: int


class _Teller:
    """Collects what there is to tell of the numbers in the output."""

    def __init__(self, recording: Recorded, most: int) -> None:
        self.found: list[PrintedAddress] = []
        self.left_out = 0
        self._recording = recording
        self._most = most
        self._likely = _Likely(recording)

    def tell(self, number: int, name: Stream) -> None:
        """Goes through one stream."""
        output = self._recording.output if number == 1 else self._recording.errors
        wanted = [one for one in candidates(output, self._likely.lowest) if self._is_likely(one)]
        moments = _Moments(self._recording, number, [one.end - 1 for one in wanted[: self._most]])
        for candidate in wanted:
            if len(self.found) >= self._most:
                self.left_out += 1
                continue
            before = output[output.rfind(b"\n", 0, candidate.position) + 1 : candidate.position]
            called = _CALLED.search(before) if candidate.is_short else None
            if candidate.is_short and called is None:
                continue
            told = self._told(candidate, moments.of(candidate.end - 1), name)
            if told is not None and (called is None or _begins(told, called)):
                line = output.count(b"\n", 0, candidate.position) + 1
                self.found.append(replace(told, line=line))

    def _is_likely(self, candidate: Candidate) -> bool:
        return candidate.has_prefix or any(self._likely(one.value) for one in candidate.readings)

    def _told(self, candidate: Candidate, when: _When, stream: Stream) -> PrintedAddress | None:
        places = Places(self._recording, when.printed_at)
        read = _address(candidate, places, self._recording.isa.word_size)
        if read is None:
            return None
        is_there = places.has(read.address)
        return PrintedAddress(
            text=candidate.text,
            stream=stream,
            position=candidate.position,
            line=0,
            base=read.base,
            address=read.address,
            truncated=read.truncated,
            printed_at=when.printed_at,
            written_at=when.written_at,
            exact=when.exact,
            printed_by=places.running(),
            place=places.at(read.address) if is_there else None,
            freed_block=None if is_there else self._recording.heap(when.printed_at).at(read.address, when.printed_at),
        )


def _begins(told: PrintedAddress, called: re.Match[bytes]) -> bool:
    """Whether what was called so begins at an address; a block of the heap is called by who handed it out."""
    place, name = told.place, (called["variable"] or called["function"]).decode()
    if place is None:
        return False
    named = [(one.address, one.name) for one in (place.symbol, place.slot) if one is not None]
    if place.block is not None and called["function"]:
        named.append((place.block.address, place.block.function))
    return (told.address, name) in named


class _Read(NamedTuple):
    address: int
    base: Literal[10, 16]
    truncated: bool


def _address(candidate: Candidate, places: Places, word_size: int) -> _Read | None:
    """The address that a number is, given what is mapped; None if it is none."""
    for value, base in candidate.readings:
        if places.is_mapped(value) or (candidate.has_prefix and not value >> 8 * word_size):
            return _Read(value, base, False)
    if 8 * word_size > _LOW_BITS and not candidate.has_prefix:
        for value, base in candidate.readings:
            whole = [] if value >> _LOW_BITS else _with_low_bits(value, places.regions)
            if len(whole) == 1:
                return _Read(whole[0], base, True)
    return None


def _with_low_bits(value: int, regions: Sequence[LayoutRegion]) -> list[int]:
    """The addresses on the stack and the heap whose low 32 bits are `value`."""
    found = []
    for region in (one.region for one in regions if one.region.kind in _TRUNCATED):
        address = (region.start & -(1 << _LOW_BITS)) | value
        address += (1 << _LOW_BITS) * (address < region.start)
        if address < region.end:
            found.append(address)
    return found


class _Likely:
    """Whether a number may be an address at all: at the end something is there, or a block of the heap was once.

    A program may print many numbers; the moment of each takes a replay to find.
    """

    def __init__(self, recording: Recorded) -> None:
        places = Places(recording, recording.last_step)
        self._regions = places.regions
        self._blocks = recording.heap(recording.last_step).blocks
        self.lowest = min([LOWEST, *(one.region.start for one in self._regions)])
        """The least number that is taken for an address."""
        self._is_wide = 8 * recording.isa.word_size > _LOW_BITS

    def __call__(self, value: int) -> bool:
        if any(one.region.start <= value < one.region.end for one in self._regions):
            return True
        if any(block.holds(value) for block in self._blocks):
            return True
        return self._is_wide and not value >> _LOW_BITS and bool(_with_low_bits(value, self._regions))


# ---- when it was printed ----


class _When(NamedTuple):
    printed_at: int
    written_at: int
    exact: bool


class _Moments:
    """Finds when bytes of a stream were put into the memory that was written out. To be asked in order.

    `positions` are those that will be asked for, as far as that is known: the bytes of one system call are looked for
    together.
    """

    def __init__(self, recording: Recorded, stream: int, positions: Sequence[int] = ()) -> None:
        self._recording = recording
        self._positions = positions
        self._together: dict[int, dict[int, int]] = {}
        self._writes = recording.output_writes(stream)
        self._replayed = 0
        self._since = 0
        """The step behind the last digit of the number before."""
        self._sources: dict[int, tuple[Source, ...]] = {}

    def of(self, position: int) -> _When:
        """The moment of the byte at `position` of the stream."""
        index = bisect_right(self._writes, position, key=lambda write: write.start) - 1
        write = self._writes[index]
        earlier = self._writes[index - 1].step if index else 0
        if self._recording.writes_output_at_once:
            return _When(write.step, write.step, True)
        address = self._address(write, position)
        found = self._found_together(write, earlier).get(position)
        if found is None and address is not None:
            found = self._last_write(address, max(earlier, self._since), write.step)
        if found is None and address is not None and self._since > earlier:
            found = self._last_write(address, earlier, write.step)
        if found is None:
            return _When(write.step, write.step, False)
        self._since = found
        return _When(found, write.step, True)

    def _address(self, write: OutputWrite, position: int) -> int | None:
        if write.step not in self._sources:
            self._sources[write.step] = sources(self._recording, write.step)
        offset = position - write.start
        for address, size in self._sources[write.step]:
            if offset < size:
                return address + offset
            offset -= size
        return None

    def _found_together(self, write: OutputWrite, earlier: int) -> dict[int, int]:
        """The steps of the last writes to the bytes that are wanted of one system call, if they show in two replays.

        That is where they were written one after the other, none of them again, as a C library fills its buffer. {}
        else: each takes replays of its own.
        """
        if write.step not in self._together:
            wanted = [position for position in self._positions if write.start <= position < write.end]
            places = [(position, self._address(write, position)) for position in wanted]
            bytes_ = [(position, address) for position, address in places if address is not None]
            self._together[write.step] = self._in_order(bytes_, earlier, write.step) if len(bytes_) > 1 else {}
        return self._together[write.step]

    def _in_order(self, bytes_: Sequence[tuple[int, int]], since: int, until: int) -> dict[int, int]:
        low, high = min(address for _, address in bytes_), max(address for _, address in bytes_) + 1
        stack_low, stack_high = self._recording.stack_area
        self._replayed += 2 * (until - since)
        if self._replayed > _MOST_REPLAYED or high - low > _WIDEST or (low < stack_high and stack_low < high):
            return {}
        found: dict[int, int] = {}
        for position, address in bytes_:
            step = self._written(address, since, until)
            if step is None:
                return {}
            found[position] = since = step
        lowest = highest = bytes_[0][1]
        for (position, address), (later, _) in zip(bytes_, [*bytes_[1:], (-1, 0)], strict=True):
            lowest, highest = min(lowest, address), max(highest, address)
            behind, end = found[position] + 1, found.get(later, until - 1) + 1
            self._recording.seek(min(behind, end))
            if behind < end and self._recording.run_to_write(lowest, highest + 1, before=end) is not None:
                return {}
        return found

    def _written(self, address: int, since: int, until: int) -> int | None:
        """The first write to a byte, from step `since` on, or the last of several that come at once."""
        self._recording.seek(since)
        step = last = self._recording.run_to_write(address, address + 1, before=until)
        while last is not None and step is not None:
            last = step
            step = self._recording.run_to_write(address, address + 1, before=min(until, step + _AT_ONCE))
        return last

    def _last_write(self, address: int, since: int, until: int) -> int | None:
        """The step of the last instruction between two steps that wrote the byte at `address`; None if none did."""
        recording = self._recording
        low, high = recording.stack_area
        if low <= address < high:
            recording.seek(until)
            writes = recording.moment().writes
            step = writes.runs(address, address + 1)[0].step if writes is not None else None
            return step if step is not None and step >= since else None
        self._replayed += until - since
        if self._replayed > _MOST_REPLAYED:
            return None
        recording.seek(since)
        last = None
        while (step := recording.run_to_write(address, address + 1, before=until)) is not None:
            last = step
        return last


class Source(NamedTuple):
    """Memory that a system call wrote out."""

    address: int
    size: int


def sources(recording: Recorded, step: int) -> tuple[Source, ...]:
    """The memory that the system call at `step` writes out, in order; () for one that isn't write or writev."""
    recording.seek(step)
    isa, registers = recording.isa, recording.registers()
    mask = (1 << 8 * isa.word_size) - 1
    number = registers[isa.system_calls.number] & mask
    name = system_call_names(isa.system_calls.table).get(number)
    _, memory, count = (registers[register] & mask for register in isa.system_calls.arguments[:3])
    if name in ("write", "pwrite64"):
        return (Source(memory, count),)
    if name not in ("writev", "pwritev"):
        return ()
    word, order = isa.word_size, isa.byte_order
    try:
        table = recording.read_memory(memory, 2 * word * min(count, _MOST_PIECES))
    except UnreadableMemory:
        return ()
    words = [int.from_bytes(table[at : at + word], order) for at in range(0, len(table), word)]
    return tuple(Source(*pair) for pair in zip(words[::2], words[1::2], strict=True))
