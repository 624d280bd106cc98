"""The table of system calls: prototypes parse, names exist in Linux, arguments come in the registers' order."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest
from system_calls import syscalls

from stackglass import isa as isas
from stackglass.emulator.kernel import abi
from stackglass.emulator.kernel.registry import ENTRIES, Entry, Parameter, system_call
from tests.unit.emulator.kernel.small_machine import SmallMachine


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.name)
def test_every_entry_is_a_system_call_of_linux(entry: Entry) -> None:
    renamed = {new for name in isas.emulated() for new in abi.of(isas.get(name)).renamed.values()}
    assert entry.name in syscalls().names() or entry.name in renamed
    assert len(entry.parameters) <= 6
    names = list(inspect.signature(entry.handler).parameters)
    assert names == ["kernel", *(parameter.name for parameter in entry.parameters)]
    assert entry.words.endswith(".")


@pytest.mark.parametrize("prototype", ["read", "read(int)", "read(float x)", "read(int x", "9(int x)", "read(int x y)"])
def test_prototypes_that_do_not_parse(prototype: str) -> None:
    with pytest.raises(ValueError, match="not a prototype"):
        system_call(prototype)


def test_one_answer_each() -> None:
    with pytest.raises(ValueError, match="two answers to read"):
        system_call("read()")(lambda kernel: 0)
    assert ENTRIES["read"].topic == "reading"


KINDS = Entry(
    "kinds", tuple(Parameter(kind, kind) for kind in ("int", "uint", "long", "word", "offset")), lambda: 0, "", ""
)


def test_arguments_are_taken_as_their_kinds_say() -> None:
    machine = SmallMachine()
    for register in machine.kernel.isa.system_calls.arguments:
        machine.registers.write(register, 0xFFFF_FFFF_FFFF_FFFE)
    assert machine.kernel.arguments(KINDS) == [-2, 0xFFFF_FFFE, -2, 0xFFFF_FFFF_FFFF_FFFE, -2]


@pytest.mark.parametrize(
    ("wide", "order", "expected"),
    [
        ("pair", "little", [1, 0x3_0000_0002, 4]),
        ("aligned pair", "little", [1, 0x4_0000_0003, 5]),
        ("aligned pair", "big", [1, 0x3_0000_0004, 5]),
    ],
)
def test_wide_arguments_of_32_bit_instruction_sets(wide: str, order: str, expected: list[int]) -> None:
    machine = SmallMachine()
    kernel = machine.kernel
    kernel.isa = replace(kernel.isa, word_size=4, byte_order=order)  # type: ignore[arg-type]
    kernel.abi = replace(kernel.abi, wide_arguments=wide)  # type: ignore[arg-type]
    kernel._mask = 0xFFFF_FFFF
    for value, register in enumerate(kernel.isa.system_calls.arguments, start=1):
        machine.registers.write(register, value)
    parameters = (Parameter("int", "fd"), Parameter("offset", "position"), Parameter("int", "last"))
    assert kernel.arguments(Entry("call", parameters, lambda: 0, "", "")) == expected


def test_structures_have_the_size_that_the_c_library_takes() -> None:
    values = dict.fromkeys((name for name, _ in (*abi.of(SmallMachine().kernel.isa).stat, *abi.STATX)), 0)
    assert len(abi.pack(abi.of(SmallMachine().kernel.isa).stat, "little", values)) == 144
    assert len(abi.pack(abi.STATX, "little", values)) == 256
    with pytest.raises(KeyError):
        abi.pack(abi.STATX, "little", {})
