"""The table of instruction patterns against capstone (what kind, does it write rsp) and the emulator (by how much)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import capstone
import pytest
from capstone import x86_const as cs
from elftools.elf.elffile import ELFFile

from stackglass import isa as isas
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.patterns import WINDOW, classify, normalise

unicorn: Any = import_module("unicorn")  # the wheel's own type hints are half there
ISA = isas.get("x86_64")
_VECTOR_EXTENSIONS = (0xC4, 0xC5, 0x62)
"""VEX and EVEX: not emulated, and none of them writes rsp."""
_PRIVILEGED = ("int", "int1", "int3", "sysenter", "sysexit", "iret", "iretd", "iretq", "sysret", "sysretq", "hlt")
_JUMPS_UNKNOWN_TO_CAPSTONE = ("loop", "loope", "loopne")


def _disassembler() -> capstone.Cs:
    engine = capstone.Cs(ISA.capstone_arch, ISA.capstone_mode)
    engine.detail = True
    return engine


def _expected_kind(instruction: capstone.CsInsn) -> InstructionKind | None:
    groups = set(instruction.groups)
    if cs.X86_GRP_CALL in groups:
        return InstructionKind.CALL
    if cs.X86_GRP_RET in groups:
        return InstructionKind.RETURN
    if instruction.mnemonic in _JUMPS_UNKNOWN_TO_CAPSTONE or (
        cs.X86_GRP_JUMP in groups and instruction.id != cs.X86_INS_XBEGIN
    ):
        return InstructionKind.JUMP
    if instruction.id == cs.X86_INS_SYSCALL:
        return InstructionKind.SYSTEM_CALL
    if instruction.mnemonic in ("rdtsc", "rdtscp", "rdrand", "rdseed"):
        return InstructionKind.EMULATED
    if any(prefix in instruction.bytes[:4] for prefix in (0xF2, 0xF3)) and _is_string(instruction):
        return InstructionKind.REPEATED
    return InstructionKind.PLAIN


def _is_string(instruction: capstone.CsInsn) -> bool:
    return instruction.opcode[0] in (*range(0xA4, 0xA8), *range(0xAA, 0xB0)) and instruction.opcode[1] == 0


def _complaints(instruction: capstone.CsInsn) -> Iterator[str]:
    kind, delta = classify(ISA, bytes(instruction.bytes))
    where = f"{bytes(instruction.bytes).hex()} {instruction.mnemonic} {instruction.op_str}"
    if kind is not _expected_kind(instruction):
        yield f"{where}: {kind!r}"
    _, written = instruction.regs_access()
    if delta == 0 and "rsp" in {ISA.full_name(instruction.reg_name(number)) for number in written}:
        yield f"{where}: writes rsp"


def _own_libc() -> Path:
    """The C library that this very process runs on: 300,000 real instructions, on every machine."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = {line.split(maxsplit=5)[5] for line in lines if line.count("/")}
    return Path(next(path for path in sorted(paths) if "libc.so" in path or "libc-" in path or "ld-musl" in path))


