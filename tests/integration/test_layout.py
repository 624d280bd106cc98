"""The address space of whole programs: against readelf, nm, gdb and this machine's kernel, and told by the programs."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import stackglass
from stackglass import isa as isas
from stackglass.errors import UnreadableMemory
from stackglass.model import Initialised, Region, RegionKind
from stackglass.model.layout import Layout, SymbolKind, Whereabouts
from stackglass.toolchain import build
from stackglass.views.layout import LayoutOptions, layout_view
from stackglass.views.layout_json import layout_json, where_json
from stackglass.views.where_words import told
from tests.integration.command_lines import Ask, asker
from tests.needs import qemu, require

PROGRAMS = Path(__file__).resolve().parents[1] / "programs" / "layout"
LINKAGES = ("static", "dynamic", "musl")
IMAGE_KINDS = (RegionKind.TEXT, RegionKind.RODATA, RegionKind.DATA, RegionKind.BSS)


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Ask:
    return asker(capfd)


FOREIGN = tuple(isa for isa in isas.emulated() if isa != "x86_64")


def options(linkage: str) -> dict[str, Any]:
    """How to build a program: by gcc against glibc, by zig against musl, or by the cross gcc of an instruction set."""
    if linkage in FOREIGN:
        require(f"{isas.get(linkage).gnu_triplet}-gcc")
        return {"isa": linkage}
    require("zig" if linkage == "musl" else "gcc", *(["static libc"] if linkage == "static" else []))
    return {"cc": "zig"} if linkage == "musl" else {"cc": "gcc", "static": linkage == "static"}


@pytest.fixture(scope="module", params=LINKAGES)
def numbers(request: pytest.FixtureRequest, examples: Path) -> stackglass.Recording:
    """examples/layout.c, printing its addresses."""
    recording: stackglass.Recording = stackglass.record(examples / "layout.c", ["numbers"], **options(request.param))
    return recording


@pytest.fixture(scope="module", params=(*LINKAGES, *FOREIGN))
def elf(request: pytest.FixtureRequest, examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """examples/layout.c as an executable file."""
    require("readelf", "nm")
    built = build(examples / "layout.c", **options(request.param))
    path: Path = tmp_path_factory.mktemp("layout") / request.param
    path.write_bytes(built.elf)
    path.chmod(0o755)
    return path


def test_the_guard_of_the_stack_cannot_be_read(numbers: stackglass.Recording) -> None:
    (guard,) = [region for region in numbers.at("main").regions if region.kind is RegionKind.GUARD]
    with pytest.raises(UnreadableMemory):
        numbers.read_memory(guard.end - 8, 8)
    with pytest.raises(UnreadableMemory):
        numbers.read_memory(guard.end - 4, 8)
    assert len(numbers.read_memory(guard.end, 8)) == 8


def output_of(*command: object) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, timeout=120).stdout


# what the program itself says

PRINTED = [
    ("main", "text"),
    ("f", "text"),
    ("pi", "rodata"),
    ("number", "data"),
    ("a", "bss"),
    ("b", "bss"),
    ("buffer", "bss"),
    ("buffer[2048]", "bss"),
    ("a block of 100 bytes", "heap"),
    ("a block of 100 bytes", "heap"),
    ("o", "bss"),
    ("m", "stack"),
    ("n", "stack"),
    ("string of argv[1]", "stack"),
    ("w", "data"),
    ("x", "stack"),
    ("y", "stack"),
    ("a block of 100 bytes", "heap"),
    ("room", "stack"),
]


def test_every_address_that_it_prints_is_traced(numbers: stackglass.Recording) -> None:
    found, left_out = numbers.printed_addresses()
    told_of = [(told(one.place).name, one.place.region.region.kind.value) for one in found if one.place]
    assert told_of == PRINTED
    assert left_out == 0
    assert all(one.exact and one.printed_at < one.written_at for one in found)
    assert [one.text for one in found] == re.findall("0x[0-9a-f]+", numbers.output.decode())


def test_what_is_gone_is_told_as_gone(numbers: stackglass.Recording) -> None:
    *_, freed, gone = (one.place for one in numbers.printed_addresses().addresses)
    assert freed is not None and freed.block is not None and freed.block.freed_at is not None
    assert freed.block.freed_at < freed.step
    assert gone is not None and gone.dead is not None and gone.dead.function == "deep"
    assert gone.dead.returned_at is not None and gone.dead.returned_at < gone.step


@pytest.mark.parametrize("isa", ["x86_64", "i386"])
def test_who_gave_back_what_it_pushed_has_not_returned(isa: str, tmp_path: Path) -> None:
    """Histories know the future: the step of a return that is still to come tells nothing of what is gone now."""
    source = tmp_path / "pushed.c"
    source.write_text(
        "static int last(int a, int b, int c, int d, int e, int f, int g, int h, int i) {\n"
        "    return a + b + c + d + e + f + g + h + i;\n"
        "}\n"
        "int main(void) {\n"
        "    int sum = last(1, 2, 3, 4, 5, 6, 7, 8, 9);\n"
        "    return sum - 45;\n"
        "}\n"
    )
    recording = stackglass.record(source, isa=isa)
    snapshot = recording.at("6")
    assert snapshot.step is not None
    low = snapshot.stack_pointer[1]
    found = [recording.where(address, snapshot.step) for address in range(low - 64, low)]
    dead = [one.dead for one in found if one.dead is not None]
    assert {one.function for one in dead if one.returned_at is None} == {"main"}
    assert all(one.returned_at is None or one.returned_at <= snapshot.step for one in dead)
    assert "gone: main has given it back" in {told(one).what.partition(", ")[2] for one in found}


def test_static_locals_have_an_owner_and_variables_a_type(numbers: stackglass.Recording) -> None:
    own = {one.name: one for one in numbers.layout().symbols if not one.library}
    assert {"main", "f", "deep", "pi", "number", "a", "b", "buffer", "o", "w"} <= own.keys()
    assert (own["w"].kind, own["w"].owner, own["o"].owner) == (SymbolKind.STATIC_LOCAL, "f", "main")
    assert (own["buffer"].kind, own["buffer"].type, own["buffer"].size) == (SymbolKind.STATIC, "char [4096]", 4096)
    assert own["number"].kind is SymbolKind.GLOBAL


@pytest.mark.parametrize("linkage", [*LINKAGES[:2], *FOREIGN])
def test_parts_of_variables_are_named_as_in_c(linkage: str) -> None:
    """Those of anonymous structs and unions too."""
    recording = stackglass.record(PROGRAMS / "parts.c", **options(linkage))
    printed = [line.split() for line in recording.output.decode().splitlines()]
    assert len(printed) == 17
    found = [(told(one.place).name, one.text) for one in recording.printed_addresses().addresses if one.place]
    assert found == [(part, address) for part, address in printed]


def test_an_assemblers_variables_reach_to_the_next_name(tmp_path: Path) -> None:
    """They have no size: so much is said. What the linker and the C library call so are none."""
    require("gcc")
    source = tmp_path / "table.s"
    source.write_text(
        ".globl _start\n.text\n_start: mov $60, %eax\n syscall\n"
        '.data\ntable: .long 37, 1, 2\ntext: .asciz "hi"\n_own: .long 5\n'
        ".size table_end, 4\n.type table_end, @object\ntable_end: .long 6\n .long 7\n"
    )
    recording = stackglass.record(source)
    start = next(one.address for one in recording.layout().symbols if one.name == "table")
    assert start is not None
    found = [told(recording.where(start + offset, "step:0")) for offset in (0, 4, 12, 14, 15, 16, 19, 23)]
    data = "initialised data, read-write, .data of table.s"
    names = ["table", "table+4", "text", "text+2", "_own", data, "table_end", data]
    assert [one.name for one in found] == names
    untold = "no table says how far it reaches: it is the last name before the address"
    assert [untold in one.details for one in found] == ["+" in name for name in names]


@pytest.mark.parametrize("linkage", ["static", "dynamic"])
def test_the_elf_header_is_told_as_that(linkage: str, examples: Path) -> None:
    """In a static program too, where the linker has a name for it."""
    recording = stackglass.record(examples / "call.c", **options(linkage))
    header = next(one.region for one in recording.layout("main").regions if one.section == "ELF header")
    assert {told(recording.where(header.start + offset, "main")).name for offset in (0, 5)} == {"the ELF header"}


# the heap, by what the program says of it


def said(recording: stackglass.Recording) -> Iterator[tuple[str, int, int, str]]:
    for line in recording.output.decode().splitlines():
        state, address, size, what = line.split(" ", 3)
        yield state, int(address, 16), int(size), what


@pytest.mark.parametrize("optimise", ["0", "2"])
@pytest.mark.parametrize(
    ("source", "linkage"),
    [  # not the C++ program by zig, which builds a C++ library of its own for a minute
        *(("blocks.c", linkage) for linkage in LINKAGES),
        ("operators.cpp", "static"),
        ("operators.cpp", "dynamic"),
    ],
)
def test_blocks_are_those_that_the_program_has(source: str, linkage: str, optimise: str) -> None:
    if source.endswith(".cpp"):
        require("g++")
    how = {**options(linkage), "cc": "g++" if source.endswith(".cpp") else options(linkage)["cc"]}
    recording = stackglass.record(PROGRAMS / source, optimise=optimise, cflags="-w -fno-builtin", **how)
    assert recording.exit_status == 0, recording.errors
    blocks = [one for one in recording.layout().heap.blocks if one.for_own or not one.by_library]
    for state, address, size, what in said(recording):
        matching = [one for one in blocks if (one.address, one.size, one.function) == (address, size, what)]
        assert matching, (state, hex(address), size, what)
        assert any((one.freed_at is None) == (state == "live") for one in matching), (state, what, size)
    ways = {what for *_, what in said(recording)}  # the unwinder mallocs by itself
    live = sum(one.freed_at is None and one.function in ways for one in blocks)
    assert live == sum(state == "live" for state, *_ in said(recording))


@pytest.fixture(scope="module", params=["dynamic", "i386"])
def handed_out_again(request: pytest.FixtureRequest) -> stackglass.Recording:
    """tests/programs/layout/handed_out_again.c, which has its own allocator."""
    recording: stackglass.Recording = stackglass.record(
        PROGRAMS / "handed_out_again.c", cflags="-w -fno-builtin", **options(request.param)
    )
    return recording


@pytest.mark.parametrize(
    ("look", "offset", "words"),
    [
        (1, 99, "byte 99 of a block of 100 bytes: from malloc"),
        (1, 100, "the heap: in no block: just behind the end of the block of 100 bytes at {block}"),
        (1, 101, "the heap: in no block: 1 byte behind the end of the block of 100 bytes at {block}"),
        (1, 150, "the heap: in no block: 50 bytes behind the end of the block of 100 bytes at {block}"),
        (2, 33, "byte 33 of a block of 100 bytes: from malloc, freed at step"),
        (2, 100, "the heap: in no block: just behind the end of the block of 100 bytes at {block}, freed at step"),
        (3, 0, "a block of 33 bytes: from malloc"),
        (3, 33, "the heap: in no block: just behind the end of the block of 33 bytes at {block}"),
        (3, 34, "the heap: in no block: 1 byte behind the end of the block of 33 bytes at {block}"),
        (3, 80, "byte 80 of a block of 100 bytes: from malloc, freed at step"),
        (3, 100, "the heap: in no block: 67 bytes behind the end of the block of 33 bytes at {block}"),
        (4, 32, "byte 32 of a block of 33 bytes: from malloc, freed at step"),
        (4, 33, "the heap: in no block: just behind the end of the block of 33 bytes at {block}, freed at step"),
        (5, 10, "byte 10 of a block of 33 bytes: from malloc, freed at step"),
        (4, 60, "byte 60 of a block of 100 bytes: from malloc, freed at step"),
        (5, 33, "byte 17 of a block of 50 bytes: from malloc"),
    ],
)
def test_what_is_behind_a_block_is_told_of_the_latest_there(
    handed_out_again: stackglass.Recording, look: int, offset: int, words: str
) -> None:
    block = int(handed_out_again.output, 16)
    found = told(handed_out_again.where(block + offset, f"look#{look}"))
    expected, actual = words.format(block=hex(block)), f"{found.name}: {found.what}"
    assert actual.startswith(expected) if words.endswith("freed at step") else actual == expected


def test_a_block_changes_with_time(numbers: stackglass.Recording) -> None:
    block = next(one for one in numbers.layout().heap.blocks if one.asked_by.function == "main" and one.size == 100)
    assert block.freed_at is not None
    before, alive, after = (numbers.where(block.address, at) for at in (block.step - 1, block.step, block.freed_at))
    assert before.block is None and (before.later_block == block or before.region.region.kind is not RegionKind.HEAP)
    assert alive.block == block and block.is_live(alive.step)
    assert after.block == block and not block.is_live(after.step)


def test_what_the_allocator_maps_is_heap() -> None:
    recording = stackglass.record(PROGRAMS / "blocks.c", cflags="-w", **options("static"))
    large = next(one for one in recording.layout().heap.blocks if one.size == 300000)
    assert recording.where(large.address, "end").region.region.kind is RegionKind.HEAP
    gone = next(one for one in recording.layout().heap.blocks if one.size == 400000)
    with pytest.raises(stackglass.StackglassError, match="a block from malloc was there until step"):
        recording.where(gone.address, "end")


# how far the stack has grown


def test_the_lowest_stack_pointer_is_the_lowest_so_far(numbers: stackglass.Recording) -> None:
    pointer, lowest, start = numbers.isa.stack_pointer, numbers.initial_stack_pointer, 300
    for step in range(start + 700):
        numbers.seek(step)
        lowest = min(lowest, numbers.register(pointer))
        if step % 97 == 0:
            assert numbers.lowest_stack_pointer() == lowest, step
    numbers.seek(start)  # back over a checkpoint
    assert numbers.layout(start + 699).stack.lowest == lowest
    end = numbers.layout().stack
    assert end.lowest == min(numbers.calls.own_lowest_sp(row) for row in range(len(numbers.calls)))


# against binutils


def test_sections_are_readelfs(elf: Path) -> None:
    layout = stackglass.record(elf).layout("main")
    rows = re.findall(
        r"^ *\[ *\d+\] (\S+) +(\S+) +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) \S\S +(\w*A\w*) ",
        output_of("readelf", "-S", "-W", elf),
        re.MULTILINE,
    )
    wanted = {
        name: (int(address, 16), int(address, 16) + int(size, 16), kind, flags)
        for name, kind, address, size, flags in rows
        if int(size, 16) and not ("T" in flags and kind == "NOBITS")
    }
    mine: dict[str, list[Region]] = {}
    for one in layout.regions:
        if one.of_program and one.section:
            mine.setdefault(one.section, []).append(one.region)
    assert len(wanted) > 5
    assert mine.keys() - {"ELF header", "program headers"} == wanted.keys()
    for name, (start, end, kind, flags) in wanted.items():
        assert (mine[name][0].start, mine[name][-1].end) == (start, end), name
        assert sum(region.end - region.start for region in mine[name]) == end - start, name
        assert len(mine[name]) == len({region.permissions for region in mine[name]}), name
        text, data = RegionKind.TEXT, RegionKind.DATA if "W" in flags else RegionKind.RODATA
        expected = RegionKind.BSS if kind == "NOBITS" else text if "X" in flags else data
        assert {region.kind for region in mine[name]} == {expected}, name


@pytest.mark.parametrize("isa", ["x86_64", "powerpc", "riscv64"])
def test_what_comes_before_the_first_section_are_readelfs_headers(isa: str, examples: Path, tmp_path: Path) -> None:
    """No instructions, in whichever segment: on some instruction sets it is the one of the code."""
    compiler = "gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc"
    require(compiler, "readelf", "static libc")
    program = tmp_path / "program"
    subprocess.run([compiler, "-static", str(examples / "call.c"), "-o", str(program)], check=True)
    recording = stackglass.record(program)
    text = output_of("readelf", "-h", "-l", "-W", program)
    lines = ("Size of this", "Start of program", "Size of program", "Number of program")
    size, start, entry, count = (int(re.findall(rf"{one} headers?: +(\d+)", text)[0]) for one in lines)
    (base,) = (int(at, 16) for at in re.findall(r"LOAD +0x0+ (0x[0-9a-f]+) ", text))
    wanted = {"ELF header": (base, base + size), "program headers": (base + start, base + start + entry * count)}
    layout = recording.layout("main")
    found = {one.section: (one.region.start, one.region.end) for one in layout.regions if one.section in wanted}
    assert found == wanted
    for section, (low, high) in wanted.items():
        for address in (low + 4, high - 1):
            place = recording.where(address, "main")
            assert (place.region.section, place.region.region.kind) == (section, RegionKind.RODATA)
            assert told(place).name == f"the {section}"


def test_permissions_are_those_of_the_segments(elf: Path) -> None:
    regions = [one.region for one in stackglass.record(elf).layout("main").regions if one.of_program]
    text = output_of("readelf", "-l", "-W", elf)
    row = r"^  {} +\S+ (0x[0-9a-f]+) \S+ \S+ (0x[0-9a-f]+) (...) "
    loads = re.findall(row.format("LOAD"), text, re.MULTILINE)
    sealed = [(int(a, 16), int(a, 16) + int(s, 16)) for a, s, _ in re.findall(row.format("GNU_RELRO"), text, re.M)]
    assert loads
    for address, size, flags in loads:
        low, high = int(address, 16), int(address, 16) + int(size, 16)
        for region in (one for one in regions if low <= one.start < high):
            relro = any(start <= region.start < end for start, end in sealed)
            letters = flags.replace("W", " ") if relro else flags
            assert region.permissions == "".join(
                letter.lower() if letter in letters else "-" for letter in ("R", "W", "E")
            ).replace("e", "x"), hex(region.start)


def test_symbols_are_nms(elf: Path) -> None:
    symbols = stackglass.record(elf).layout("main").symbols
    mine = {(one.address, one.symbol): one.size for one in symbols}
    thread_local = {one.symbol for one in symbols if one.address is None}
    rows = re.findall(r"^([0-9a-f]+) ([0-9a-f]+) [TtDdBbRrWwVvi] (\S+)$", output_of("nm", "-n", "-S", elf), re.M)
    assert len(rows) > 10
    for address, size, name in rows:
        if name in thread_local:  # nm tells an offset
            continue
        assert mine.get((int(address, 16), name.partition("@")[0])) == int(size, 16), name


# against gdb and the kernel


def test_what_it_prints_on_this_machine_is_what_gdb_says(examples: Path, tmp_path: Path) -> None:
    """Natively: the program's own things lie where they do in a recording, and gdb names them alike."""
    require("gcc", "gdb", "static libc")
    program = tmp_path / "program"
    program.write_bytes(build(examples / "layout.c", cc="gcc", static=True).elf)
    program.chmod(0o755)
    output = output_of("setarch", "-R", program, "numbers")
    native = [int(text, 16) for text in re.findall("0x[0-9a-f]+", output)]
    recording = stackglass.record(program, ["numbers"])
    compared = 0
    for address, one in zip(native, recording.printed_addresses().addresses, strict=True):
        if one.place is None or one.place.symbol is None:
            continue
        answer = output_of("gdb", "-nx", "-batch", "-ex", f"info symbol {address:#x}", program)
        name, offset, section = re.match(r"(\S+?)(?: \+ (\d+))? in section (\S+)", answer).groups()  # type: ignore[union-attr]
        assert address == one.address
        assert (name, int(offset or 0)) == (one.place.symbol.name, one.place.offset)
        assert section == one.place.region.section
        compared += 1
    assert compared == 10


