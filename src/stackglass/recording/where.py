"""What is at an address at one step: the region, and in it the symbol, the frame's slot, or the block of the heap."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from stackglass.debuginfo.inventory import named_symbols, thread_local_symbol
from stackglass.debuginfo.target import DataObject, Target
from stackglass.errors import AddressError
from stackglass.model import Location, PointeeKind, Position, Region, RegionKind, Slot, Writer
from stackglass.model.layout import DeadBytes, LayoutRegion, NamedSymbol, SymbolKind, Whereabouts
from stackglass.recording.layout import sourced
from stackglass.stack.build import facts_of
from stackglass.stack.frames import Frames
from stackglass.stack.layout import area_at
from stackglass.stack.named_bytes import named_bytes
from stackglass.stack.thread_storage import thread_local_at
from stackglass.stack.written import has_returned

if TYPE_CHECKING:
    from stackglass.recording.replay import Recorded

_NEAR = 1 << 20
"""Bytes: an address so far behind a block still has something to do with it."""
_DEEPEST_LIBRARY = 200
"""Frames among which the program's own function is looked for."""


class SymbolIndex:
    """The symbols of a target by address, the most telling of each address."""

    def __init__(self, target: Target) -> None:
        best: dict[int, NamedSymbol] = {}
        for symbol in named_symbols(target, target.modules):
            if symbol.address is not None:
                known = best.get(symbol.address)
                if known is None or _rank(symbol) < _rank(known):
                    best[symbol.address] = symbol
        self._symbols = [best[address] for address in sorted(best)]
        self._starts = sorted(best)

    def at(self, address: int) -> NamedSymbol | None:
        """The symbol whose bytes hold `address`; a label only where it stands."""
        index = bisect_right(self._starts, address) - 1
        while index >= 0 and self._symbols[index].kind is SymbolKind.LABEL and self._starts[index] != address:
            index -= 1
        if index < 0 or address >= self._starts[index] + max(self._symbols[index].size, 1):
            return None
        return self._symbols[index]

    def label_before(self, address: int, section: str | None, image: str | None) -> NamedSymbol | None:
        """The label that is the last name before `address` in that section of an image: an assembler's variables have
        no size. What C reserves for linkers and libraries, as in '__bss_start', stands for no variable."""
        index = bisect_right(self._starts, address) - 1
        found = self._symbols[index] if index >= 0 else None
        if found is None or found.kind is not SymbolKind.LABEL or found.size or found.name.startswith("_"):
            return None
        return found if (found.section, found.image) == (section, image) else None


def _rank(symbol: NamedSymbol) -> tuple[bool, bool, int, int, str]:
    name = symbol.symbol
    underscores = len(name) - len(name.lstrip("_"))
    return symbol.kind is SymbolKind.LABEL, not symbol.size, underscores, len(name), name


