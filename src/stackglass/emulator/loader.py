"""An ELF program into guest memory: segments with their permissions, the dynamic loader, stack, start of heap.

What Linux's own loader does (fs/binfmt_elf.c), at fixed addresses. Thread-local storage is the program's own affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from stackglass.debuginfo.image import Image, Section, Segment
from stackglass.emulator.kernel.addresses import LOWEST
from stackglass.emulator.kernel.world import MIB, World, read_file
from stackglass.emulator.memory import PAGE, Mapping, Memory, round_up
from stackglass.errors import BadImage, UsageError
from stackglass.isa import Isa
from stackglass.model import Region, RegionKind

GUARD_SIZE = MIB
"""Bytes below the stack that stay unmapped (Linux's stack_guard_gap)."""
_SMALLEST_STACK, _LARGEST_STACK = 16 * PAGE, 2 << 30
_ROOM_FOR_LOADER = 4 * MIB


class Module(NamedTuple):
    """An image and what is added to its addresses where it is loaded."""

    image: Image
    bias: int

    @property
    def entry(self) -> int:
        """Its entry point in memory."""
        return self.image.entry + self.bias


@dataclass(frozen=True, slots=True)
class Loaded:
    """A program in memory, before its stack holds anything."""

    program: Module
    interpreter: Module | None
    stack: tuple[int, int]
    """The mapped range of the stack, guard not included."""
    heap_start: int
    mmap_top: int
    """Where mappings that the program asks for start to grow down from."""

    @property
    def bias(self) -> int:
        """What is added to the program's own addresses."""
        return self.program.bias

    @property
    def first_pc(self) -> int:
        """The first instruction that runs: the dynamic loader's where there is one."""
        return (self.interpreter or self.program).entry

    @property
    def modules(self) -> tuple[Module, ...]:
        """What is loaded from the start: the program, and its dynamic loader."""
        return (self.program, self.interpreter) if self.interpreter else (self.program,)


def load(
    image: Image, memory: Memory, *, world: World, stack_size: int | None = None, base: int | None = None
) -> Loaded:
    """Loads a program and, if it names one, its dynamic loader as `world` shows it.

    `stack_size` is in bytes (the world's stack limit unless given), `base` where a position-independent program goes.
    Raises BadImage for what can't be run, UsageError for a stack that doesn't fit.
    """
    isa = image.isa
    _check_runnable(image)
    size = round_up(world.stack_limit if stack_size is None else stack_size)
    shift = _shift_for_stack(isa, size)
    program = _load_module(image, memory, isa.default_base if base is None else base)
    interpreter = _load_interpreter(image, memory, world, isa.interpreter_base - shift)
    heap_start = round_up(max(segment.end for segment in image.segments) + program.bias)
    stack = _map_stack(image, memory, size)
    return Loaded(program, interpreter, stack, heap_start, isa.mmap_top - shift)


def _check_runnable(image: Image) -> None:
    if image.kind == "shared":
        raise BadImage(f"{image.name} is a shared object with no entry point", help="give a program that links it")
    if image.kind == "relocatable":
        raise BadImage(f"{image.name} is an object file that is not linked yet", help="link it into a program first")
    if image.kind == "core":
        raise BadImage(f"{image.name} is a core dump, not a program")
    if not image.segments:
        raise BadImage(f"{image.name} has nothing to load")


# ---- segments ----


def _load_module(image: Image, memory: Memory, base: int) -> Module:
    """Maps the segments of an image; one that is position-independent with its lowest page at `base`."""
    lowest = min(segment.address for segment in image.segments) & -PAGE
    bias = 0 if image.kind == "executable" else base - lowest
    for segment in image.segments:
        _check_segment(image, segment, bias)
    for segment in image.segments:
        try:
            _map_segment(image, memory, segment, bias)
        except (OSError, MemoryError, OverflowError):
            raise BadImage(f"{image.name} needs {segment.memory_size} bytes at once, which can't be had") from None
    return Module(image, bias)


def _check_segment(image: Image, segment: Segment, bias: int) -> None:
    low, high = segment.address + bias, segment.end + bias
    if low < LOWEST or high > image.isa.stack_top:
        raise BadImage(
            f"{image.name} wants to be loaded at {low:#x}, where no program may be", offset=segment.file_offset
        )
    if segment.file_size and (segment.address - segment.file_offset) % PAGE:
        sentence = f"{image.name} has a segment at {segment.address:#x} that is not aligned with its bytes in the file"
        raise BadImage(sentence, offset=segment.file_offset)


def _map_segment(image: Image, memory: Memory, segment: Segment, bias: int) -> None:
    """Whole pages of the file, then zeroed pages. The rest of the file's last page is zeroed if .bss begins there."""
    start = (segment.address + bias) & -PAGE
    file_end = segment.address + bias + segment.file_size
    zeros_from = round_up(file_end) if segment.file_size else start
    if segment.file_size:
        kind = _kind_of(segment.permissions)
        memory.map(start, zeros_from - start, segment.permissions, kind=kind, name=image.name)
        offset = segment.file_offset - (segment.address + bias - start)
        has_zeros = segment.memory_size > segment.file_size and "w" in segment.permissions
        upto = file_end if has_zeros else zeros_from
        memory.write(start, image.data[offset : offset + upto - start])
    end = round_up(segment.end + bias)
    if end > zeros_from:
        memory.map(zeros_from, end - zeros_from, segment.permissions, kind=RegionKind.BSS, name=image.name)


def _kind_of(permissions: str) -> RegionKind:
    if "x" in permissions:
        return RegionKind.TEXT
    return RegionKind.DATA if "w" in permissions else RegionKind.RODATA


def _where_libraries_are(interpreter: str) -> str:
    """What to try: Debian's cross compilers bring a folder with their C library."""
    # Each loader has a name of its own: that of ARM's hard-float programs is in /usr/arm-linux-gnueabihf.
    folders = [folder for folder in sorted(Path("/usr").iterdir()) if Path(f"{folder}{interpreter}").exists()]
    root = f"--root {folders[0]}" if folders else "a root folder that holds its libraries"
    return f"link it with -static, or give {root}"


def _load_interpreter(image: Image, memory: Memory, world: World, base: int) -> Module | None:
    """The dynamic loader that the program names in PT_INTERP."""
    path = image.interpreter
    if path is None:
        return None
    data = read_file(world, path)
    if data is None:
        raise BadImage(
            f"{image.name} is linked dynamically and needs the loader {path}, which isn't here",
            help=_where_libraries_are(path),
        )
    interpreter = Image.parse(data, path)
    if not interpreter.isa.is_same_machine(image.isa) or not interpreter.segments:
        raise BadImage(f"the loader {path} that {image.name} names is for another machine")
    return _load_module(interpreter, memory, base)


# ---- stack ----


def _shift_for_stack(isa: Isa, size: int) -> int:
    """How much lower than usual the dynamic loader and the mappings go, so that a stack of `size` bytes has room."""
    if size < _SMALLEST_STACK or size >= isa.stack_top // 2 or size > _LARGEST_STACK:
        least, most = _SMALLEST_STACK >> 10, min(isa.stack_top >> 1, _LARGEST_STACK) >> 30
        raise UsageError(f"a stack of {size} bytes won't do: from {least} KiB to {most} GiB can be had")
    room_ends = isa.stack_top - size - GUARD_SIZE
    return round_up(max(isa.interpreter_base + _ROOM_FOR_LOADER - room_ends, 0))


def _map_stack(image: Image, memory: Memory, size: int) -> tuple[int, int]:
    """The whole stack at once, with the permissions that the program asks for, and a guard below it."""
    high = image.isa.stack_top
    low = high - size
    permissions = "rwx" if image.executable_stack else "rw-"
    memory.map(low, size, permissions, kind=RegionKind.STACK, name="[stack]")
    memory.map(low - GUARD_SIZE, GUARD_SIZE, "---", kind=RegionKind.GUARD, name="[stack guard]")
    return low, high


# ---- regions ----


class _Part(NamedTuple):
    """A section in memory, or one of the headers."""

    start: int
    end: int
    kind: RegionKind
    name: str


def regions(mappings: Sequence[Mapping], modules: Sequence[Module] = ()) -> tuple[Region, ...]:
    """What the address space holds, low addresses first: mappings, split at the bytes where an image's sections begin.

    Neighbours that differ in nothing are one, as in a kernel's list: what the BSS has of the last page of a file is
    mapped from that, the rest isn't.
    Permissions are the mapping's. Of the first module (the program) a section goes by its bare name, of the others with
    the file's name before it.
    """
    parts = sorted(part for at, module in enumerate(modules) for part in _parts(module, is_program=at == 0))
    tails = [tail for module in modules for tail in _tails(module)]
    found: list[Region] = []
    for mapping in mappings:
        at = mapping.start
        for part in parts:
            start, end = max(part.start, at), min(part.end, mapping.end)
            if start >= end:
                continue
            if at < start:
                found += _between(mapping, at, start, tails)
            found.append(Region(part.kind, start, end, mapping.permissions, part.name))
            at = end
        if at < mapping.end:
            found += _between(mapping, at, mapping.end, tails)
    return tuple(_joined(found))


def _joined(found: Sequence[Region]) -> Iterator[Region]:
    last: Region | None = None
    for one in found:
        if last is not None and replace(last, start=one.start, end=one.end) == one and last.end == one.start:
            last = replace(last, end=one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _between(mapping: Mapping, start: int, end: int, tails: Sequence[_Part]) -> Iterator[Region]:
    """A range of a mapping that no section has, split where it is the zeros behind a segment's last section."""
    tail = next((one for one in tails if one.start < end and start < one.end), None)
    if tail is None:
        yield Region(mapping.kind, start, end, mapping.permissions, mapping.name)
        return
    low, high = max(start, tail.start), min(end, tail.end)
    if start < low:
        yield Region(mapping.kind, start, low, mapping.permissions, mapping.name)
    yield Region(RegionKind.BSS, low, high, mapping.permissions, tail.name)
    if high < end:
        yield Region(mapping.kind, high, end, mapping.permissions, mapping.name)


def _tails(module: Module) -> Iterator[_Part]:
    """What is zeroed behind the last section of a segment, up to the end of its last page."""
    sections = [section for section in module.image.sections if section.has_memory and section.kind == "nobits"]
    for segment in module.image.segments:
        if segment.memory_size > segment.file_size and "w" in segment.permissions:
            ends = (one.address + one.size for one in sections if segment.address <= one.address < segment.end)
            start = max(ends, default=segment.address + segment.file_size) + module.bias
            yield _Part(start, round_up(segment.end + module.bias), RegionKind.BSS, module.image.name)


def _parts(module: Module, *, is_program: bool) -> list[_Part]:
    """The headers and the sections that lie in memory."""
    prefix = "" if is_program else module.image.name.rpartition("/")[2] + " "
    bias = module.bias
    headers = [
        _Part(area.low + bias, area.high + bias, RegionKind.RODATA, prefix + name)
        for area, name in module.image.headers
    ]
    return headers + [
        _Part(start, start + section.size, _section_kind(section), prefix + section.name)
        for section in module.image.sections
        if section.has_memory
        for start in (section.address + module.bias,)
    ]


def _section_kind(section: Section) -> RegionKind:
    if section.kind == "nobits":
        return RegionKind.BSS
    if section.is_executable:
        return RegionKind.TEXT
    return RegionKind.DATA if section.is_writable else RegionKind.RODATA
