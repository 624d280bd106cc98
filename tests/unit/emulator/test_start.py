"""The process start: laid out as the kernel does it for a native program, explained to the byte."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.debuginfo.image import Image
from stackglass.emulator import loader, start
from stackglass.emulator.kernel import Exited, World
from stackglass.emulator.memory import Memory
from stackglass.errors import UsageError
from stackglass.model import PointeeKind
from tests import guests
from tests.needs import require
from tests.unit.emulator import elf_writer
from tests.unit.emulator.elf_writer import LOAD, Part
from tests.unit.emulator.kernel.small_machine import ISA, Unwatched

WORD = 8
PROGRAM = Image.parse(elf_writer.write([Part(LOAD, "r-x", 0x401000, b"\x90" * 100, 0x1000)], entry=0x401004), "prog")


def begun(
    arguments: tuple[str, ...] = ("prog", "one"), environment: dict[str, str] | None = None, **world: object
) -> tuple[start.Begun, Memory]:
    memory = Memory(Unwatched())
    given_world = World(arguments=arguments, **world)  # type: ignore[arg-type]
    loaded = loader.load(PROGRAM, memory, world=given_world, stack_size=1 << 20)
    return start.begin(loaded, memory, ISA, given_world, environment or {"A": "1"}), memory


class Dump(NamedTuple):
    """A process start as a program finds it: SP, the bytes from there to the end, and what they mean."""

    sp: int
    data: bytes

    @property
    def end(self) -> int:
        return self.sp + len(self.data)

    def word(self, at: int) -> int:
        return int(struct.unpack_from("<Q", self.data, at * WORD)[0])

    def text(self, address: int) -> bytes:
        return self.data[address - self.sp :].partition(b"\0")[0]

    def pointers(self, at: int) -> list[int]:
        """The words from number `at` up to a zero."""
        found = []
        while self.word(at):
            found.append(self.word(at))
            at += 1
        return found

    @property
    def argv(self) -> list[int]:
        return self.pointers(1)

    @property
    def envp(self) -> list[int]:
        return self.pointers(2 + len(self.argv))

    @property
    def auxv(self) -> dict[int, int]:
        """In the order in which the entries lie, without AT_NULL."""
        at = 3 + len(self.argv) + len(self.envp)
        found = {}
        while self.word(at):
            found[self.word(at)] = self.word(at + 1)
            at += 2
        return found

    @property
    def words_end(self) -> int:
        """The address behind AT_NULL's pair."""
        return self.sp + (3 + len(self.argv) + len(self.envp) + 2 * len(self.auxv) + 2) * WORD


PATH, PLATFORM, RANDOM = 31, 15, 25
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "EMPTY": "", "LAST": "x" * 40}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dump, Dump]:
    """The start of one program run natively, and run by us."""
    require("gcc")
    folder = tmp_path_factory.mktemp("start")
    elf = folder / "start_dump"
    source = guests.SOURCES / "start_dump.S"
    subprocess.run(["gcc", "-static", "-nostdlib", str(source), "-o", str(elf)], check=True)
    arguments = (str(elf), "one", "", "three words here")
    native = subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, check=True).stdout
    world = World(files={str(elf): elf.read_bytes()}, program=str(elf), arguments=arguments)
    guest = guests.Guest(elf.read_bytes(), "start_dump", world, environment=ENVIRONMENT)
    assert guest.run() == Exited(0)
    ours = bytes(guest.written[1])
    found = [Dump(struct.unpack_from("<Q", data)[0], data[8:]) for data in (native, ours)]
    return found[0], found[1]


def test_argument_and_environment_strings_lie_as_in_a_native_process(dumps: tuple[Dump, Dump]) -> None:
    native, ours = dumps
    for dump in dumps:
        assert dump.end % 4096 == 0
        assert dump.word(0) == len(dump.argv) == 4
        assert dump.sp % 16 == 0
    lowest = native.argv[0] - native.end
    assert ours.data[lowest:] == native.data[lowest:], "all bytes from the first argument's on"
    for part in ("argv", "envp"):
        offsets = [[pointer - dump.end for pointer in getattr(dump, part)] for dump in dumps]
        assert offsets[0] == offsets[1]
    assert ours.auxv[PATH] - ours.end == native.auxv[PATH] - native.end