def test_real_code_is_classified_as_capstone_does() -> None:
    with _own_libc().open("rb") as file:
        text = ELFFile(file).get_section_by_name(".text")
        assert text is not None
        code, start = text.data(), text["sh_addr"]
    disassembler = _disassembler()
    complaints: list[str] = []
    checked = 0
    for offset in range(0, len(code), max(1, len(code) // 60)):
        for instruction in disassembler.disasm(code[offset : offset + 2000], start + offset):
            if instruction.bytes[0] not in _VECTOR_EXTENSIONS and instruction.mnemonic not in _PRIVILEGED:
                complaints.extend(_complaints(instruction))
                checked += 1
    assert not complaints
    assert checked > 15_000


def _random_code(source: random.Random) -> bytes:
    prefix = source.choice([b"", b"", b"\x66", b"\xf3", b"\xf2", b"\x66\xf2", b"\x2e"])
    rex = source.choice([b"", b"", bytes([source.randrange(0x40, 0x50)])])
    escape = source.choice([b"", b"", b"\x0f", b"\x0f\x38", b"\x0f\x3a"])
    modrm = source.choice([0xC4, 0xE0, 0xE4, 0xCC, source.randrange(256)])
    return (prefix + rex + escape + source.randbytes(1) + bytes([modrm]) + source.randbytes(12))[:15]


def _is_out_of_reach(instruction: capstone.CsInsn) -> bool:
    """Privileged instructions, vector ones that aren't emulated, and a `movsd` that capstone 5 mistakes for SSE's."""
    return (
        instruction.mnemonic in _PRIVILEGED
        or instruction.mnemonic.startswith("v")
        or "dr" in instruction.op_str
        or "cr" in instruction.op_str
        or (instruction.mnemonic == "movsd" and not instruction.opcode[1])
    )


def test_random_code_is_classified_as_capstone_does() -> None:
    source = random.Random(2)
    disassembler = _disassembler()
    complaints: list[str] = []
    checked = 0
    while checked < 15_000:
        instruction = next(disassembler.disasm(_random_code(source), 0x1000), None)
        if instruction is None or instruction.bytes[0] in _VECTOR_EXTENSIONS or _is_out_of_reach(instruction):
            continue
        checked += 1
        complaints.extend(_complaints(instruction))
    assert not complaints


@pytest.mark.parametrize(
    "code",
    [
        "e800000000",  # call
        "ff1550000000",  # call through memory
        "ffd0",  # call rax
        "41ffd3",  # call r11
        "c3",
        "f3c3",
        "f2c3",
        *(f"{opcode:02x}" for opcode in range(0x50, 0x60) if opcode != 0x5C),
        "4154",
        "415c",
        "4850",
        "6a05",
        "6a80",
        "6800010000",
        "4889e6",
        "4883c410",
        "c8200000",  # enter
        "c8000700",
        "c8200001",
        "66c8200000",
    ],
)
def test_a_fixed_stack_delta_is_what_the_emulator_does(code: str) -> None:
    raw = bytes.fromhex(code)
    engine = unicorn.Uc(ISA.engine_arch, ISA.engine_mode)
    engine.mem_map(0x1000, 0x1000)
    engine.mem_map(0x8000, 0x2000)
    engine.mem_write(0x1000, raw)
    engine.mem_write(0x8000, (0x1000).to_bytes(8, "little") * 0x400)
    engine.reg_write(ISA.register("rsp").engine, 0x9000)
    for register in ("rax", "r11"):
        engine.reg_write(ISA.register(register).engine, 0x1800)
    engine.emu_start(0x1000, 0, count=1)
    moved = engine.reg_read(ISA.register("rsp").engine) - 0x9000
    assert classify(ISA, raw).stack_delta in (None, moved)


@pytest.mark.parametrize(
    "code", ["66 50", "66 58", "66 6a 05", "66 68 00 01", "5c", "c9", "c8 20 00 01", "48 83 c4 10", "4c 89 dc"]
)
def test_what_moves_rsp_otherwise_has_it_read(code: str) -> None:
    assert classify(ISA, bytes.fromhex(code)).stack_delta is None


@pytest.mark.parametrize(
    ("code", "normal"),
    [
        ("50", "000000 50"),
        ("48 50", "000048 50"),
        ("f3 48 a5", "f30048 a5"),
        ("66 f2 41 0f 10", "f26641 0f10"),
        ("48 66 50", "006600 50"),  # REX not right before the opcode: ignored
        ("f3 f2 a4", "f20000 a4"),
        ("64 48 8b 04 25", "000048 8b0425"),
    ],
)
def test_prefixes_find_their_places(code: str, normal: str) -> None:
    assert ISA.prefixes is not None
    assert normalise(ISA.prefixes, bytes.fromhex(code)) == bytes.fromhex(normal)


def test_every_pattern_fits_the_recorder_window() -> None:
    for pattern in ISA.patterns:
        assert len(pattern.mask) == len(pattern.value) <= WINDOW
        assert all(value & ~mask == 0 for mask, value in zip(pattern.mask, pattern.value, strict=True))
