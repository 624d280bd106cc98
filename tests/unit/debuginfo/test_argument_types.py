"""What DWARF tells of random C types, as argument passing sees it, against what their source says."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from stackglass.debuginfo.argument_types import argument_type
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.target import Target
from stackglass.isa.passing import ArgumentType, CallPlaces
from tests.needs import require
from tests.unit.isa.machines import MACHINES, Machine
from tests.unit.isa.signatures import CType, Generator, support


def _target(program: Path) -> Target:
    image = Image.parse(program.read_bytes(), str(program))
    target = Target(image.isa)
    target.add(image, 0)
    return target


def _parameters(target: Target, function: str) -> list[ArgumentType]:
    (found,) = target.functions_named(function)
    subprogram: Any = found.subprogram
    return [argument_type(parameter.type, target.isa) for parameter in subprogram.parameters()]


def _source(machine: Machine, definitions: list[str], types: list[CType]) -> str:
    functions = [f"void f{number}({kind.spelling} x) {{}}" for number, kind in enumerate(types)]
    return "\n".join([support(machine), *definitions, *functions, "void _start(void) {}"])


_CASES = [(machine, compiler) for machine in MACHINES for compiler in ("gcc", machine.other_compiler)]


@pytest.mark.parametrize(("machine", "compiler"), _CASES, ids=lambda part: getattr(part, "name", part))
def test_c_types(machine: Machine, compiler: str, tmp_path: Path) -> None:
    require(compiler, *machine.needs)
    generator = Generator(7, machine, compiler)
    types = [kind for kind in (generator.type() for _ in range(150)) if _is_told(kind, machine, compiler)]
    source, program = tmp_path / "types.c", tmp_path / "types"
    source.write_text(_source(machine, generator.definitions, types))
    for command in machine.commands(compiler, str(source), str(program), "-gdwarf-5"):
        subprocess.run(command, check=True)
    target = _target(program)
    assert target.isa.title == machine.isa.title
    for number, kind in enumerate(types):
        (found,) = _parameters(target, f"f{number}")
        assert found.size == kind.abi.size
        assert _passing(machine, found) == _passing(machine, kind.abi), (kind, found)


def _is_told(kind: CType, machine: Machine, compiler: str) -> bool:
    """Whether what the compiler says of a type is enough to know how it is aligned."""
    return not kind.is_packed_unseen and not (kind.asks_alignment and compiler in machine.dwarf_without_alignment)


def _passing(machine: Machine, kind: ArgumentType) -> tuple[CallPlaces, ...]:
    """Where a type goes as an argument and as a result, when there is room and when there is little."""
    assign = machine.isa.assign
    assert assign is not None
    word = ArgumentType("integer", machine.isa.word_size, machine.isa.word_size)
    number = ArgumentType("float", 8, machine.isa.alignments.get(("float", 8), 8))
    full = [*[word] * 3, *[number] * 7, kind, kind]
    return assign([kind, kind], kind, None), assign(full, None, None), assign([word, kind, kind], None, 1)


_CXX_TYPES = {
    "Colour": ("integer", 4),
    "Empty": ("aggregate", 1),
    "Plain": ("aggregate", 16),
    "Derived": ("aggregate", 24),
    "Bits": ("aggregate", 4),
    "int &": ("pointer", 8),
    "int Plain::*": ("pointer", 8),
    "Method": ("aggregate", 16),
    "decltype(nullptr)": ("pointer", 8),
    "bool": ("integer", 1),
    "Constructed": ("aggregate", 4),
    "Defaulted": ("aggregate", 4),
    "MoveOnly": ("aggregate", 4),
    "DefaultedLater": ("memory", 4),
    "Kept": ("memory", 4),
    "Copied": ("memory", 4),
    "Holder": ("memory", 12),
    "Virtual": ("memory", 16),
    "FromVirtual": ("memory", 16),
    "Template<int>": ("memory", 4),
}
_CXX = """
enum class Colour { red };
struct Empty {};
struct Plain { int a; double b; void f() {} };
struct Derived : Plain { int c; };
struct Bits { unsigned a : 3; unsigned b : 13; char c; };
typedef void (Plain::*Method)();
struct Constructed { int a; Constructed() {} Constructed(int) {} };
struct Defaulted { int a; Defaulted(const Defaulted &) = default; ~Defaulted() = default; };
struct MoveOnly { int a; MoveOnly(const MoveOnly &) = delete; MoveOnly(MoveOnly &&) = default; };
struct DefaultedLater { int a; ~DefaultedLater(); };
DefaultedLater::~DefaultedLater() = default;
struct Kept { int a; ~Kept() {} };
struct Copied { int a; Copied() {} Copied(const Copied &) {} };
struct Holder { Kept kept[3]; };
struct Virtual { virtual int f() { return 1; } int a; };
struct FromVirtual : Virtual {};
template <class T> struct Template { T a; Template(const Template &other) : a(other.a) {} };
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_cxx_types(compiler: str, tmp_path: Path) -> None:
    require(compiler)
    source, program = tmp_path / "types.cc", tmp_path / "types"
    functions = [f"void f{number}({spelling} x) {{ (void)x; }}" for number, spelling in enumerate(_CXX_TYPES)]
    source.write_text("\n".join([_CXX, *functions, "int main() { return 0; }"]))
    # A class whose functions nobody uses is only declared, unless asked for.
    always = {"g++": "-femit-class-debug-always", "clang++": "-fstandalone-debug"}[compiler]
    subprocess.run([compiler, "-g", "-w", always, str(source), "-o", str(program)], check=True)
    target = _target(program)
    found = {name: _parameters(target, f"f{number}")[0] for number, name in enumerate(_CXX_TYPES)}
    assert {name: (kind.kind, kind.size) for name, kind in found.items()} == _CXX_TYPES
    assert found["Empty"].members == ()
    assert [offset for offset, _ in found["Derived"].members] == [0, 8, 16]
    assert [offset for offset, _ in found["Method"].members] == [0, 8]
