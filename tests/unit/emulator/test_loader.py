"""Loading: every byte where the ELF file says, permissions, zeros, bases; what is refused; regions by section."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from stackglass.debuginfo.image import Image
from stackglass.emulator import loader
from stackglass.emulator.kernel import World
from stackglass.emulator.loader import Loaded, Module
from stackglass.emulator.memory import PAGE, Memory
from stackglass.errors import BadImage, UsageError
from stackglass.model import Region, RegionKind
from tests.unit.emulator import elf_writer
from tests.unit.emulator.elf_writer import EXECUTABLE, INTERPRETER, LOAD, SHARED, STACK, Part, Section
from tests.unit.emulator.kernel.small_machine import ISA, Unwatched

TEXT = Part(LOAD, "r-x", 0x401000, b"\x90" * 100, 0x1000)
DATA = Part(LOAD, "rw-", 0x402F00, b"d" * 0x80, 0x2F00, 0x2000)


def image(*parts: Part, kind: int = EXECUTABLE, sections: tuple[Section, ...] = ()) -> Image:
    entry = parts[0].address + 4 if parts else 4
    return Image.parse(elf_writer.write(parts, entry=entry, kind=kind, sections=sections), "prog")


def load(program: Image, world: World | None = None, **options: int) -> tuple[Loaded, Memory]:
    memory = Memory(Unwatched())
    return loader.load(program, memory, world=world or World(), **options), memory


def described(memory: Memory) -> list[tuple[int, int, str, RegionKind]]:
    return [(one.start, one.end, one.permissions, one.kind) for one in memory.mappings]


def test_segments_lie_where_they_should() -> None:
    program = image(TEXT, DATA)
    loaded, memory = load(program)
    assert described(memory)[:3] == [
        (0x401000, 0x402000, "r-x", RegionKind.TEXT),
        (0x402000, 0x403000, "rw-", RegionKind.DATA),
        (0x403000, 0x405000, "rw-", RegionKind.BSS),
    ]
    assert memory.read(0x401000, 100) == TEXT.data
    assert memory.read(0x402F00, 0x80) == DATA.data
    assert memory.read(0x402F80, 0x405000 - 0x402F80) == bytes(0x405000 - 0x402F80)
    assert (loaded.bias, loaded.first_pc, loaded.heap_start, loaded.interpreter) == (0, 0x401004, 0x405000, None)
    assert loaded.modules == (Module(program, 0),)


def test_whole_pages_come_from_the_file_as_the_kernel_maps_them() -> None:
    program = image(Part(LOAD, "r--", 0x400100, b"x" * 16, 0x100), Part(LOAD, "r-x", 0x401200, b"y" * 16, 0x200))
    _, memory = load(program)
    assert memory.read(0x400000, 0x210) == program.data[:0x210]
    assert memory.read(0x401000, 0x210) == program.data[:0x210], "head and tail of the page are the file's too"


def test_a_segment_of_zeros_only() -> None:
    _, memory = load(image(TEXT, Part(LOAD, "rw-", 0x403010, b"", 0x10, 0x20)))
    assert (0x403000, 0x404000, "rw-", RegionKind.BSS) in described(memory)
    assert memory.read(0x403000, PAGE) == bytes(PAGE)


def test_a_position_independent_program_goes_to_its_base() -> None:
    parts = Part(LOAD, "r-x", 0x1000, b"\x90" * 100, 0x1000), Part(INTERPRETER, "r--", 0x1050, b"/ld\0", 0x1050)
    world = World(files={"/ld": elf_writer.write([TEXT._replace(address=0x2000)], entry=0x2010, kind=SHARED)})
    loaded, memory = load(image(*parts, kind=SHARED), world)
    assert (loaded.bias, loaded.program.entry) == (ISA.default_base - 0x1000, ISA.default_base + 4)
    assert loaded.interpreter is not None
    assert loaded.first_pc == ISA.interpreter_base + 0x10
    assert memory.read(ISA.interpreter_base, 100) == TEXT.data
    loaded, _ = load(image(*parts, kind=SHARED), world, base=0x555555554000)
    assert loaded.bias == 0x555555553000


def test_a_loader_that_is_not_there() -> None:
    parts = Part(LOAD, "r-x", 0x1000, b"\x90" * 100, 0x1000), Part(INTERPRETER, "r--", 0x1050, b"/lib/ld\0", 0x1050)
    with pytest.raises(BadImage, match="prog is linked dynamically and needs the loader /lib/ld, which isn't here"):
        load(image(*parts, kind=SHARED))
    with pytest.raises(BadImage, match="/lib/ld is not an ELF file"):
        load(image(*parts, kind=SHARED), World(files={"/lib/ld": b"not an ELF, nothing like it" * 10}))


def test_the_stack_has_the_size_that_was_asked_for() -> None:
    loaded, memory = load(image(TEXT), stack_size=100_000)
    low, high = loaded.stack
    assert (high, high - low) == (ISA.stack_top, 25 * PAGE)
    assert described(memory)[-2:] == [
        (low - loader.GUARD_SIZE, low, "---", RegionKind.GUARD),
        (low, high, "rw-", RegionKind.STACK),
    ]
    assert load(image(TEXT), World(stack_limit=1 << 20))[0].stack[0] == ISA.stack_top - (1 << 20)


def test_a_stack_that_code_may_run_on() -> None:
    _, memory = load(image(TEXT, Part(STACK, "rwx", 0, b"", 0)))
    assert memory.mappings[-1].permissions == "rwx"


def test_mappings_make_room_for_a_large_stack() -> None:
    size = 1 << 30
    loaded, memory = load(image(TEXT), stack_size=size)
    assert loaded.mmap_top < ISA.stack_top - size - loader.GUARD_SIZE - loader._ROOM_FOR_LOADER
    assert load(image(TEXT))[0].mmap_top == ISA.mmap_top
    assert memory.is_writable(ISA.stack_top - size, size)


@pytest.mark.parametrize("size", [0, 4096, (2 << 30) + 4096, 1 << 46])
def test_stacks_that_will_not_do(size: int) -> None:
    with pytest.raises(UsageError, match=f"a stack of {size} bytes won't do"):
        load(image(TEXT), stack_size=size)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([TEXT._replace(address=0x1000)], "prog wants to be loaded at 0x1000, where no program may be"),
        ([TEXT._replace(address=0x7FFF_FFFF_F000)], "prog wants to be loaded at 0x7ffffffff000"),
        ([TEXT._replace(address=0x401010)], "prog has a segment at 0x401010 that is not aligned"),
        ([TEXT._replace(memory_size=1 << 45)], "prog needs 35184372088832 bytes at once"),
        ([], "prog has nothing to load"),
    ],
)
def test_segments_that_cannot_be(parts: list[Part], sentence: str) -> None:
    with pytest.raises(BadImage, match=sentence):
        load(image(*parts))


def test_regions_are_split_at_sections() -> None:
    sections = (
        Section(".text", 1, 6, 0x401000, 0x50),
        Section(".init_array", 1, 3, 0x402F00, 8),
        Section(".tbss", 8, 0x403, 0x402F08, 0x100),
        Section(".data", 1, 3, 0x402F20, 0x60),
        Section(".bss", 8, 3, 0x402F80, 0x1F00),
        Section(".debug_info", 1, 0, 0, 0x10),
    )
    program = image(TEXT, DATA, sections=sections)
    _, memory = load(program, stack_size=1 << 20)
    text, data, bss = RegionKind.TEXT, RegionKind.DATA, RegionKind.BSS
    regions = loader.regions(memory.mappings, [Module(program, 0)])
    assert regions[:-2] == (
        Region(text, 0x401000, 0x401050, "r-x", ".text"),
        Region(text, 0x401050, 0x402000, "r-x", "prog"),
        Region(data, 0x402000, 0x402F00, "rw-", "prog"),
        Region(data, 0x402F00, 0x402F08, "rw-", ".init_array"),
        Region(data, 0x402F08, 0x402F20, "rw-", "prog"),
        Region(data, 0x402F20, 0x402F80, "rw-", ".data"),
        Region(bss, 0x402F80, 0x404E80, "rw-", ".bss"),  # a page of the file, and pages of none
        Region(bss, 0x404E80, 0x405000, "rw-", "prog"),
    )
    assert [region.kind for region in regions[-2:]] == [RegionKind.GUARD, RegionKind.STACK]
    memory.protect(0x402000, PAGE, "r--")
    assert {one.permissions for one in loader.regions(memory.mappings) if one.start == 0x402000} == {"r--"}
    other = loader.regions(memory.mappings, [Module(image(TEXT), 0x100000), Module(program, 0)])
    assert other[0].name == "prog .text"


@pytest.mark.parametrize("modules", [0, 1])
def test_regions_tile_the_mappings(modules: int) -> None:
    program = image(
        TEXT, DATA, sections=(Section(".text", 1, 6, 0x401010, 0x50), Section(".bss", 8, 3, 0x402F80, 0x9000))
    )
    _, memory = load(program)
    regions = loader.regions(memory.mappings, [Module(program, 0)][:modules])
    for mapping in memory.mappings:
        inside = [one for one in regions if mapping.start < one.end and one.start < mapping.end]
        assert inside[0].start <= mapping.start
        assert inside[-1].end >= mapping.end
        assert all(one.end == other.start for one, other in itertools.pairwise(inside))
        assert all(one.permissions == mapping.permissions for one in inside)
    assert sum(one.end - one.start for one in regions) == sum(one.size for one in memory.mappings)
    for one, other in itertools.pairwise(regions):
        touch = one.end == other.start
        assert not touch or (one.kind, one.permissions, one.name) != (other.kind, other.permissions, other.name)


def test_a_real_program_is_loaded_byte_for_byte(tmp_path: Path) -> None:
    data = Path("/bin/true").read_bytes() if Path("/bin/true").exists() else b""
    if data[:4] != b"\x7fELF" or data[18] != 62:
        pytest.skip("NOT TESTED: /bin/true is no x86-64 program here")
    program = Image.parse(data, "true")
    loaded, memory = load(program, World(libraries=True))
    for segment in program.segments:
        content = data[segment.file_offset : segment.file_offset + segment.file_size]
        assert memory.read(segment.address + loaded.bias, segment.file_size) == content
        assert memory.mapping_at(segment.address + loaded.bias).permissions == segment.permissions  # type: ignore[union-attr]
