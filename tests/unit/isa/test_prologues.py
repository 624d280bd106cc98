"""Where functions make their frames: as gdb tells it for a whole C library without line information."""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from stackglass import isa as isas
from stackglass.isa.thumb_prologue import frame_setup as thumb_frame_setup
from tests.needs import require

_COMPILERS = {
    "aarch64": "aarch64-linux-gnu-gcc",
    "arm": "arm-linux-gnueabi-gcc",
    "i386": "i686-linux-gnu-gcc",
    "powerpc": "powerpc-linux-gnu-gcc",
    "riscv64": "riscv64-linux-gnu-gcc",
}
_LONGEST = 132
_COMPARED = 300


def _functions(elf: ELFFile) -> Iterator[tuple[str, int, bytes]]:
    """(name, address, first bytes) of the functions whose names are theirs alone."""
    table, text = elf.get_section_by_name(".symtab"), elf.get_section_by_name(".text")
    assert isinstance(table, SymbolTableSection)
    assert text is not None
    low, code = text["sh_addr"], text.data()
    counts = Counter(symbol.name for symbol in table.iter_symbols())
    seen: set[int] = set()
    for symbol in table.iter_symbols():
        address, size = symbol["st_value"], symbol["st_size"]
        is_function = symbol["st_info"]["type"] == "STT_FUNC" and low <= address < low + len(code)
        if is_function and counts[symbol.name] == 1 and address not in seen and size > 4:
            seen.add(address)
            start = (address & -2) - low
            yield symbol.name, address, code[start : start + min(size, _LONGEST)]


def _told_by_gdb(elf: Path, names: list[str]) -> list[int | None]:
    """Where gdb puts a breakpoint on each function."""
    script = elf.with_suffix(".gdb")
    script.write_text("".join(f"echo next\\n\nbreak {name}\n" for name in names))
    command = ["gdb-multiarch", "-nx", "-batch", "-x", str(script), str(elf)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    answers = (re.search(r"Breakpoint \d+ at (0x[0-9a-f]+)", part) for part in output.split("next\n")[1:])
    return [int(found[1], 16) if found else None for found in answers]


def _is_call(code: bytes) -> bool:
    """Whether it is a bl of A32's: gdb goes over those of functions that it knows by name."""
    return code[3] == 0xEB


@pytest.mark.parametrize("name", _COMPILERS)
def test_prologues_end_where_gdb_says(name: str, tmp_path: Path) -> None:
    require(_COMPILERS[name], "gdb-multiarch")
    source, program = tmp_path / "hello.c", tmp_path / "hello"
    source.write_text('#include <stdio.h>\nint main(void) { return printf("%d", 1); }\n')
    subprocess.run([_COMPILERS[name], "-static", str(source), "-o", str(program)], check=True)
    with program.open("rb") as file:
        functions = list(_functions(ELFFile(file)))
    chosen = random.Random(3).sample(functions, min(_COMPARED, len(functions)))
    setup = isas.get(name).frame_setup
    assert setup is not None
    told = _told_by_gdb(program, [function for function, _, _ in chosen])
    assert len(told) == len(chosen)
    compared = [(*each, at) for each, at in zip(chosen, told, strict=True) if at is not None]
    assert len(compared) > _COMPARED / 2
    different = [
        (f, at - low, setup(code))
        for f, low, code, at in compared
        if setup(code) != at - low and not (name == "arm" and _is_call(code[setup(code) :]))
    ]
    assert not different


def test_a_prologue_of_enter_ends_where_gdb_says(tmp_path: Path) -> None:
    require(_COMPILERS["i386"], "gdb-multiarch")
    source, program = tmp_path / "enter.s", tmp_path / "enter"
    bodies = ["nop", "push %ebx", "push %ebx\npush %esi\nnop", "sub $16, %esp"]
    functions = [f"f{n}: enter $16, ${n & 1}\n{body}\nleave\nret\n" for n, body in enumerate(bodies)]
    types = "".join(f".type f{n}, %function\n" for n in range(len(bodies)))
    source.write_text(f".globl _start\n{types}_start:\n{''.join(functions)}")
    subprocess.run([_COMPILERS["i386"], "-static", "-nostdlib", str(source), "-o", str(program)], check=True)
    setup = isas.get("i386").frame_setup
    assert setup is not None
    with program.open("rb") as file:
        text = ELFFile(file).get_section_by_name(".text")
        table = ELFFile(file).get_section_by_name(".symtab")
        assert text is not None and isinstance(table, SymbolTableSection)
        low, code = text["sh_addr"], text.data()
        starts = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
    names = [f"f{n}" for n in range(len(bodies))]
    told = _told_by_gdb(program, names)
    assert told == [starts[name] + setup(code[starts[name] - low :]) for name in names]
    assert setup(code[starts["f2"] - low :]) == 6


_EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.mark.parametrize("flags", ["-O0 -march=armv7-a", "-O2 -march=armv7-a", "-Os -march=armv5t"])
def test_prologues_of_thumb_code_end_where_gdb_says(flags: str, tmp_path: Path) -> None:
    require("arm-linux-gnueabi-gcc", "gdb-multiarch")
    compared = 0
    for source in sorted(_EXAMPLES.glob("*.c")):
        program = tmp_path / source.stem
        command = ["arm-linux-gnueabi-gcc", "-mthumb", "-msoft-float", "-w", *flags.split(), str(source), "-lm"]
        if subprocess.run([*command, "-o", str(program)], check=False, capture_output=True).returncode:
            continue  # an example of another instruction set's
        with program.open("rb") as file:
            functions = list(_functions(ELFFile(file)))
        thumb = [(name, address & ~1, code) for name, address, code in functions if address & 1]
        for (name, low, code), at in zip(thumb, _told_by_gdb(program, [each[0] for each in thumb]), strict=True):
            if at is not None:
                assert thumb_frame_setup(code) == (at & ~1) - low, (source.name, name)
                compared += 1
    assert compared > 20
