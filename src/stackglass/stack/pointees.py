"""What lies at an address: a string, a function, a variable of some frame, the heap, a dead frame, nothing."""

from __future__ import annotations

import bisect
from functools import cached_property

from stackglass.debuginfo.target import DataObject
from stackglass.debuginfo.types import VOID, FunctionType, Type
from stackglass.errors import UnreadableMemory
from stackglass.model import AddressRange, Pointee, PointeeKind, Region, RegionKind
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.layout import Area, FrameLayout, area_at
from stackglass.stack.paths import Part, part_at
from stackglass.stack.red_zone import red_zone
from stackglass.stack.thread_storage import thread_local_at
from stackglass.stack.values import prefix_of
from stackglass.stack.virtual_bases import with_virtual_bases

_LONGEST_TEXT = 200
"""Characters of a string that are read."""
_KEPT_LAYOUTS = 256
_DATA_KINDS = (RegionKind.STACK, RegionKind.RODATA, RegionKind.DATA, RegionKind.BSS)


class Layouts:
    """The layouts of a chain's frames, computed when asked for; the latest are kept."""

    def __init__(self, chain: FrameChain) -> None:
        self.chain = chain
        self._kept: dict[int, FrameLayout] = {}
        self.lie_apart = len(chain) > 0 and chain.activation(0).low is not None
        """Whether frames are not one behind the other on a stack."""

    def __getitem__(self, index: int) -> FrameLayout:
        if index not in self._kept:
            if len(self._kept) >= _KEPT_LAYOUTS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[index] = FrameLayout(self.chain, index)
        return self._kept[index]

    @cached_property
    def red_zone(self) -> tuple[Area, ...]:
        """The innermost frame's areas below SP."""
        return red_zone(self[0]) if len(self.chain) else ()

    def frame_of(self, address: int) -> int | None:
        """The index of the frame whose bytes hold `address`, of one that is kept too, or None."""
        if self.lie_apart:
            return self._apart(address)
        if not self.chain.is_one_stack:
            holding = (at for at in range(len(self.chain)) if self.chain.extent(at).holds(address))
            return next(holding, None)
        index = bisect.bisect_right(range(len(self.chain)), address, key=self.chain.high)
        return index if index < len(self.chain) and self.chain.extent(index).holds(address) else None

    def _apart(self, address: int) -> int | None:
        """The innermost of the frames there: a static one may be in use more than once."""
        at = bisect.bisect_right(self._by_address, address, key=lambda one: one[0].low) - 1
        extent, index = self._by_address[at]
        return index if at >= 0 and extent.holds(address) else None

    @cached_property
    def _by_address(self) -> list[tuple[AddressRange, int]]:
        """The frames, and the rooms that they have got, by their lowest address; the innermost last of those with the
        same."""
        indexes = range(self.chain.with_kept)
        found = [(self.chain.extent(index), index) for index in indexes]
        found += [(room, index) for index in indexes for room in self.chain.activation(index).rooms]
        return sorted(found, key=lambda one: (one[0].low, -one[1]))


