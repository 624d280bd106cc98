"""Code may be anything, data among it too: whatever bytes an instruction has, taking it apart never fails."""

from __future__ import annotations

import random

import pytest

from stackglass import isa as isas
from stackglass.explain.decoding import decode
from stackglass.stack.code import Code, decode_one

ENCODINGS = [
    pytest.param(name, other, id=f"{name}{'-other' * other}")
    for name in isas.emulated()
    for other in ((False, True) if isas.get(name).other_encoding else (False,))
]


@pytest.mark.parametrize(("name", "other"), ENCODINGS)
def test_any_bytes_are_taken_apart(name: str, other: bool) -> None:
    isa, source = isas.get(name), random.Random(17)
    for one in Code(isa, 0x1000, source.randbytes(40_000), other_encoding=other):
        assert one.end > one.pc


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("aarch64", "0000408425804485"),  # ld1 and ldr of SVE: predicate and z registers
        ("aarch64", "9c62627d"),  # str h28, [x20, #0x1890]
        ("aarch64", "4fc5521d"),  # cpyfmwt [x15]!, [x18]!, x10!: more operands than capstone writes
        ("powerpc", "7df6e829"),  # lwarx r15, r22, r29, 1: a hint behind the memory
        ("powerpc", "7d910120"),  # mtocrf
    ],
)
def test_instructions_with_unusual_operands_are_taken_apart(name: str, code: str) -> None:
    isa, raw = isas.get(name), bytes.fromhex(code)
    decode_one(isa, 0x1000, raw)
    assert decode(isa, 0x1000, raw).text
