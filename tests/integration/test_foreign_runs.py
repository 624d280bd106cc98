"""Programs of other instruction sets do as guests what they do in qemu's user mode: output, errors, status, signal.

Both C libraries: glibc by a cross gcc, musl by zig's compiler.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.errors import BadImage
from tests import guests
from tests.needs import qemu, require

ISAS = sorted(set(isas.emulated()) - {"x86_64"})
PROGRAMS = sorted(path.name for path in guests.SOURCES.glob("*.c"))
NOT_COMPARED = {
    "arguments.c": "qemu turns the environment round, and has another AT_PLATFORM",
    "mappings.c": "qemu's mremap and MAP_FIXED_NOREPLACE differ from Linux's",
    "vectors.c": "SSE",
}
FLAGS = {"folders.c": ("-D_FILE_OFFSET_BITS=64",)}
"""What 32-bit programs need to read folders of a file system with large inode numbers."""
WITHOUT_GLIBC = {
    ("i386", "floats.c"): "the engine's fprem is less exact: docs/limits.md",
    ("powerpc", "floats.c"): "qemu refuses mffscrni, which older processors take for mffs; musl has none",
}


WITH_MUSL = ("ending.c", "files.c", "heap.c", "jumps.c", "times.c", "variadic.c")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where programs are built, once."""
    return tmp_path_factory.mktemp("foreign")


def check(name: str, isa: str, linkage: str, built: Path, folder: Path) -> None:
    emulator = qemu(isa)
    require(emulator)
    program = guests.program(name)
    program = guests.with_flags(program, FLAGS.get(name, ()))
    elf = guests.build(program, built, linkage, isa)
    for place in ("native", "guest"):
        (folder / place).mkdir()
    expected = guests.run_natively(elf, program, folder / "native", emulator)
    guest = guests.guest(elf, program, folder / "guest")
    assert guest.ran() == expected
    assert guest.kernel.unsupported == {}


@pytest.mark.parametrize(
    ("isa", "name"),
    [(isa, name) for isa in ISAS for name in PROGRAMS if name not in NOT_COMPARED and (isa, name) not in WITHOUT_GLIBC],
)
def test_with_glibc(isa: str, name: str, built: Path, tmp_path: Path) -> None:
    check(name, isa, "static", built, tmp_path)


@pytest.mark.parametrize(
    ("isa", "name"), [*((isa, name) for isa in ISAS for name in WITH_MUSL), ("powerpc", "floats.c")]
)
def test_with_musl(isa: str, name: str, built: Path, tmp_path: Path) -> None:
    check(name, isa, "musl", built, tmp_path)


@pytest.mark.parametrize("source", ["call.c", "vector.cpp"])
@pytest.mark.parametrize("isa", ISAS)
def test_dynamic_programs_run_with_the_cross_compilers_libraries(isa: str, source: str, examples: Path) -> None:
    triplet = isas.get(isa).gnu_triplet
    require(f"{triplet}-gcc", f"{triplet}-g++")
    static = stackglass.record(examples / source, isa=isa)
    dynamic = stackglass.record(examples / source, isa=isa, static=False, root=f"/usr/{triplet}")
    assert dynamic.output == static.output
    assert (dynamic.exit_status, dynamic.fault) == (static.exit_status, None)
    assert not dynamic.unsupported_system_calls
    own = [frame.function for frame in dynamic.at("deepest").frames if not frame.library]
    assert own == [frame.function for frame in static.at("deepest").frames if not frame.library]


@pytest.mark.parametrize("isa", [isa for isa in ISAS if isa != "i386"])  # whose loader may be among the host's own
def test_where_the_libraries_are_is_said(isa: str, examples: Path) -> None:
    triplet = isas.get(isa).gnu_triplet
    require(f"{triplet}-gcc")
    with pytest.raises(BadImage, match="needs the loader") as caught:
        stackglass.record(examples / "call.c", isa=isa, static=False, root="/usr/share")
    assert caught.value.help == f"link it with -static, or give --root /usr/{triplet}"


def test_hard_float_programs_run_with_their_own_libraries(examples: Path, tmp_path: Path) -> None:
    """Their ABI is a variant of ARM's: --isa names them, and their loader is for their machine."""
    require("arm-linux-gnueabihf-gcc")
    program = tmp_path / "floating"
    subprocess.run(["arm-linux-gnueabihf-gcc", "-g", str(examples / "floating.c"), "-o", str(program)], check=True)
    dynamic = stackglass.record(program, isa="arm", root="/usr/arm-linux-gnueabihf")
    assert (dynamic.exit_status, dynamic.fault) == (0, None)
    assert dynamic.output == stackglass.record(examples / "floating.c", isa="arm").output
    with pytest.raises(BadImage, match="needs the loader") as caught:
        stackglass.record(program, root="/usr/share")
    assert caught.value.help == "link it with -static, or give --root /usr/arm-linux-gnueabihf"
