"""The parts of an address space: regions that belong together, under the names that people give them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from stackglass.model import RegionKind
from stackglass.model.layout import LayoutRegion
from stackglass.views.wording import short_file

NAMES = {
    RegionKind.TEXT: "text",
    RegionKind.RODATA: "initialised data, read-only",
    RegionKind.DATA: "initialised data, read-write",
    RegionKind.BSS: "BSS",
    RegionKind.HEAP: "heap",
    RegionKind.MMAP: "mapped memory",
    RegionKind.STACK: "stack",
    RegionKind.GUARD: "guard",
    RegionKind.VDSO: "vDSO",
    RegionKind.ARGUMENTS: "arguments",
}
"""The parts of a process, as textbooks name them."""

MEANINGS = {
    RegionKind.TEXT: "the machine instructions",
    RegionKind.RODATA: "constants and tables that nothing may change",
    RegionKind.DATA: "variables that the source gives a value",
    RegionKind.BSS: "variables without a value in the source: all zero at the start",
    RegionKind.HEAP: "memory that the program asked for while it ran",
    RegionKind.MMAP: "memory that was mapped by a system call",
    RegionKind.STACK: "the frames of the calls that are under way",
    RegionKind.GUARD: "nothing may touch it: who does has overflowed the stack",
    RegionKind.VDSO: "what the kernel itself keeps there: code that it lends to the program, or tables",
    RegionKind.ARGUMENTS: "what the program was started with: argv and its strings",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Neighbouring regions of one kind, of the program or of no file; or all neighbouring ones of one shared object."""

    kind: RegionKind
    start: int
    end: int
    regions: tuple[LayoutRegion, ...]
    shared_object: str | None = None
    """The path of the shared object, for which `kind` says nothing."""

    @property
    def size(self) -> int:
        """Bytes, those between its regions included."""
        return self.end - self.start

    @property
    def name(self) -> str:
        """'text', 'initialised data, read-only', 'libc.so.6'."""
        return short_file(self.shared_object) if self.shared_object else NAMES[self.kind]

    @property
    def permissions(self) -> str:
        """As in 'rw-'; of regions that differ what some of them allow; '' for a shared object."""
        if self.shared_object:
            return ""
        given = [one.region.permissions for one in self.regions]
        return "".join(next((letter for letter in column if letter != "-"), "-") for column in zip(*given, strict=True))

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of its sections, the largest first."""
        sizes: dict[str, int] = {}
        for one in self.regions:
            if one.section is not None:
                sizes[one.section] = sizes.get(one.section, 0) + one.region.end - one.region.start
        return tuple(sorted(sizes, key=lambda name: -sizes[name]))


def parts_of(regions: Sequence[LayoutRegion]) -> list[Part]:
    """The parts, from low addresses to high; neighbours touch."""
    settled = _settled(regions)
    parts: list[Part] = []
    for (kind, shared), group in itertools.groupby(settled, key=_belongs_to):
        for run in _runs([one for _, one in group]):
            start, end = run[0].region.start, run[-1].region.end
            parts.append(Part(kind or run[0].region.kind, start, end, tuple(run), shared))
    return parts


def _belongs_to(pair: tuple[RegionKind, LayoutRegion]) -> tuple[RegionKind | None, str | None]:
    kind, one = pair
    shared = one.file if one.file is not None and not one.of_program else None
    return (None if shared else kind), shared


def _settled(regions: Sequence[LayoutRegion]) -> list[tuple[RegionKind, LayoutRegion]]:
    """The regions with the kinds of their parts: what fills a page behind a section goes with its neighbour."""
    settled: list[tuple[RegionKind, LayoutRegion]] = []
    for index, one in enumerate(regions):
        kind = one.region.kind
        before = settled[-1] if settled else None
        after = regions[index + 1] if index + 1 < len(regions) else None
        fits_after = after is not None and after.region.kind is kind and after.region.start == one.region.end
        if one.file is not None and one.section is None and not fits_after and before is not None:
            kind = before[0] if before[1].region.end == one.region.start else kind
        settled.append((kind, one))
    return settled


def _runs(regions: Sequence[LayoutRegion]) -> list[list[LayoutRegion]]:
    runs: list[list[LayoutRegion]] = []
    for one in regions:
        if runs and runs[-1][-1].region.end == one.region.start:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs
