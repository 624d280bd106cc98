"""Argument passing against what compilers do: random signatures, called, with registers and stack looked at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackglass.isa.passing import ArgumentType, Implied
from stackglass.isa.places import PlaceReader
from stackglass.isa.x86_64 import ISA
from tests.needs import require
from tests.unit.isa import signatures as gen
from tests.unit.isa.machines import HIDDEN_SIZE, MACHINES, Layout, Machine

assert ISA.assign is not None
assign = ISA.assign

INT = ArgumentType("integer", 4, 4)
LONG = ArgumentType("integer", 8, 8)
CHAR = ArgumentType("integer", 1, 1)
WIDE = ArgumentType("integer", 16, 16)
FLOAT = ArgumentType("float", 4, 4)
DOUBLE = ArgumentType("float", 8, 8)
LONG_DOUBLE = ArgumentType("long double", 16, 16)
OBJECT = ArgumentType("memory", 8, 8)


def struct(size: int, *members: tuple[int, ArgumentType], align: int = 8) -> ArgumentType:
    return ArgumentType("aggregate", size, align, members)


def _places(*arguments: ArgumentType, result: ArgumentType | None = None) -> list[tuple[str, ...] | int | None]:
    """For each argument its registers, or its offset on the stack."""
    return [place.registers or place.stack_offset for place in assign(arguments, result, None).arguments]


def _check(machine: Machine, compiler: str, optimisation: str, count: int, folder: Path) -> int:
    """Compiles and runs `count` signatures; asserts every value byte; gives how many were looked at."""
    generator = gen.Generator(11, machine, compiler)
    signatures = [gen.signature(generator) for _ in range(count)]
    source, program = folder / "signatures.c", folder / "signatures"
    source.write_text(gen.source(machine, generator.definitions, signatures))
    for command in machine.commands(compiler, str(source), str(program), optimisation):
        subprocess.run(command, check=True)
    output = subprocess.run([*machine.emulator, str(program)], check=True, capture_output=True).stdout
    checked = 0
    for number, signature in enumerate(signatures):
        size = gen.record_size(machine)
        record, output = output[:size], output[size:]
        checked += _check_arguments(machine, number, signature, record)
        if signature.result is not None:
            size = gen.result_size(machine) + HIDDEN_SIZE
            checked += _check_result(machine, number, signature, output[:size])
            output = output[size:]
    assert not output
    return checked


def _registers(machine: Machine, layout: Layout, record: bytes) -> dict[str, int]:
    found, at = {}, 0
    for name, size in layout:
        found[name] = int.from_bytes(record[at : at + size], machine.isa.byte_order)
        at += size
    return found


def _check_arguments(machine: Machine, number: int, signature: gen.Signature, record: bytes) -> int:
    assert machine.isa.assign is not None
    declared = signature.declared_result
    types = [argument.abi for argument in signature.arguments]
    places = machine.isa.assign(types, None if declared is None else declared.abi, signature.named)
    registers = _registers(machine, machine.arguments, record)
    stack_at = machine.stack_at
    stack_pointer = int.from_bytes(record[stack_at - machine.isa.word_size : stack_at], machine.isa.byte_order)

    def memory(address: int, size: int) -> bytes | None:
        low = stack_at + address - stack_pointer
        return record[low : low + size] if stack_at <= low <= len(record) - size else None

    reader = PlaceReader(machine.isa.byte_order, registers.get, memory, stack_pointer)
    checked = 0
    for index, (argument, value) in enumerate(zip(signature.arguments, signature.values, strict=True)):
        place = places.arguments[index]
        described = f"f{number} argument {index}, {argument}: {place}"
        checked += _check_bytes(argument, value, reader.value(place, argument.abi.size), described)
    if places.hidden_result_pointer is not None:
        assert reader.address(places.hidden_result_pointer) is not None, f"f{number}"
    for implied in places.implied:
        _check_implied(machine, implied, registers)
    return checked


def _check_implied(machine: Machine, implied: Implied, registers: dict[str, int]) -> None:
    full = machine.isa.register(machine.isa.full_name(implied.register) or "")
    part = next(((bits, shift) for name, bits, shift in full.parts if name == implied.register), (8, 0))
    assert registers[full.name] >> part[1] & (1 << part[0]) - 1 == implied.value


def _check_bytes(kind: gen.CType, value: bytes, found: bytes | None, described: str) -> int:
    assert found is not None or not kind.abi.size, described
    for byte in kind.value_bytes:
        assert found is not None
        assert found[byte] == value[byte], f"byte {byte} of {described}"
    return len(kind.value_bytes)


def _check_result(machine: Machine, number: int, signature: gen.Signature, record: bytes) -> int:
    assert machine.isa.assign is not None
    assert signature.result is not None
    places = machine.isa.assign([], signature.result.abi, None)
    assert places.result is not None
    size = signature.result.abi.size
    registers = _registers(machine, machine.results, record)
    reader = PlaceReader(machine.isa.byte_order, registers.get, lambda address, size: None, 0)
    hidden = record[gen.result_size(machine) :][:size]
    found = hidden if places.result.by_reference else reader.value(places.result, size)
    assert (places.hidden_result_pointer is not None) == places.result.by_reference
    return _check_bytes(signature.result, signature.result_value, found, f"g{number}, {signature.result}: {places}")


_CASES = [
    (machine, compiler, optimisation)
    for machine in MACHINES
    for compiler, optimisation in (("gcc", "-O0"), ("gcc", "-O2"), (machine.other_compiler, "-O1"))
]


@pytest.mark.parametrize(("machine", "compiler", "optimisation"), _CASES, ids=lambda part: getattr(part, "name", part))
def test_arguments_are_where_the_compiler_puts_them(
    machine: Machine, compiler: str, optimisation: str, tmp_path: Path
) -> None:
    require(compiler, *machine.needs)
    assert _check(machine, compiler, optimisation, count=100, folder=tmp_path) > 5_000


def test_six_integers_then_the_stack() -> None:
    expected = [("rdi",), ("rsi",), ("rdx",), ("rcx",), ("r8",), ("r9",), 0, 8]
    assert _places(*[INT] * 8) == expected


def test_sorts_of_registers_are_counted_apart() -> None:
    assert _places(INT, DOUBLE, LONG, FLOAT) == [("rdi",), ("xmm0",), ("rsi",), ("xmm1",)]


def test_a_result_in_memory_takes_the_first_register() -> None:
    places = assign([INT], struct(24, (0, LONG), (8, LONG), (16, LONG)), None)
    assert places.hidden_result_pointer is not None
    assert places.hidden_result_pointer.registers == ("rdi",)
    assert places.arguments[0].registers == ("rsi",)
    assert places.result is not None
    assert (places.result.registers, places.result.by_reference) == (("rax",), True)


def test_a_struct_that_does_not_fit_leaves_the_register_to_the_next() -> None:
    pair = struct(16, (0, LONG), (8, LONG))
    assert _places(*[LONG] * 5, pair, LONG, LONG) == [("rdi",), ("rsi",), ("rdx",), ("rcx",), ("r8",), 0, ("r9",), 16]
    reason = assign([*[LONG] * 5, pair], None, None).arguments[5].reason
    assert reason == "it needs two integer registers and only one is left, so it goes on the stack (psABI 3.2.3)"


def test_a_mixed_struct_is_split() -> None:
    assert _places(struct(16, (0, DOUBLE), (8, CHAR))) == [("xmm0", "rdi")]
    place = assign([struct(12, (0, INT), (4, FLOAT), (8, FLOAT), align=4)], None, None).arguments[0]
    assert place.registers == ("rdi", "xmm0")
    assert "bytes 0 to 7 hold integers: rdi; bytes 8 to 11 hold floating point: xmm0" in place.reason


def test_unaligned_members_go_in_memory() -> None:
    assert _places(struct(9, (0, CHAR), (1, LONG), align=1)) == [0]


def test_wide_integers_and_long_doubles() -> None:
    assert _places(LONG, WIDE, LONG_DOUBLE, LONG_DOUBLE) == [("rdi",), ("rsi", "rdx"), 0, 16]
    assert _places(*[LONG] * 7, LONG_DOUBLE)[6:] == [0, 16]


def test_an_object_with_a_destructor_goes_by_reference() -> None:
    places = assign([OBJECT, INT], OBJECT, None)
    assert places.hidden_result_pointer is not None
    assert places.hidden_result_pointer.registers == ("rdi",)
    assert [(place.registers, place.by_reference) for place in places.arguments] == [
        (("rsi",), True),
        (("rdx",), False),
    ]


def test_variadic_calls_tell_how_many_vector_registers() -> None:
    (implied,) = assign([LONG, DOUBLE, DOUBLE], None, 1).implied
    assert implied[:2] == ("rax", 2)
    assert assign([LONG, DOUBLE], None, None).implied == ()


def test_every_place_says_why() -> None:
    kinds = [INT, WIDE, DOUBLE, LONG_DOUBLE, OBJECT, struct(0), struct(40, (0, LONG)), struct(8, (0, FLOAT), (4, INT))]
    for result in (None, *kinds):
        places = assign(kinds, result, None)
        reasons = [place.reason for place in (*places.arguments, places.result) if place is not None]
        assert all(reason.endswith("(psABI 3.2.3)") for reason in reasons)


_CXX_CALLER = """
struct Kept { long value; ~Kept() {} };
struct Plain { long value; };
struct Empty {};
extern "C" void both(Kept, Plain, Empty, int);
int main() { both(Kept{0x9abc}, Plain{0x1234}, Empty(), 0x5678); }
"""
_C_CALLEE = """
#include <stdio.h>
void both(long *rdi, long rsi, long rdx) { printf("%lx %lx %lx", *rdi, rsi, rdx); }
"""


def test_cxx_classes_are_passed_as_gxx_does(tmp_path: Path) -> None:
    """A class with a destructor by its address, a plain one by value, an empty one not at all."""
    require("g++")
    (tmp_path / "caller.cc").write_text(_CXX_CALLER)
    (tmp_path / "callee.c").write_text(_C_CALLEE)
    subprocess.run(["gcc", "-c", "callee.c"], cwd=tmp_path, check=True)
    subprocess.run(["g++", "caller.cc", "callee.o", "-o", "program"], cwd=tmp_path, check=True)
    printed = subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, check=True).stdout
    assert printed == "9abc 1234 5678"
    places = assign([OBJECT, struct(8, (0, LONG)), struct(1, align=1), INT], None, None).arguments
    assert [place.registers for place in places] == [("rdi",), ("rsi",), (), ("rdx",)]
    assert [place.by_reference for place in places] == [True, False, False, False]
