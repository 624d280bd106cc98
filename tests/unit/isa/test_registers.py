"""The register table against the emulator, pyelftools' register names and capstone's names of narrower parts."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import capstone
import pytest
from elftools.dwarf.descriptions import describe_reg_name

from stackglass import isa as isas
from stackglass.isa.table import Register

unicorn: Any = import_module("unicorn")  # the wheel's own type hints are half there
ISA = isas.get("x86_64")
_GENERAL = [register for register in ISA.registers if register.kind == "general"]
_SETTABLE = [register for register in ISA.registers if register.kind != "flags"]


@pytest.mark.parametrize("register", _SETTABLE, ids=lambda register: register.name)
def test_the_engine_number_is_that_register_and_no_other(register: Register) -> None:
    engine = unicorn.Uc(ISA.engine_arch, ISA.engine_mode)
    value = 0x1234_5678 & (1 << register.bits) - 1
    engine.reg_write(register.engine, value)
    named = getattr(unicorn.x86_const, f"UC_X86_REG_{register.name.upper()}")
    assert engine.reg_read(named) == value
    others = [other for other in _SETTABLE if other is not register]
    assert not any(engine.reg_read(other.engine) for other in others)


@pytest.mark.parametrize("register", _GENERAL, ids=lambda register: register.name)
def test_narrow_names_are_those_parts(register: Register) -> None:
    engine = unicorn.Uc(ISA.engine_arch, ISA.engine_mode)
    value = 0x8877_6655_4433_2211
    engine.reg_write(register.engine, value)
    for name, bits, shift in register.parts:
        number = getattr(unicorn.x86_const, f"UC_X86_REG_{name.upper()}")
        assert engine.reg_read(number) == value >> shift & (1 << bits) - 1
        assert ISA.full_name(name) == register.name


def test_every_general_register_name_of_capstone_is_known() -> None:
    disassembler = capstone.Cs(ISA.capstone_arch, ISA.capstone_mode)
    names = {disassembler.reg_name(number) for number in range(1, 300)}
    general = {f"{letter}{size}" for letter in "abcd" for size in "lhx"} | {"sil", "dil", "bpl", "spl", "r8d", "r15b"}
    assert general <= names
    assert all(ISA.full_name(name) for name in general)
    assert {part for register in _GENERAL for part, _, _ in register.parts} <= names


def test_flags_are_readable_under_their_number() -> None:
    engine = unicorn.Uc(ISA.engine_arch, ISA.engine_mode)
    engine.mem_map(0x1000, 0x1000)
    engine.mem_write(0x1000, bytes.fromhex("31c0"))  # xor eax, eax
    engine.emu_start(0x1000, 0, count=1)
    zero_and_parity = 0x44
    assert engine.reg_read(ISA.register("eflags").engine) & 0xFF & ~0x02 == zero_and_parity


def test_dwarf_numbers_are_those_of_the_psabi() -> None:
    spelled = {"eflags": "rflags", "fs_base": "fs.base", "gs_base": "gs.base", "fpcw": "fcw"}
    for register in ISA.registers:
        assert register.dwarf is not None
        assert describe_reg_name(register.dwarf, "x64") == spelled.get(register.name, register.name)
        assert ISA.by_dwarf(register.dwarf) is register


def test_callee_saved_registers() -> None:
    assert set(ISA.callee_saved) == {"rbx", "rbp", "r12", "r13", "r14", "r15"}


def test_part_names() -> None:
    assert ISA.part("rdi", 32) == "edi"
    assert ISA.part("r8", 8) == "r8b"
    assert ISA.part("rax", 8) == "al"
    assert ISA.part("xmm0", 64) == "xmm0"


@pytest.mark.parametrize("name", isas.names())
def test_dwarf_numbers_of_parts_are_no_register_s(name: str) -> None:
    isa = isas.get(name)
    for number, part in isa.dwarf_parts.items():
        assert isa.by_dwarf(number) is None
        told = isa.dwarf_part(number)
        assert told is not None
        register, spelled, bits, shift = told
        assert spelled == part and (part, bits, shift) in ((register.name, register.bits, 0), *register.parts)


def test_single_precision_registers_of_arm() -> None:
    """DWARF for the Arm Architecture, 4.1: 64 to 95, which gcc uses."""
    arm = isas.get("arm")
    assert arm.dwarf_part(64 + 15) == (arm.register("d7"), "s15", 32, 32)
    assert arm.dwarf_part(256 + 7) == (arm.register("d7"), "d7", 64, 0)
    assert arm.dwarf_part(63) is None
