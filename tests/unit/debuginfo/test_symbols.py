"""Symbols: equal to readelf's; functions that don't overlap, stubs by name, labels of assembly."""

from __future__ import annotations

import itertools
import re
import subprocess
from pathlib import Path

import pytest

from stackglass.debuginfo.image import Image
from stackglass.debuginfo.symbols import FunctionRange, Symbol, Symbols, _without_overlaps
from tests.needs import require
from tests.unit.debuginfo.building import Build, Built

ROW = re.compile(r"^ *\d+: ([0-9a-f]+) +(\d+|0x\w+) (\w+) +(\w+) +\w+ +(\w+) (\S+)")
KINDS = {
    "FUNC": "function",
    "OBJECT": "object",
    "NOTYPE": "notype",
    "IFUNC": "ifunc",
    "GNU_IFUNC": "ifunc",
    "TLS": "tls",
}


def readelf_symbols(built: Built) -> list[tuple[str, int, int, str, bool]]:
    require("readelf")
    command = ["readelf", "-sW", str(built.path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("'.symtab'")[1]
    rows = [match.groups() for line in text.splitlines() if (match := ROW.match(line))]
    return [
        (name.split("@")[0], int(address, 16), int(size, 0), KINDS[kind], binding != "LOCAL")
        for address, size, kind, binding, index, name in rows
        if kind in KINDS and index not in ("UND", "ABS")
    ]


@pytest.mark.parametrize("flags", ["", "-static"])
def test_symbols_are_readelfs(build: Build, flags: str) -> None:
    if flags:
        require("static libc")
    built = build("scopes.c", "gcc", *flags.split())
    found = [(s.name, s.address, s.size, s.kind, s.is_global) for s in built.module.symbols.all]
    assert found == readelf_symbols(built)
    assert len(found) > 20


@pytest.mark.parametrize("flags", ["", "-static"])
def test_functions_do_not_overlap(build: Build, flags: str) -> None:
    if flags:
        require("static libc")
    symbols = build("scopes.c", "gcc", *flags.split()).module.symbols
    functions = symbols.functions()
    assert all(function.low < function.high for function in functions)
    assert all(before.high <= after.low for before, after in itertools.pairwise(functions))
    for function in functions:
        assert symbols.function_at(function.low) == function
        assert symbols.function_at(function.high - 1) == function
    starts = {f.low for f in functions}
    assert all(s.address in starts for s in symbols.all if s.kind == "function")


@pytest.mark.parametrize("compiler", ["gcc", "i686-linux-gnu-gcc"])
def test_stubs_are_named_as_objdump_names_them(compiler: str, build: Build) -> None:
    require("objdump", compiler)
    for flags in ("", "-fcf-protection -Wl,-z,ibtplt", "-no-pie", "-Wl,-z,now"):
        built = build("prologues.c", compiler, *flags.split())
        command = ["objdump", "-d", "-j", ".plt", "-j", ".plt.sec", str(built.path)]
        text = subprocess.run(command, capture_output=True, text=True).stdout
        expected = {int(low, 16): name for low, name in re.findall(r"^([0-9a-f]+) <(\w+)@plt>:", text, re.MULTILINE)}
        assert expected
        stubs = {f.low: f for f in built.module.symbols.functions() if f.stub}
        named = {low: stubs[low].name.removesuffix("@plt") for low in expected}
        assert named == expected


def test_stubs_in_text_are_named_as_objdump_names_them(build: Build) -> None:
    require("powerpc-linux-gnu-gcc")
    built = build("prologues.c", "powerpc-linux-gnu-gcc", "-no-pie")
    text = subprocess.run(["powerpc-linux-gnu-objdump", "-d", str(built.path)], capture_output=True, text=True).stdout
    lines = re.findall(r"bl +([0-9a-f]+) <(\w+)@plt>", text)
    expected = {int(low, 16): name for low, name in lines} or _stubs_by_hand(text, built.path)
    stubs = {f.low: f.name.removesuffix("@plt") for f in built.module.symbols.functions() if f.stub}
    assert expected
    assert {low: stubs.get(low) for low in expected} == expected


def _stubs_by_hand(text: str, path: Path) -> dict[int, str]:
    """Of stubs that objdump doesn't name: the slot that each loads from, and readelf's name of that."""
    relocations = subprocess.run(["readelf", "-rW", str(path)], capture_output=True, text=True).stdout
    slots = {int(at, 16): name for at, name in re.findall(r"^([0-9a-f]+) .*JMP_SLOT +\w+ +(\w+)", relocations, re.M)}
    stub = r"^([0-9a-f]+):.*lis +r11,(\d+)\n.*lwz +r11,(-?\d+)\(r11\)\n.*mtctr +r11\n.*bctr"
    found = {int(low, 16): (int(high) << 16) + int(rest) for low, high, rest in re.findall(stub, text, re.M)}
    return {low: slots[slot] for low, slot in found.items() if slot in slots}


def test_stubs_of_a_static_program(build: Build) -> None:
    """They lead to functions whose implementation is chosen at start-up: memcpy, strlen …"""
    require("static libc")
    stubs = [f.name for f in build("scopes.c", "gcc", "-static").module.symbols.functions() if f.name.endswith("@plt")]
    assert "strlen@plt" in stubs
    assert "strcpy@plt" in stubs
    assert all(re.fullmatch(r"\w+@plt", name) for name in stubs)


def test_labels_of_assembly(build: Build) -> None:
    built = build("assembly.s", "gcc", "-nostdlib", "-static")
    functions = built.module.symbols.functions()
    assert [function.name for function in functions] == ["_start", "with_type", "plain_label", "framed"]
    for before, after in itertools.pairwise(functions):
        assert before.high <= after.low
    label = next(s for s in built.module.symbols.all if s.name == "again")
    inside = built.module.symbols.function_at(label.address)
    assert inside is not None
    assert inside.name == "plain_label"


def test_objects(build: Build) -> None:
    symbols = build("scopes.c").module.symbols
    (symbol,) = symbols.named("global")
    assert symbols.object_at(symbol.address + 3) == (symbol, 3)
    assert symbols.object_at(0) is None
    assert symbols.named("nothing") == []
    assert {s.kind for s in symbols.named("per_thread")} == {"tls"}
    assert symbols.object_at(symbols.named("per_thread")[0].address) is None


def test_the_name_that_a_user_knows_wins(build: Build) -> None:
    require("static libc")
    symbols = build("scopes.c", "gcc", "-static").module.symbols
    (printf,) = [f for f in symbols.functions() if f.name == "printf"]
    assert symbols.other_names(printf.low)[0] == "printf"
    assert "_IO_printf" in symbols.other_names(printf.low)


def test_one_function_inside_another_cuts_it() -> None:
    ranges = [FunctionRange(0, 100, "outer", False), FunctionRange(40, 50, "inner", False)]
    assert _without_overlaps(ranges) == [FunctionRange(0, 40, "outer", False), FunctionRange(40, 50, "inner", False)]


def test_a_stripped_program_has_its_dynamic_symbols(build: Build) -> None:
    built = build("scopes.c", "gcc", "-s", "-rdynamic")
    names = {symbol.name for symbol in built.module.symbols.all}
    assert "shadows" in names
    assert isinstance(built.module.symbols.all[0], Symbol)
    assert Symbols(built.image).function_at(0) is None


def test_a_label_that_is_called_is_a_function_and_one_that_is_jumped_to_is_not(tmp_path: Path) -> None:
    require("gcc")
    source = tmp_path / "labels.S"
    source.write_text(
        ".globl _start\n_start: mov $3, %edi\nloop: call work\n dec %edi\n jnz loop\nhang: jmp hang\n"
        "work: nop\nagain: ret\n.section .note.GNU-stack\n"
    )
    elf = tmp_path / "labels"
    subprocess.run(["gcc", "-nostdlib", "-static", str(source), "-o", str(elf)], check=True)
    functions = Symbols(Image.parse(elf.read_bytes(), "labels")).functions()
    assert [function.name for function in functions] == ["_start", "work"]
    assert functions[0].high == functions[1].low