@pytest.mark.parametrize("isa", isas.emulated())
def test_mappings_are_those_of_a_kernel(isa: str, tmp_path: Path) -> None:
    """This machine's for what it runs itself, else qemu's, which has the heap begin where the BSS ends."""
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    runner = ["setarch", "-R"] if isa in ("x86_64", "i386") else [qemu(isa)]
    require(runner[0])
    source = tmp_path / "maps.c"
    source.write_text(
        "#include <stdio.h>\n"
        "static char zeros[100000];\n"
        "int main(void) {\n"
        '    FILE *maps = fopen("/proc/self/maps", "r");\n'
        "    for (int c; maps && (c = getc(maps)) != EOF;) putchar(c);\n"
        "    return zeros[0];\n"
        "}\n"
    )
    program = tmp_path / "program"
    program.write_bytes(build(source, isa=isa, static=True).elf)
    program.chmod(0o755)
    rows = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (...)p \S+ \S+ \S+ *(.*)$", output_of(*runner, program), re.M)
    recording = stackglass.record(program)
    mine = [one.region for one in recording.layout().regions if one.region.kind in IMAGE_KINDS]
    end = next((int(low, 16) for low, _, _, name in rows if name == "[heap]"), max(one.end for one in mine))
    kept = [(int(low, 16), int(high, 16), mode) for low, high, mode, _ in rows if mode != "---" and int(low, 16) < end]
    assert merged([(one.start, one.end, one.permissions) for one in mine]) == merged(
        [(low, min(high, end), mode) for low, high, mode in kept]
    )


