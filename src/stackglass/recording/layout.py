"""The address space of a recording at one of its steps, with the names in it and the blocks of its heap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackglass.debuginfo.inventory import named_symbols
from stackglass.debuginfo.target import Target
from stackglass.model import Location, Region, RegionKind
from stackglass.model.layout import HeapUse, Layout, LayoutRegion, RecordsOf, StackUse
from stackglass.stack.sources import Moment
from stackglass.stack.stacks import is_within_reach

if TYPE_CHECKING:
    from stackglass.debuginfo.modules import Module
    from stackglass.recording.replay import Recorded

MOST_FREED = 1000
"""Freed blocks that are told, the latest."""


def layout_at(recording: Recorded, step: int, *, library: bool = False) -> Layout:
    """The layout at a step. Symbols are the program's; with `library` those of its shared objects too."""
    recording.seek(step)
    moment = recording.moment()
    target, isa = recording.target, recording.isa
    position = target.position(moment.registers[isa.pc])
    return Layout(
        program=recording.program,
        isa=isa.name,
        word_size=isa.word_size,
        step=step,
        last_step=recording.last_step,
        pc=position.pc,
        location=Location(position.function, position.file, position.line, None),
        regions=sourced(target, moment.regions),
        symbols=tuple(named_symbols(target, target.modules if library else target.modules[:1])),
        heap=_heap(recording, step, moment),
        stack=_stack(recording, moment.registers[isa.stack_pointer], moment.regions),
        fault=recording.fault if recording.fault and recording.fault.step == step else None,
    )


class RegionSources:
    """Tells the file and the section that a region comes from."""

    def __init__(self, target: Target) -> None:
        self._known: dict[Region, LayoutRegion] = {}
        self._modules = tuple(target.modules)
        self._sections = [
            (section.address + module.bias, section.address + module.bias + section.size, section.name, module)
            for module in target.modules
            for section in module.image.sections
            if section.has_memory
        ]
        self._sections += [
            (area.low + module.bias, area.high + module.bias, name, module)
            for module in target.modules
            for area, name in module.image.headers
        ]

    def of(self, region: Region) -> LayoutRegion:
        """The region with its file and section."""
        if region not in self._known:
            self._known[region] = self._find(region)
        return self._known[region]

    def _find(self, region: Region) -> LayoutRegion:
        for start, end, name, module in self._sections:
            if start <= region.start and region.end <= end:
                return LayoutRegion(region, module.name, name, self._is_program(module))
        file = region.name if region.name is not None and not region.name.startswith("[") else None
        return LayoutRegion(region, file, None, file is not None and file == self._modules[0].name)

    def _is_program(self, module: Module) -> bool:
        return module is self._modules[0]


def sourced(target: Target, regions: Sequence[Region]) -> tuple[LayoutRegion, ...]:
    """The regions with their files and sections."""
    return tuple(map(target.derived(RegionSources, version=len(target.modules)).of, regions))


def _stack(recording: Recorded, now: int, regions: Sequence[Region]) -> StackUse:
    """How far the stack has grown. One that has overflowed has grown to where SP is, mapped or not."""
    low, high = recording.stack_area
    region = next((one for one in regions if one.start <= now < one.end), None)
    is_free = region is None or region.kind is RegionKind.GUARD
    is_elsewhere = not (low <= now <= high or (is_free and is_within_reach(now, low)))
    lowest = recording.lowest_stack_pointer()
    return StackUse(
        start=recording.initial_stack_pointer,
        now=now,
        lowest=lowest if is_elsewhere else min(lowest, now),
        frames=recording.depth(),
        stack_pointer=recording.isa.stack_pointer,
        is_elsewhere=is_elsewhere,
    )


def _records(recording: Recorded, moment: Moment, start: int, end: int) -> tuple[RecordsOf, ...]:
    """The activation records in [start, end)."""
    if recording.has_stack or moment.fixed_frames:
        return ()
    counted: dict[str, list[int]] = {}
    for kept, activations in enumerate((moment.activations[::-1], moment.kept)):
        for one in activations:
            if one.low is not None and start <= one.low < end and one.entry is not None:
                function = recording.target.function_at(one.entry)
                counted.setdefault(function.name if function else hex(one.entry), [0, 0])[kept] += 1
    return tuple(RecordsOf(name, *counts) for name, counts in counted.items())


def _heap(recording: Recorded, step: int, moment: Moment) -> HeapUse:
    start, end = recording.heap_area()
    records = _records(recording, moment, start, end)
    mapped = [one for one in moment.regions if one.kind is RegionKind.HEAP and not start <= one.start < end]
    history = recording.heap(step)
    freed = history.freed_by(step)
    return HeapUse(
        start=start,
        end=end,
        mapped=sum(one.end - one.start for one in mapped),
        blocks=(*history.live_at(step), *freed[:MOST_FREED]),
        freed=len(freed),
        unknown=history.unknown,
        records=records,
    )
