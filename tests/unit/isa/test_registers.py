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
    assert ISA.part("rdi", 24) == "edi"
    assert [isas.get("aarch64").part("x1", bits) for bits in (8, 16, 32, 64)] == ["w1", "w1", "w1", "x1"]
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


CALLEE_SAVED = {
    # System V ABI, AMD64 supplement 3.2.1; Intel386 supplement, "Registers and the Stack Frame"
    "x86_64": {"rbx", "rbp", "r12", "r13", "r14", "r15"},
    "i386": {"ebx", "esi", "edi", "ebp"},
    # AAPCS 6.1.1 and 6.1.2.1; AAPCS64 6.1.1 and 6.1.2
    "arm": {*(f"r{n}" for n in range(4, 11)), "fp", *(f"d{n}" for n in range(8, 16))},
    "aarch64": {*(f"x{n}" for n in range(19, 30)), *(f"v{n}" for n in range(8, 16))},
    # RISC-V ELF psABI, "Register Convention"; System V ABI, PowerPC supplement, 3: "Registers"
    "riscv64": {*(f"{kind}{n}" for kind in ("s", "fs") for n in range(12))},
    "powerpc": {*(f"{kind}{n}" for kind in "rf" for n in range(14, 32)), "cr"},
}


@pytest.mark.parametrize("name", isas.emulated())
def test_callee_saved_registers_are_the_abi_s(name: str) -> None:
    assert set(isas.get(name).callee_saved) == CALLEE_SAVED[name]


@pytest.mark.parametrize(
    ("isa", "preserved", "lost"),
    [
        ("aarch64", ("v8", "d15", "s8", "x19"), ("v0", "d7", "x18")),
        ("powerpc", ("cr", "cr2", "cr4", "r14", "f31"), ("cr0", "cr1", "cr1eq", "cr5", "f13", "lr")),
        ("arm", ("d8", "s16", "s31"), ("d7", "s15", "d16")),
    ],
)
def test_of_some_registers_a_part_is_preserved(isa: str, preserved: tuple[str, ...], lost: tuple[str, ...]) -> None:
    assert all(isas.get(isa).is_preserved(name) for name in preserved)
    assert not any(isas.get(isa).is_preserved(name) for name in lost)


@pytest.mark.parametrize(("flags", "size"), [(0x0, None), (0x2, 4), (0x4, 8)])
def test_riscv_abis_preserve_of_floating_registers_what_they_pass_in_them(flags: int, size: int | None) -> None:
    variant = isas.by_elf_machine("EM_RISCV", 64, flags)
    assert variant is not None
    assert variant.is_callee_saved("fs3") is (size is not None)
    assert size is None or variant.saved_bytes("fs3") == size