def test_auxv_has_the_native_order_and_values(dumps: tuple[Dump, Dump]) -> None:
    native, ours = dumps
    left_out = {33, 51, 27, 28}  # no vDSO, no AT_MINSIGSTKSZ, no rseq
    assert [code for code in native.auxv if code not in left_out] == list(ours.auxv)
    differ = {11, 12, 13, 14, 16, 26, PATH, PLATFORM, RANDOM}  # users, the processor, places
    for code in ours.auxv.keys() - differ:
        assert ours.auxv[code] == native.auxv[code], f"auxv entry {code}"
    assert ours.text(ours.auxv[PLATFORM]) == native.text(native.auxv[PLATFORM]) == b"x86_64"


def test_platform_and_random_bytes_lie_in_the_native_order(dumps: tuple[Dump, Dump]) -> None:
    for dump in dumps:
        platform, random = dump.auxv[PLATFORM], dump.auxv[RANDOM]
        assert random + 16 == platform
        assert (platform + len(b"x86_64\0")) % 16 == 0
        assert dump.words_end <= random < platform < dump.argv[0]
        assert random - dump.words_end < 16
        assert not any(dump.data[dump.words_end - dump.sp : random - dump.sp])


@given(
    st.lists(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20), max_size=6),
    st.dictionaries(st.from_regex(r"[A-Z]{1,8}", fullmatch=True), st.text("ab=/ é", max_size=30), max_size=5),
)
def test_items_explain_every_byte(arguments: list[str], environment: dict[str, str]) -> None:
    found, memory = begun(tuple(arguments), environment)
    at = ISA.stack_top
    for item in found.items:
        assert item.address + item.size == at, "items tile, high addresses first"
        at = item.address
        assert len(item.bytes) == item.size
        assert memory.read(item.address, item.size) == item.bytes
    assert at == found.registers["rsp"]
    assert at % 16 == 0
    for item in found.items:
        if item.points_to is not None and item.size in (8, 16):
            assert int.from_bytes(item.bytes[-8:], "little") == item.points_to.address


def test_items_say_what_things_are() -> None:
    found, _ = begun(("prog", 'a"b\n'), {"LANG": "C"}, program="/bin/prog")
    items = {item.name: item for item in found.items}
    assert [item.name for item in reversed(found.items)][:8] == [
        "argc",
        "argv[0]",
        "argv[1]",
        "argv[2]",
        "envp[0]",
        "envp[1]",
        "AT_HWCAP",
        "AT_PAGESZ",
    ]
    assert (items["argc"].value, items["argv[2]"].value, items["AT_PAGESZ"].value) == ("2", "0", "4096")
    pointee = items["argv[1]"].points_to
    assert pointee is not None
    assert (pointee.kind, pointee.text) == (PointeeKind.STRING, 'a"b\\n')
    assert pointee.address == items["string of argv[1]"].address
    assert items["string of envp[0]"].value == '"LANG=C"'
    assert items["program's path"].bytes == b"/bin/prog\0"
    entry = items["AT_ENTRY"].points_to
    assert entry is not None
    assert entry.address == PROGRAM.entry


def test_registers_at_the_start() -> None:
    registers = begun()[0].registers
    assert registers["rip"] == PROGRAM.entry
    assert (registers["mxcsr"], registers["fpcw"], registers["eflags"]) == (0x1F80, 0x37F, 0x202)
    zeros = {name for name, value in registers.items() if value == 0}
    assert zeros == {register.name for register in ISA.registers if register.kind == "general"} - {"rsp"}


def test_random_bytes_come_from_the_seed() -> None:
    def random(seed: int) -> bytes:
        return next(item.bytes for item in begun(seed=seed)[0].items if item.name == "random bytes")

    assert random(0) == random(0) != random(1)
    assert len(random(0)) == 16


def test_too_many_arguments() -> None:
    with pytest.raises(UsageError, match="more than a quarter of the stack"):
        begun(("prog", "x" * (1 << 19)))


def test_no_arguments_at_all() -> None:
    found, _ = begun(())
    assert next(item.value for item in found.items if item.name == "argc") == "0"


def test_bytes_that_are_no_text_pass_through(tmp_path: Path) -> None:
    found, _ = begun(("prog", b"\xff\xfe".decode("utf-8", "surrogateescape")))
    assert next(item.bytes for item in found.items if item.name == "string of argv[1]") == b"\xff\xfe\0"