class Pointees:
    """Answers for one moment."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._chain = layouts.chain
        self._moment = layouts.chain.moment
        self._facts = layouts.chain.facts

    def find(self, address: int, type_: Type | None = None) -> Pointee | None:
        """What a pointer to `type_` (None if it doesn't say) with this value leads to."""
        if not address:
            return Pointee(PointeeKind.NULL, 0)
        region = self.region_of(address)
        if region is None and not self._is_readable(address):
            return Pointee(PointeeKind.UNMAPPED, address)
        if region is not None and region.kind is RegionKind.GUARD:
            return Pointee(PointeeKind.UNMAPPED, address)
        code = self._code(address, region, type_)
        if code is not None:
            return code
        found = self._data(address, region, type_)
        text = self._text(address, type_, found)
        if text is None or (not text and found.kind is PointeeKind.VARIABLE):  # an empty buffer is told by its name
            return found
        return Pointee(PointeeKind.STRING, address, found.name, found.offset, text)

    def region_of(self, address: int) -> Region | None:
        """The region that holds `address`, or None."""
        return self._chain.regions.at(address)

    def code(self, address: int) -> Pointee:
        """A place in code, by a pointer to it: a function's name and the offset into it."""
        address = self._facts.target.code_of_pointer(address)
        function = self._facts.function_at(address)
        if function is None:
            readable = self._is_readable(address)
            return Pointee(PointeeKind.CODE if readable else PointeeKind.UNMAPPED, address)
        inside = function.low <= address < function.high
        kind = PointeeKind.FUNCTION if address == function.low else PointeeKind.CODE
        return Pointee(kind, address, function.name, address - function.low if inside else 0)

    def frame(self, address: int) -> Pointee:
        """The frame that a frame pointer of this value is of: what a saved one leads to."""
        index = self._layouts.frame_of(address - self._facts.isa.frame_pointer_at_cfa)
        if index is None:
            return self.find(address) or Pointee(PointeeKind.UNMAPPED, address)
        return Pointee(PointeeKind.STACK, address, f"{self._function_name(index)}'s frame")

    def _code(self, address: int, region: Region | None, type_: Type | None) -> Pointee | None:
        may_hold_code = region is None or "x" in region.permissions
        is_function = may_hold_code and type_ is not None and isinstance(type_.strip(), FunctionType)
        # Linkers put read-only data into an executable segment; its sections tell it from code.
        executable = region is not None and "x" in region.permissions and region.kind not in _DATA_KINDS
        # What a union calls a pointer to a function may be one to data.
        is_code = executable or (is_function and (region is None or self._facts.function_at(address) is not None))
        return self.code(address) if is_code else None

    def _data(self, address: int, region: Region | None, type_: Type | None) -> Pointee:
        is_on_stack = region is not None and region.kind is RegionKind.STACK
        if is_on_stack or (self._layouts.lie_apart and self._layouts.frame_of(address) is not None):
            return self._on_stack(address, type_)
        target = self._facts.target
        static = self._facts.safely(lambda: target.data_at(address), None)
        if static is None:
            static = self._facts.safely(lambda: thread_local_at(target, self._moment.registers, address), None)
        if static is not None:
            whole = self._facts.safely(lambda: self._static_type(address, static), None)
            part = self._part(whole, static.offset, type_)
            name = f"{static.name}{part.path} in {static.owner}" if static.owner else f"{static.name}{part.path}"
            return Pointee(PointeeKind.VARIABLE, address, name, part.offset)
        if region is not None and region.kind is RegionKind.HEAP:
            return Pointee(PointeeKind.HEAP, address, None, address - region.start)
        is_argument = region is not None and region.kind is RegionKind.ARGUMENTS
        return Pointee(PointeeKind.DATA, address, "the arguments" if is_argument else None)

    def _static_type(self, address: int, found: DataObject) -> Type | None:
        whole = self._facts.target.data_type(address, found)
        return None if whole is None else with_virtual_bases(self._chain, whole, address - found.offset)

    def _on_stack(self, address: int, type_: Type | None) -> Pointee:
        index = self._layouts.frame_of(address)
        if index is not None:
            layout = self._layouts[index]
            area = area_at((*layout.areas(), *layout.rooms()), address)
            return self._in_frame(address, index, area, type_)
        area = area_at(self._layouts.red_zone, address)
        if area is not None:
            return self._in_frame(address, 0, area, type_)
        if address < self._moment.registers[self._facts.isa.stack_pointer]:
            return Pointee(PointeeKind.DEAD, address, self._left_by(address))
        item = next((i for i in self._moment.process_start if i.address <= address < i.address + i.size), None)
        if item is None:
            return Pointee(PointeeKind.STACK, address)
        return Pointee(PointeeKind.STACK, address, item.name, address - item.address)

    def _in_frame(self, address: int, index: int, area: Area | None, type_: Type | None) -> Pointee:
        function = self._function_name(index)
        if area is None or area.use.name is None:
            whose = "kept record" if self._chain.is_kept(index) else "frame"
            return Pointee(PointeeKind.STACK, address, f"{function}'s {whose}")
        part = self._part(area.use.type, area.offset + address - area.low, type_)
        return Pointee(PointeeKind.VARIABLE, address, f"{area.use.name}{part.path} in {function}", part.offset)

    def _part(self, whole: Type | None, offset: int, target: Type | None) -> Part:
        """The part of a variable of type `whole` that a pointer to `target` leads to."""
        known = None if target is None or target.strip() is VOID else target
        unknown = Part("", offset)
        return unknown if whole is None else self._facts.safely(lambda: part_at(whole, offset, known), unknown)

    def _function_name(self, index: int) -> str:
        look_up = self._chain.look_up(index)
        function = self._facts.function_at(look_up)
        if function is not None:
            return function.name
        return f"code at {self._chain.activation(index).entry or look_up:#x}"

    def _left_by(self, address: int) -> str | None:
        writes = self._moment.writes
        if writes is None:
            return None
        step = writes.runs(address, address + 1)[0].step
        entry = writes.left_by(address, step).entry if step is not None else None
        function = self._facts.function_at(entry) if entry is not None else None
        return function.name if function is not None else None

    def _text(self, address: int, type_: Type | None, found: Pointee) -> str | None:
        """The string at `address`, if it is one and the pointer is to characters. A dead one may change any time."""
        if type_ is None or prefix_of(type_) != "" or found.kind is PointeeKind.DEAD:
            return None
        data = self._read_text(address)
        if data is None:
            return None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None
        return text if all(letter.isprintable() or letter in "\n\t\r\f\v\a\b\x1b" for letter in text) else None

    def _read_text(self, address: int) -> bytes | None:
        """The bytes up to a NUL; of a long string the first ones. None if there is no NUL before unmapped memory."""
        try:
            data = self._chain.memory.read(address, _LONGEST_TEXT)
        except UnreadableMemory:
            rest = -address % self._facts.isa.page_size
            try:
                data = self._chain.memory.read(address, min(rest, _LONGEST_TEXT))
            except UnreadableMemory:
                return None
            if b"\0" not in data:
                return None
        text, nul, _ = data.partition(b"\0")
        # A cut may go through a character: leave out what is left of it.
        return text if nul else text.decode(errors="ignore").encode()

    def _is_readable(self, address: int) -> bool:
        try:
            self._chain.memory.read(address, 1)
        except UnreadableMemory:
            return False
        return True