class Places:
    """Answers for one step of a recording."""

    def __init__(self, recording: Recorded, step: int) -> None:
        recording.seek(step)
        self._recording = recording
        self._step = step
        self._moment = recording.moment()
        self._target = recording.target
        self._frames = Frames(self._moment, facts_of(recording.target))

    def at(self, address: int) -> Whereabouts:
        """What is at `address`. AddressError if nothing is mapped there, with what is nearest."""
        region = self._region(address)
        pointee = self._frames.pointees.find(address)
        if region is None or pointee is None:
            raise self._nowhere(address)
        found = Whereabouts(
            address, self._step, self._recording.last_step, self._target.isa.word_size, self._location, region, pointee
        )
        fault = self._recording.fault
        found = replace(found, fault=fault if fault is not None and fault.step == self._step else None)
        if self._frames.layouts.lie_apart:
            found = self._in_record(found)
            if found.slot is not None or found.dead is not None:
                return found
        local = thread_local_at(self._target, self._moment.registers, address)
        if local is not None:
            return replace(found, symbol=self._thread_local(local, address), offset=local.offset)
        match region.region.kind:
            case RegionKind.STACK:
                return self._on_stack(found)
            case RegionKind.HEAP:
                return self._on_heap(found)
            case RegionKind.TEXT | RegionKind.RODATA | RegionKind.DATA | RegionKind.BSS:
                return self._in_image(found)
            case _:
                return found

    def running(self) -> Position | None:
        """The innermost of the program's own functions on the call stack, and the line where it stands."""
        for index in range(min(len(self._frames), _DEEPEST_LIBRARY)):
            if not self._frames.outline(index).library:
                return facts_of(self._target).position(self._frames.chain.code_pc(index))
        return None

    def has(self, address: int) -> bool:
        """Whether there is anything to tell of the address, a guard included."""
        return self._region(address) is not None

    def is_mapped(self, address: int) -> bool:
        """Whether there is anything but a guard."""
        region = self._region(address)
        return region is not None and region.region.kind is not RegionKind.GUARD

    @cached_property
    def regions(self) -> tuple[LayoutRegion, ...]:
        """All regions, from low addresses to high."""
        return sourced(self._target, self._moment.regions)

    @cached_property
    def _location(self) -> Location:
        at = facts_of(self._target).position(self._moment.registers[self._target.isa.pc])
        return Location(at.function, at.file, at.line, None)

    def _region(self, address: int) -> LayoutRegion | None:
        return next((one for one in self.regions if one.region.start <= address < one.region.end), None)

    # ---- images ----

    def _thread_local(self, found: DataObject, address: int) -> NamedSymbol:
        """The running thread's copy of a thread-local variable, with the address that it has here."""
        return replace(thread_local_symbol(self._target, found.symbol), address=address - found.offset)

    def _in_image(self, found: Whereabouts) -> Whereabouts:
        symbols, is_code = symbol_index(self._target), "x" in found.region.region.permissions
        symbol = symbols.at(found.address)
        if symbol is None and not is_code:
            symbol = symbols.label_before(found.address, found.region.section, found.region.file)
        at = self._target.code_of_pointer(found.address) if is_code else found.address
        return replace(
            found,
            symbol=symbol,
            offset=at - symbol.address if symbol is not None and symbol.address is not None else 0,
            position=facts_of(self._target).position(found.address) if is_code else None,
        )

    # ---- the stack ----

    def _on_stack(self, found: Whereabouts) -> Whereabouts:
        index = self._frames.layouts.frame_of(found.address)
        red_zone = index is None and found.pointee.kind is not PointeeKind.DEAD and len(self._frames)
        if red_zone and found.address < self._frames.outline(0).low:
            index = 0
        if index is None:
            return replace(found, dead=self._dead(found.address)) if found.pointee.kind is PointeeKind.DEAD else found
        in_use = len(self._frames)
        frame = self._frames[index] if index < in_use else self._frames.kept[index - in_use]
        slot = next((one for one in (*frame.slots, *frame.rooms) if one.address <= found.address < one.end), None)
        name = frame.function or f"code at {frame.pc:#x}"
        offset = found.address - slot.address + slot.offset if slot is not None else 0
        of = None if slot is None or slot.of_frame is None else self._frames.outline(slot.of_frame)
        owner = None if of is None else of.function or f"code at {of.pc:#x}"
        found = replace(found, function=name, slot=slot, offset=offset, kept_since=frame.returned_at, owner=owner)
        found = replace(found, frame=index if frame.returned_at is None else None)
        return found if slot is None else self._with_writer(found, slot, index)

    def _with_writer(self, found: Whereabouts, slot: Slot, index: int) -> Whereabouts:
        layout = self._frames.layouts[index]
        below = () if index else self._frames.layouts.red_zone
        area = area_at((*layout.areas(), *layout.rooms(), *below), slot.address)
        if area is None:
            return found
        named = named_bytes(layout, area, slot, found.address)
        return replace(found, initialised=named.initialised, written_by=named.written_by)

    def _in_record(self, found: Whereabouts) -> Whereabouts:
        """The same for frames that are not on a stack: one that is in use, or one whose call has returned."""
        if self._frames.layouts.frame_of(found.address) is not None:
            return self._on_stack(found)
        dead = self._dead(found.address)
        is_left = dead is not None and dead.function is not None
        return replace(found, dead=dead) if is_left else found

    def _dead(self, address: int) -> DeadBytes | None:
        """Who left the byte, and what it was when it was written; None for one that was never written."""
        writes = self._moment.writes
        run = writes.runs(address, address + 1)[0] if writes is not None else None
        if writes is None or run is None or run.step is None or run.pc is None:
            return None
        left = writes.left_by(address, run.step)
        function = facts_of(self._target).function_at(left.entry) if left.entry is not None else None
        at = facts_of(self._target).position(run.pc)
        writer = Writer(run.pc, at.function, at.file, at.line, run.step)
        name, returned_at = function.name if function else None, has_returned(self._moment, left)
        return DeadBytes(name, returned_at, writer, self._was(address, run.step + 1), left.by_jump)

    def _was(self, address: int, step: int) -> Whereabouts | None:
        """What the byte was right after it was written, if it was alive then."""
        if step >= self._step:
            return None
        found = Places(self._recording, step).at(address)
        self._recording.seek(self._step)
        return found if found.slot is not None else None

    # ---- the heap ----

    def _on_heap(self, found: Whereabouts) -> Whereabouts:
        history = self._recording.heap(self._step)
        block = history.at(found.address, self._step)
        later = below = None
        if block is None:
            below = history.below(found.address, self._step)
            below = below if below is not None and found.address - below.end < _NEAR else None
            later = history.after(found.address, self._step)
        return replace(
            found,
            block=block,
            offset=found.address - block.address if block is not None else 0,
            later_block=later,
            below=below,
            is_just_behind=below is not None and history.is_just_behind(found.address, below),
            heap_unknown=history.unknown,
        )

    # ---- nothing ----

    def _nowhere(self, address: int) -> AddressError:
        bits = 8 * self._target.isa.word_size
        if address >> bits:
            return AddressError(f"{address:#x} is no address: addresses have {bits} bits here")
        sentence = f"nothing is mapped at {address:#x} at step {self._step:,}"
        block = self._recording.heap(self._step).at(address, self._step)
        if block is not None and block.freed_at is not None:
            sentence += f": a block from {block.function} was there until step {block.freed_at:,}"
        nearest = min(self.regions, key=lambda one: _distance(one.region, address), default=None)
        if nearest is None:
            return AddressError(sentence)
        distance = _distance(nearest.region, address)
        help_ = f"the nearest is {_words(nearest)}, {distance:,} byte{'s' * (distance != 1)} "
        help_ += "higher" if nearest.region.start > address else "lower"
        at_end = Places(self._recording, self._recording.last_step)
        if at_end.is_mapped(address):
            help_ = "there is something at the end of the run: --at end"
        self._recording.seek(self._step)
        return AddressError(sentence, help=help_)


def _distance(region: Region, address: int) -> int:
    """Bytes from an address outside of a region to its nearest one."""
    return region.start - address if region.start > address else address - region.end + 1


def _words(found: LayoutRegion) -> str:
    region = found.region
    kind = {RegionKind.RODATA: "read-only data", RegionKind.BSS: "BSS"}.get(region.kind, region.kind.value)
    file = found.file.rpartition("/")[2] if found.file else ""
    source = " of ".join(part for part in (found.section, file) if part)
    return f"{kind} at {region.start:#x}-{region.end:#x}" + (f" ({source})" if source else "")


def symbol_index(target: Target) -> SymbolIndex:
    """The index of all the target's symbols; made anew when another shared object has been loaded."""
    return target.derived(SymbolIndex, version=len(target.modules))
