"""The pattern tables of the instruction sets beside x86-64 against capstone, over the code of a whole C library."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import capstone
import pytest
from elftools.dwarf.descriptions import describe_reg_name
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from stackglass import isa as isas
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.patterns import WINDOW, classify
from tests.needs import require

FLAGS = {"thumb": ("-mthumb", "-march=armv7-a", "-mfloat-abi=soft")}
OTHERS = sorted(set(isas.emulated()) - {"x86_64"})
_GROUPS = {capstone.CS_GRP_JUMP, capstone.CS_GRP_CALL, capstone.CS_GRP_RET}
_UNKNOWN_TO_CAPSTONE = ("vpush", "vpop", "xbegin")
"""Capstone leaves SP out of what the first two write; the last is no jump here: transactions are not emulated."""


def program(isa: Isa, folder: Path, *flags: str) -> bytes:
    compiler = f"{isa.gnu_triplet}-gcc"
    require(compiler)
    source, output = folder / "all.c", folder / "all"
    source.write_text(
        '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { printf("%g", atof("1")); return 0; }\n'
    )
    subprocess.run([compiler, "-static", "-w", *flags, str(source), "-o", str(output)], check=True)
    return output.read_bytes()


def instructions(isa: Isa, elf: bytes) -> Iterator[tuple[Any, bool]]:
    """Every instruction of an ELF, and whether it is in the second encoding: mapping symbols tell code from data."""
    file = ELFFile(io.BytesIO(elf))
    table = file.get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection)
    marks = sorted((s["st_value"], s.name[:2]) for s in table.iter_symbols() if s.name[:2] in isa.mapping_symbols)
    for section in file.iter_sections():
        if not section["sh_flags"] & 4 or section["sh_type"] == "SHT_NOBITS":
            continue
        low, code = section["sh_addr"], section.data()
        inside = [mark for mark in marks if low <= mark[0] < low + len(code)] or [(low, "")]
        ends = [address for address, _ in inside[1:]] + [low + len(code)]
        for (start, kind), end in zip(inside, ends, strict=True):
            if kind != "$d":
                other = bool(isa.other_encoding and isa.other_encoding.mapping_symbols.get(kind))
                found = _engine(isa, other).disasm(code[start - low : end - low], start)
                yield from ((one, other) for one in found if one.id)


def _engine(isa: Isa, other: bool) -> capstone.Cs:
    mode = isa.other_encoding.capstone_mode if other and isa.other_encoding else isa.capstone_mode
    engine = capstone.Cs(isa.capstone_arch, mode)
    engine.detail = True
    engine.skipdata = not isa.mapping_symbols
    return engine


def complaints(isa: Isa, one: Any, other: bool) -> Iterator[str]:
    kind, delta = classify(isa, bytes(one.bytes), other_encoding=other)
    names = isa.writes(one) if isa.writes else {one.reg_name(number) for number in one.regs_access()[1]}
    written = {isa.full_name(name) for name in names}
    where = f"{one.address:#x} {one.mnemonic} {one.op_str}"
    if one.mnemonic in _UNKNOWN_TO_CAPSTONE:
        return
    if delta == 0 and isa.stack_pointer in written and kind is InstructionKind.PLAIN:
        yield f"{where}: writes {isa.stack_pointer}"
    if delta != 0 and isa.stack_pointer not in written and isa.return_register:
        yield f"{where}: doesn't write {isa.stack_pointer}, but {delta}"
    if kind is InstructionKind.PLAIN and (_GROUPS & set(one.groups) or isa.pc in written):
        yield f"{where}: plain"
    if kind is InstructionKind.CALL and isa.return_register and isa.return_register not in written:
        yield f"{where}: no call"


@pytest.mark.parametrize("name", [*OTHERS, "thumb"])
def test_a_whole_c_library_is_classified_as_capstone_does(name: str, tmp_path: Path) -> None:
    isa = isas.get("arm" if name == "thumb" else name)
    found: list[str] = []
    checked = 0
    for one, other in instructions(isa, program(isa, tmp_path, *FLAGS.get(name, ()))):
        found.extend(complaints(isa, one, other))
        checked += 1
    assert not found
    assert checked > 50_000


@pytest.mark.parametrize("name", OTHERS)
def test_every_pattern_fits_the_recorder_window(name: str) -> None:
    for pattern in isas.get(name).patterns:
        assert len(pattern.mask) == len(pattern.value) <= WINDOW
        assert all(value & ~mask == 0 for mask, value in zip(pattern.mask, pattern.value, strict=True))


@pytest.mark.parametrize("name", OTHERS)
def test_registers_have_unicorn_numbers_of_their_own(name: str) -> None:
    numbers = [register.engine for register in isas.get(name).registers if register.engine >= 0]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(("name", "machine"), [("i386", "x86"), ("arm", "ARM"), ("aarch64", "AArch64")])
def test_dwarf_numbers_of_general_registers_are_those_of_pyelftools(name: str, machine: str) -> None:
    general = [register for register in isas.get(name).registers if register.kind == "general"]
    for register in general:
        assert register.dwarf is not None
        assert describe_reg_name(register.dwarf, machine) in (register.name, *register.aliases)
    assert len(general) >= 8
