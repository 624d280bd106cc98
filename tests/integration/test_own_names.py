"""Whose a name in static storage is: the program's own, or a library's; where only the symbol table has it too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.model.layout import NamedSymbol, SymbolKind
from stackglass.views.where_words import told
from tests.needs import require

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
BARE = """
        .globl _start
        .text
_start: mov table(%rip), %edi
        call finish
finish: mov $60, %eax
        syscall
        .data
table:  .long 3, 5
        .type typed, @object
        .size typed, 4
typed:  .long 7
        .globl shown
shown:  .long 9
        .bss
        .lcomm room, 64
"""
HOSTED = """
        .globl main
        .text
main:   mov table(%rip), %eax
        xor %eax, %eax
        ret
        .data
table:  .long 3, 5
        .globl shown
shown:  .long 9
        .bss
        .lcomm room, 64
        .section .note.GNU-stack, "", @progbits
"""
VARIABLES = {"table", "shown", "room"}


def own_data(recording: stackglass.Recording) -> dict[str, NamedSymbol]:
    symbols = [one for one in recording.layout().symbols if not one.library]
    return {one.name: one for one in symbols if one.kind is not SymbolKind.FUNCTION}


def compiler(isa: str) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")


@pytest.mark.parametrize("debug", ["-g", ""])
def test_all_that_a_program_without_a_library_has_is_its_own(tmp_path: Path, debug: str) -> None:
    require("gcc", "nm")
    source, program = tmp_path / "bare.s", tmp_path / "bare"
    source.write_text(BARE)
    command = ["gcc", *debug.split(), "-nostdlib", "-static", str(source), "-o", str(program)]
    subprocess.run(command, check=True, capture_output=True)
    names = own_data(stackglass.record(program))
    assert names.keys() - {"__bss_start", "_edata", "_end"} == VARIABLES | {"typed"}
    assert own_data(stackglass.record(source)).keys() == VARIABLES | {"typed"}
    listed = subprocess.run(["nm", str(program)], check=True, capture_output=True, text=True).stdout
    places = {name: int(address, 16) for address, _, name in map(str.split, listed.splitlines())}
    assert {name: one.address for name, one in names.items()}.items() <= places.items()


@pytest.mark.parametrize("static", [True, False])
def test_an_assemblers_variables_are_told_from_the_librarys(tmp_path: Path, static: bool) -> None:
    require("gcc", *(["static libc"] if static else []))
    source = tmp_path / "hosted.s"
    source.write_text(HOSTED)
    recording = stackglass.record(source, static=static)
    assert own_data(recording).keys() == VARIABLES
    symbols = {one.symbol: one for one in recording.layout().symbols}
    assert {symbols[name].library for name in ("data_start", "__dso_handle", "_IO_stdin_used")} == {True}


@pytest.mark.parametrize("isa", isas.emulated())
def test_what_a_c_program_has_in_assembly_is_its_own(isa: str) -> None:
    compiler(isa)
    recording = stackglass.record(PROGRAMS / "layout" / "assembled.c", isa=isa, static=True)
    assert own_data(recording).keys() == {"mine", "table", "room"}


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_what_a_shared_object_defines_is_its_own_where_the_program_has_a_copy(tmp_path: Path, cc: str) -> None:
    require(cc)
    source = tmp_path / "copied.c"
    source.write_text('#include <stdio.h>\nint mine = 4;\nint main(void) { return fputs("", stdout) < 0; }\n')
    recording = stackglass.record(source, cc=cc, static=False, cflags="-no-pie -fno-pie")
    assert own_data(recording).keys() == {"mine"}
    assert "stdout" in {one.name for one in recording.layout().symbols if one.image == recording.program}


# thread-local variables


@pytest.mark.parametrize("isa", isas.emulated())
def test_thread_local_variables_have_types_and_owners(isa: str) -> None:
    compiler(isa)
    thread_local(stackglass.record(PROGRAMS / "tls.c", isa=isa))


def test_thread_local_variables_are_told_by_clang_too() -> None:
    require("clang", "static libc")
    thread_local(stackglass.record(PROGRAMS / "tls.c", cc="clang"))


def thread_local(recording: stackglass.Recording) -> None:
    found = [one for one in recording.layout().symbols if one.kind is SymbolKind.THREAD_LOCAL and not one.library]
    assert {(one.name, one.type, one.owner, one.line) for one in found} == {
        ("first", "char", None, 3),
        ("counted", "long", None, 4),
        ("zeroed", "int", None, 5),
        ("calls", "int", "next", 9),
    }


PARTS = """
#include <stdio.h>
struct pair { int a, b[4]; };
static __thread struct pair two;
int main(void)
{
    static __thread long counts[3] = {1};
    printf("%p %p\\n", (void *)&two.b[2], (void *)&counts[1]);
    return two.a;
}
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_part_of_a_thread_local_variable_is_told(tmp_path: Path, isa: str) -> None:
    compiler(isa)
    source = tmp_path / "parts.c"
    source.write_text(PARTS)
    recording = stackglass.record(source, isa=isa)
    places = [recording.where(int(word, 16), "end") for word in recording.output.split()]
    assert [place.pointee.name for place in places] == ["two.b[2]", "counts[1] in main"]
    assert [told(place).name for place in places] == ["two.b[2]", "counts[1]"]
