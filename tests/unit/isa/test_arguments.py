"""Argument passing against what gcc and clang do: random signatures, called, with registers and stack looked at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackglass.isa.table import ArgumentType, Place
from stackglass.isa.x86_64 import ISA
from tests.needs import require
from tests.unit.isa import signatures as gen

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


def _check(compiler: str, flags: list[str], seed: int, count: int, folder: Path) -> int:
    """Compiles and runs `count` signatures; asserts every value byte; gives how many were looked at."""
    generator = gen.Generator(seed, wide=compiler == "gcc")
    signatures = [gen.signature(generator) for _ in range(count)]
    source = folder / "signatures.c"
    source.write_text(gen.source(generator.definitions, signatures))
    program = folder / "signatures"
    subprocess.run([compiler, "-w", *flags, str(source), "-o", str(program)], check=True)
    output = subprocess.run([str(program)], check=True, capture_output=True).stdout
    checked = 0
    for number, signature in enumerate(signatures):
        record, output = output[: gen.RECORD_SIZE], output[gen.RECORD_SIZE :]
        checked += _check_arguments(number, signature, record)
        if signature.result is not None:
            size = gen.RESULT_SIZE + gen.HIDDEN_SIZE
            checked += _check_result(number, signature, output[:size])
            output = output[size:]
    assert not output
    return checked


def _check_arguments(number: int, signature: gen.Signature, record: bytes) -> int:
    result = signature.result.abi if signature.result and signature.result.spelling[:2] in ("st", "un") else None
    places = assign([argument.abi for argument in signature.arguments], result, signature.named)
    registers = dict(zip(gen.REGISTERS, (record[at : at + 8] for at in range(0, 56, 8)), strict=True))
    registers |= {f"xmm{n}": record[56 + 16 * n : 72 + 16 * n] for n in range(8)}
    stack = record[-gen.STACK_BYTES :]
    checked = 0
    for index, (argument, value) in enumerate(zip(signature.arguments, signature.values, strict=True)):
        found = _passed_bytes(argument.abi, places.arguments[index], registers, stack)
        for byte in argument.value_bytes:
            described = f"f{number} argument {index}, {argument}, byte {byte}: {places.arguments[index]}"
            assert found[byte] == value[byte], described
            checked += 1
    if signature.named is not None:
        ((register, vectors, _),) = places.implied
        assert (register, vectors) == ("rax", registers["rax"][0])
    return checked


def _passed_bytes(abi: ArgumentType, place: Place, registers: dict[str, bytes], stack: bytes) -> bytes:
    if place.stack_offset is not None:
        return stack[place.stack_offset : place.stack_offset + abi.size]
    if len(place.registers) == 1:
        return registers[place.registers[0]]
    return b"".join(registers[name][:8] for name in place.registers)


def _check_result(number: int, signature: gen.Signature, record: bytes) -> int:
    assert signature.result is not None
    place = assign([], signature.result.abi, None).result
    assert place is not None
    found = _returned_bytes(place, record)
    for byte in signature.result.value_bytes:
        described = f"g{number}, {signature.result}, byte {byte}: {place}"
        assert found[byte] == signature.result_value[byte], described
    return len(signature.result.value_bytes)


def _returned_bytes(place: Place, record: bytes) -> bytes:
    if place.by_reference:
        return record[gen.RESULT_SIZE :]
    registers = {
        "rax": record[:8],
        "rdx": record[8:16],
        "xmm0": record[16:32],
        "xmm1": record[32:48],
        "st0": record[48:64],
        "st1": record[64:80],
    }
    if len(place.registers) == 1:
        return registers[place.registers[0]]
    width = 16 if "st1" in place.registers else 8
    return b"".join(registers[name][:width] for name in place.registers)


@pytest.mark.parametrize("optimisation", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_arguments_are_where_the_compiler_puts_them(compiler: str, optimisation: str, tmp_path: Path) -> None:
    require(compiler)
    assert _check(compiler, [optimisation], seed=11, count=200, folder=tmp_path) > 10_000


def test_six_integers_then_the_stack() -> None:
    expected = [("rdi",), ("rsi",), ("rdx",), ("rcx",), ("r8",), ("r9",), 0, 8]
    assert _places(*[INT] * 8) == expected


def test_sorts_of_registers_are_counted_apart() -> None:
    assert _places(INT, DOUBLE, LONG, FLOAT) == [("rdi",), ("xmm0",), ("rsi",), ("xmm1",)]


def test_a_result_in_memory_takes_the_first_register() -> None:
    places = assign([INT], struct(24, (0, LONG), (8, LONG), (16, LONG)), None)
    assert places.hidden_result_pointer == "rdi"
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
    assert places.hidden_result_pointer == "rdi"
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