def merged(ranges: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Neighbours with the same permissions as one."""
    found: list[tuple[int, int, str]] = []
    for start, end, mode in ranges:
        if found and found[-1][1:] == (start, mode):
            found[-1] = (found[-1][0], end, mode)
        else:
            found.append((start, end, mode))
    return found


# what is where, in a frame


def test_every_byte_of_a_frame_is_where_its_slot_is(numbers: stackglass.Recording) -> None:
    snapshot = numbers.at("f")
    assert snapshot.step is not None
    for frame in (snapshot.frames[0], snapshot.frames[1]):
        for slot in frame.slots:
            found = numbers.where(slot.address, snapshot.step)
            assert (found.frame, found.function, found.slot) == (frame.index, frame.function, slot)
            if not slot.offset:  # the address names all of it
                assert found.initialised is slot.initialised
                assert slot.initialised is Initialised.PART or found.written_by == slot.written_by


@pytest.mark.parametrize("linkage", ["static", *FOREIGN])
def test_a_part_has_its_own_writer(linkage: str) -> None:
    """And not that of its whole: what this call has not written is told as left over, by whom."""
    source = PROGRAMS / "partly.c"
    at = str(1 + source.read_text().splitlines().index("    return numbers[7];"))
    recording = stackglass.record(source, cflags="-fno-builtin", **options(linkage))
    frame = recording.at(at).frames[0]
    slots = {slot.name: slot.address for slot in frame.slots if slot.name is not None}
    places = {
        **{f"numbers[{index}]": slots["numbers"] + 4 * index for index in range(1, 8)},
        **{f"pair.{name}": slots["pair"] + offset for name, offset in (("second", 4), ("third", 8))},
        **{f"room[{index}]": int(recording.output, 16) + index for index in (1, 44, 45, 46)},
    }
    found = {place: recording.where(address, at) for place, address in places.items()}
    written = {place for place, one in found.items() if one.initialised is Initialised.ALL}
    assert written == {"numbers[7]", "pair.second", "room[1]", "room[44]"}
    for place, one in found.items():
        assert place.startswith("room") or told(one).name == place
        assert (one.initialised is Initialised.NONE) != (place in written)
        by = one.written_by
        called = frame.call_site.step if frame.call_site else None
        assert called is not None and (by is None or (by.step > called) == (place in written))
        assert any("never written" in detail for detail in told(one).details) != (place in written)
    whole = recording.where(slots["numbers"], at)
    assert (told(whole).name, whole.initialised) == ("numbers", Initialised.PART)
    assert whole.written_by is not None and whole.written_by.line == found["numbers[7]"].written_by.line
    assert "int = 8, in numbers: int [8]" in told(found["numbers[7]"]).details


def test_a_variable_whose_block_has_ended_is_told_as_out_of_scope(tmp_path: Path) -> None:
    require("gcc", "static libc")
    source = tmp_path / "blocks.c"
    source.write_text("""int main(void) {
    volatile int outer = 1;
    for (volatile int inner = 0; inner < 3; inner++) outer += inner;
    return outer;
}
""")
    recording = stackglass.record(source)
    slots = {slot.name: slot.address for slot in recording.at("4").frames[0].slots if slot.name is not None}
    details = {name: told(recording.where(slots[name], "4")).details for name in ("inner", "outer")}
    assert ["out of scope here" in details[name] for name in ("inner", "outer")] == [True, False]
    place = where_json(recording.where(slots["inner"], "4"))
    assert place["slot"] is not None and place["slot"]["note"] == "out of scope here"


# views, JSON, bad input


def test_no_line_is_wider_than_asked(numbers: stackglass.Recording) -> None:
    layout = numbers.layout()
    for width in (40, 80, 97, 140):
        for symbols in (False, True):
            lines = layout_view(layout, LayoutOptions(width=width, symbols=symbols, library=symbols))
            assert [each.text for each in lines if len(each.text) > width] == []


def test_json_is_valid_under_the_schema(numbers: stackglass.Recording, repository: Path) -> None:
    schema = json.loads((repository / "docs" / "layout.schema.json").read_text(encoding="utf-8"))
    printed = numbers.printed_addresses()
    layout: Layout = numbers.layout(library=True)
    jsonschema.validate(json.loads(json.dumps(layout_json(layout, *printed))), schema)
    place: Whereabouts = numbers.where(layout.stack.now, "end")
    jsonschema.validate(json.loads(json.dumps(where_json(place))), schema)


def test_regions_are_those_of_a_snapshot(numbers: stackglass.Recording) -> None:
    assert [one.region for one in numbers.layout("deep").regions] == list(numbers.at("deep").regions)


@pytest.mark.parametrize(
    ("arguments", "sentence", "help_"),
    [
        (["zz"], "'zz' is no address", "write it as in 0x7ffe10"),
        (["7ffe10"], "'7ffe10' is no address", "write 0x7ffe10"),
        (["0x1234"], "nothing is mapped at 0x1234", "the nearest is"),
        (["401000"], "nothing is mapped at 0x61e68", "401000 is decimal: is 0x401000 meant?"),
        (["1234"], "nothing is mapped at 0x4d2", "the nearest is"),
        (["0x1" + 16 * "0"], "is no address: addresses have 64 bits here", ""),
        (["0x401000", "--at", "nowhere_at_all"], "nowhere_at_all", ""),
        (["0x401000", "--at", "main#7"], "main", ""),
    ],
)
def test_bad_input(ask: Ask, examples: Path, arguments: list[str], sentence: str, help_: str) -> None:
    require("gcc")
    outcome = ask("where", examples / "layout.c", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err and help_ in outcome.err
    assert "Traceback" not in outcome.err


def test_a_layout_at_a_moment_that_never_comes(ask: Ask, examples: Path) -> None:
    require("gcc")
    outcome = ask("layout", examples / "layout.c", "--at", "crash")
    assert (outcome.status, outcome.out) == (2, "")


def test_a_stripped_program_says_what_is_not_known(tmp_path: Path) -> None:
    require("gcc", "strip", "static libc")
    program = tmp_path / "program"
    program.write_bytes(build(PROGRAMS / "blocks.c", cc="gcc", cflags="-w", static=True).elf)
    output_of("strip", program)
    layout = stackglass.record(program).layout()
    assert layout.heap.unknown is not None and "malloc" in layout.heap.unknown
    assert layout.heap.blocks == ()
    assert layout.heap.end > layout.heap.start
