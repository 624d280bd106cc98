"""Instructions taken apart."""

from __future__ import annotations

import pytest

from stackglass import isa as isas
from stackglass.explain.decoding import decode
from stackglass.isa.instructions import InstructionKind
from tests.unit.explain.bench import ISA


def test_a_store() -> None:
    store = decode(ISA, 0x1000, bytes.fromhex("c745fc03000000") + b"\x90")
    assert (store.text, store.mnemonic, store.next_pc) == ("mov dword ptr [rbp - 4], 3", "mov", 0x1007)
    memory, three = store.operands
    assert (memory.kind, memory.size, memory.base, memory.displacement) == ("memory", 4, "rbp", -4)
    assert (three.kind, three.value) == ("immediate", 3)
    assert store.reads == {"rbp"}
    assert not store.writes


def test_a_call() -> None:
    call = decode(ISA, 0x1000, bytes.fromhex("e8fb000000"))
    assert (call.kind, call.target) == (InstructionKind.CALL, 0x1100)


def test_prefixes_are_not_part_of_the_mnemonic() -> None:
    assert decode(ISA, 0, bytes.fromhex("f348ab")).mnemonic == "stos"
    assert decode(ISA, 0, bytes.fromhex("f3a5")).mnemonic == "movs"
    assert decode(ISA, 0, bytes.fromhex("f20f1000")).mnemonic == "movsd"
    assert decode(ISA, 0, bytes.fromhex("f00fc103")).mnemonic == "xadd"


def test_thread_local_memory_has_its_segment() -> None:
    load = decode(ISA, 0, bytes.fromhex("64488b042528000000"))
    assert (load.operands[1].segment, load.operands[1].displacement) == ("fs_base", 0x28)


def test_flags_are_told_apart_from_registers() -> None:
    compare = decode(ISA, 0, bytes.fromhex("39d8"))
    assert compare.writes_flags
    assert not compare.writes
    assert not decode(ISA, 0, bytes.fromhex("89d8")).writes_flags


def test_bytes_that_are_no_instruction() -> None:
    bad = decode(ISA, 0x1000, bytes.fromhex("06"))
    assert (bad.text, bad.next_pc) == ("(bad)", 0x1001)


@pytest.mark.parametrize(
    ("isa", "other", "code", "text"),
    [
        ("powerpc", False, "7c60226c", ".long 0x7c60226c"),  # eciwx
        ("aarch64", False, "ffffffff", ".long 0xffffffff"),
        ("arm", False, "f0ffffff", ".long 0xfffffff0"),
        ("arm", True, "ffffffff", ".long 0xffffffff"),
        ("arm", True, "00b8", ".short 0xb800"),
        ("riscv64", False, "0b000000", ".long 0x0000000b"),  # of the custom ones
        ("riscv64", False, "0080", ".short 0x8000"),
    ],
)
def test_an_instruction_that_is_not_known_has_the_size_of_one(isa: str, other: bool, code: str, text: str) -> None:
    raw = bytes.fromhex(code)
    unknown = decode(isas.get(isa), 0x1000, raw + bytes(16), other_encoding=other)
    assert not unknown.known
    assert (unknown.code, unknown.text) == (raw, text)
