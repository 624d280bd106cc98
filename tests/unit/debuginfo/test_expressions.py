"""DWARF expressions, operation by operation (DWARF 5, 2.5 and 2.6)."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.debuginfo.call_sites import register_of
from stackglass.debuginfo.expressions import (
    Context,
    InMemory,
    InRegister,
    OptimisedOut,
    Piece,
    Pieces,
    Place,
    Value,
    evaluate,
    evaluate_value,
)
from stackglass.debuginfo.operations import operations
from stackglass.errors import BadDebugInfo, UnreadableMemory

MEMORY = {0x1000: b"\x11\x22\x33\x44\x55\x66\x77\x88"}
REGISTERS = {6: 0x7000, 7: 0x6F00, 0: 0xFFFFFFFFFFFFFFFF}


def read_memory(address: int, size: int) -> bytes:
    if address not in MEMORY:
        raise UnreadableMemory(address, size)
    return MEMORY[address][:size]


CONTEXT = Context(
    register=REGISTERS.__getitem__,
    read_memory=read_memory,
    cfa=0x7010,
    frame_base=b"\x56",  # DW_OP_reg6
    tls=lambda offset: 0x9000 + offset,
    entry_value=lambda expression: {b"\x55": 42}.get(expression),
    bias=0x100000,
)


def place(text: str, context: Context = CONTEXT) -> Place:
    """What the expression with these bytes, in hex, describes."""
    return evaluate(bytes.fromhex(text), context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("91 6c", InMemory(0x6FEC)),  # fbreg -20
        ("9c", InMemory(0x7010)),  # call_frame_cfa
        ("76 70", InMemory(0x6FF0)),  # breg6 -16
        ("77 08", InMemory(0x6F08)),
        ("92 06 08", InMemory(0x7008)),  # bregx
        ("03 00 20 00 00 00 00 00 00", InMemory(0x102000)),  # addr, with the bias
        ("55", InRegister(5)),
        ("90 11", InRegister(17)),  # regx
        ("0a 00 10 06", InMemory(0x8877665544332211)),  # const2u 0x1000, deref
        ("0a 00 10 94 02", InMemory(0x2211)),  # deref_size
        ("08 05 9f", Value(5)),  # const1u, stack_value
        ("09 ff 9f", Value(0xFFFFFFFFFFFFFFFF)),  # const1s -1
        ("9e 04 01 02 03 04", Value(b"\x01\x02\x03\x04")),  # implicit_value
        ("08 10 9b", InMemory(0x9010)),  # form_tls_address
        ("08 10 e0", InMemory(0x9010)),  # GNU_push_tls_address
        ("a3 01 55 9f", Value(42)),  # entry_value(reg5)
        ("f3 01 55 31 22 9f", Value(43)),  # GNU_entry_value(reg5), lit1, plus
        ("53 93 08 51 93 04", Pieces((Piece(InRegister(3), 64), Piece(InRegister(1), 32)))),
        ("91 00 93 04 93 04", Pieces((Piece(InMemory(0x7000), 32), Piece(OptimisedOut("optimised out"), 32)))),
        ("53 9d 0c 04", Pieces((Piece(InRegister(3), 12, 4),))),  # bit_piece
        ("96 96 30 9f", Value(0)),  # nops
        ("", OptimisedOut("optimised out")),
        ("76 00 f0", InMemory(0x7000)),  # GNU_uninit
    ],
)
def test_places(text: str, expected: Place) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0e 00 00 00 00 00 80 20 40 9f", Value(0x4020800000000000)),  # const8u, stack_value: the double 8.25
        ("11 7c 9f", Value(0xFFFFFFFFFFFFFFFC)),  # consts -4, stack_value: of a long long
        ("11 7c 9f 93 08", Pieces((Piece(Value(0xFFFFFFFFFFFFFFFC), 64),))),
        ("11 7c 96 9f", Value(0xFFFFFFFC)),  # what operations have made has as many bits as an address
        ("0e 00 00 00 00 01 00 00 00 31 22 9f", Value(1)),
    ],
)
def test_a_constant_is_told_in_full_where_addresses_are_smaller(text: str, expected: Place) -> None:
    """clang for 32-bit machines."""
    assert place(text, dataclasses.replace(CONTEXT, address_size=4)) == expected


@pytest.mark.parametrize(
    ("operations_", "result"),
    [
        ("33 34 22", 7),  # plus
        ("33 34 1c", -1),  # minus
        ("33 34 1e", 12),  # mul
        ("09 f9 32 1b", -3),  # -7 div 2, signed and towards 0
        ("37 32 1d", 1),  # mod
        ("33 1f", -3),  # neg
        ("09 fd 19", 3),  # abs
        ("30 20", -1),  # not
        ("3c 3a 1a", 8),  # and
        ("3c 3a 21", 14),  # or
        ("3c 3a 27", 6),  # xor
        ("31 34 24", 16),  # shl
        ("09 f0 34 25", 0x0FFFFFFFFFFFFFFF),  # shr of -16 by 4
        ("09 f0 32 26", -4),  # shra
        ("31 08 41 24", 0),  # shl by 65
        ("33 23 81 01", 132),  # plus_uconst 129
        ("33 33 29", 1),  # eq
        ("09 ff 31 2d", 1),  # -1 < 1
        ("09 ff 31 2b", 0),  # -1 > 1
        ("31 31 2a", 1),  # ge
        ("31 32 2c", 1),  # le
        ("31 32 2e", 1),  # ne
        ("31 32 12 22 22", 5),  # dup
        ("31 32 14 1c 1c", 0),  # over: 1 - (2 - 1)
        ("31 32 33 15 02", 1),  # pick 2
        ("31 32 13", 1),  # drop
        ("35 32 16 1c", -3),  # swap
        ("31 32 33 17 1c 1c", 4),  # rot: 3 1 2
        ("31 28 01 00 96 35", 5),  # bra forward over a nop
        ("30 28 02 00 35 9f", 5),  # bra not taken
        ("2f 01 00 06 35", 5),  # skip over a deref
        ("10 80 80 04", 0x10000),  # constu
        ("11 80 7f", -128),  # consts
        ("0c ff ff ff ff", 0xFFFFFFFF),
        ("0d ff ff ff ff", -1),
        ("0e 01 00 00 00 00 00 00 80", 0x8000000000000001),
    ],
)
def test_arithmetic(operations_: str, result: int) -> None:
    assert evaluate_value(bytes.fromhex(operations_), CONTEXT) == result % (1 << 64)


@pytest.mark.parametrize(
    ("text", "context", "reason"),
    [
        ("73 00", CONTEXT, "register 3 isn't known"),
        ("91 00", replace(CONTEXT, frame_base=None), "no frame base"),
        ("9c", replace(CONTEXT, cfa=None), "no canonical frame address"),
        ("08 00 06", CONTEXT, "not mapped"),
        ("a3 01 54", CONTEXT, "when the function was entered"),
        ("08 00 9b", replace(CONTEXT, tls=None), "thread-local"),
        ("97", CONTEXT, "object"),
        ("31 31 18", CONTEXT, "xderef"),
        ("91 00", replace(CONTEXT, frame_base=b"\x53"), "register 3 isn't known"),
    ],
)
def test_what_is_not_known_has_a_reason(text: str, context: Context, reason: str) -> None:
    found = place(text, context)
    assert isinstance(found, OptimisedOut)
    assert reason in found.reason


def test_an_unknown_piece_leaves_the_others() -> None:
    found = place("73 00 93 04 91 00 93 04")
    assert isinstance(found, Pieces)
    assert isinstance(found.pieces[0].place, OptimisedOut)
    assert found.pieces[1].place == InMemory(0x7000)


@pytest.mark.parametrize("base", [0x7000, b"\x9c\x33\x1c", b"\x76\x00"])
def test_frame_bases(base: int | bytes) -> None:
    expected = 0x700D if base == b"\x9c\x33\x1c" else 0x7000
    assert place("91 04", replace(CONTEXT, frame_base=base)) == InMemory(expected + 4)


def test_a_value_read_from_memory_is_unsigned() -> None:
    assert evaluate_value(bytes.fromhex("0a 00 10 94 01"), CONTEXT) == 0x11
    assert evaluate_value(bytes.fromhex("53"), CONTEXT) is None
    assert evaluate_value(bytes.fromhex("9e 02 01 02"), CONTEXT) == 0x201


@pytest.mark.parametrize(
    "text",
    [
        "22",  # plus on an empty stack
        "91",  # ends inside an operation
        "03 00 00",
        "9e 05 01",
        "ff",  # an operation that doesn't exist
        "2f fd ff",  # skips back to itself, for ever
        "31 30 1b",  # divides by 0
        "2f 01 00 0a 00 00",  # jumps into an operation
        "15 03",
        "a1 00",  # addrx without a unit
        "91 80 80 80",
    ],
)
def test_malformed_expressions(text: str) -> None:
    with pytest.raises(BadDebugInfo):
        place(text)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_place_or_our_error(content: bytes) -> None:
    try:
        evaluate(content, CONTEXT)
        evaluate_value(content, CONTEXT)
    except BadDebugInfo:
        pass


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_signed_numbers_come_back(number: int) -> None:
    content, value = [], number
    while True:  # SLEB128
        byte, value = value & 0x7F, value >> 7
        done = value in (0, -1) and (byte & 0x40 != 0) == (value == -1)
        content.append(byte if done else byte | 0x80)
        if done:
            break
    (operation,) = operations(b"\x11" + bytes(content))
    assert operation.number() == number


def test_operations_have_names() -> None:
    found = operations(bytes.fromhex("91 6c 35 53 76 00 9f f3 01 55"))
    assert [operation.name for operation in found] == [
        "fbreg",
        "lit5",
        "reg3",
        "breg6",
        "stack_value",
        "GNU_entry_value",
    ]


@pytest.mark.parametrize(
    ("text", "register"), [("55", 5), ("90 11", 17), ("a5 11 2e", 17), ("75 00", None), ("", None), ("55 9f", None)]
)
def test_register_of(text: str, register: int | None) -> None:
    assert register_of(bytes.fromhex(text)) == register
