"""The textbook machine's instructions in words, and a disassembler of the shape that capstone's has."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from stackglass.isa.textbook import ABOVE, BELOW, EQUAL, FLAGS, FLAGS_NUMBER, GREATER, LESS, PC_NUMBER
from stackglass.isa.textbook_code import (
    ARITHMETIC,
    COMPARISONS,
    CONDITIONS,
    DOUBLE,
    FLOAT,
    JUMPS,
    LONG_ARITHMETIC,
    LONGEST,
    NUMBER,
    READS_DESTINATION,
    REGISTERS,
    WIDE,
    Decoded,
    Part,
    decode,
    written,
)
from stackglass.isa.words import Comparing, Condition, Idiom, NumberKind, Operand, Spelled, Vocabulary

_READ, _WRITE = 1, 2
_SIZES = {"MOVEB": 1, "MOVEUB": 1, "MOVEH": 2, "MOVEUH": 2}


@dataclass(frozen=True, slots=True)
class Access:
    """How an operand is used: 1 read, 2 written, 3 both."""

    access: int


class Disassembled:
    """An instruction with capstone's names for what is known of it. The destination is its first operand, as in a
    comparison what stands first."""

    id = 1

    def __init__(self, decoded: Decoded, code: bytes) -> None:
        self.decoded = decoded
        self.address = decoded.address
        self.size = decoded.size
        self.bytes = code[: decoded.size]
        self.mnemonic = decoded.op
        self.op_str = decoded.operands
        self.parts = tuple(_parts(decoded))
        self.operands = [Access(access) for _, access in self.parts]

    def reg_name(self, number: int) -> str:
        """A register's name."""
        return {PC_NUMBER: "PC", FLAGS_NUMBER: FLAGS}.get(number) or REGISTERS[number]

    def regs_access(self) -> tuple[list[int], list[int]]:
        """The registers that it reads, and those that it writes."""
        one = self.decoded
        reads = {NUMBER[part.register] for part, _ in self.parts if part.kind == "m"}
        writes = set()
        for part, access in self.parts:
            if part.kind == "r":
                reads |= {NUMBER[part.register]} if access & _READ else set()
                writes |= {NUMBER[part.register]} if access & _WRITE else set()
        if one.op == "CALL":
            writes.add(NUMBER["RA"])
        if one.op == "RET":
            reads.add(NUMBER["RA"])
        if one.op in COMPARISONS:
            writes.add(FLAGS_NUMBER)
        if one.op[1:] in CONDITIONS and one.op[0] in "JS":
            reads.add(FLAGS_NUMBER)
        if one.op == "LIB":
            writes |= {NUMBER["R0"], NUMBER["L0"], NUMBER["D0"]}
        return sorted(reads), sorted(writes)


def _parts(one: Decoded) -> Iterator[tuple[Part, int]]:
    """Its operands and how they are used."""
    if one.target is not None:
        yield Part("#", "", one.target), _READ
        return
    if one.op == "COPY":
        assert one.destination is not None and one.source is not None
        yield Part("m", one.destination.register, 0), _WRITE
        yield Part("m", one.through, 0), _READ
        yield one.source, _READ
        return
    if one.op in COMPARISONS:
        yield from ((part, _READ) for part in (one.source, one.destination) if part is not None)
        return
    if one.destination is not None:
        yield one.destination, _WRITE | (_READ if one.op in READS_DESTINATION else 0)
    if one.source is not None:
        yield one.source, _READ


class Disassembler:
    """Takes code apart."""

    detail = True
    skipdata = True

    def disasm(self, code: bytes, address: int, count: int = 0) -> Iterator[Disassembled]:
        """The instructions that `code` begins with, at most `count` if that isn't 0."""
        at = number = 0
        while (not count or number < count) and (one := decode(code[at : at + LONGEST], address + at)) is not None:
            yield Disassembled(one, code[at : at + LONGEST])
            at += one.size
            number += 1

    def disasm_lite(self, code: bytes, address: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """(address, size, mnemonic, operands)."""
        for one in self.disasm(code, address, count):
            yield one.address, one.size, one.mnemonic, one.op_str


def _spell(instruction: Any) -> Spelled:
    operands = tuple(_operand(instruction.mnemonic, part) for part, _ in instruction.parts)
    return Spelled(instruction.mnemonic, "", operands)


def _operand(op: str, part: Part) -> Operand:
    """What ends in D or F takes numbers that are no integers: in registers and constants doubles."""
    size = _SIZES.get(op) or (8 if op in WIDE - FLOAT else 4)
    text = written(part)
    if part.kind == "r":
        number: NumberKind = "double" if part.register[0] == "D" else "integer"
        return Operand("register", 8 if part.register[0] in "LD" else 4, text, register=part.register, number=number)
    if part.kind == "#" and op in DOUBLE:
        return Operand("immediate", 8, text, value=_bits(float(part.value)), number="double")
    if part.kind == "#":
        return Operand("immediate", size, text, value=int(part.value))
    if op in ("COPY", "CLEAR", "SAVE"):
        size = 0
    number = "integer" if op not in DOUBLE else "single" if op in FLOAT else "double"
    return Operand("memory", size, text, base=part.register or None, displacement=int(part.value), number=number)


def _bits(value: float) -> int:
    return int.from_bytes(struct.pack("<d", value), "little")


_JUMPS = " ".join(sorted(JUMPS - {"JUMP"}))
_SETS = " ".join(f"S{name}" for name in CONDITIONS)
_MOVES = "MOVE MOVEB MOVEUB MOVEH MOVEUH MOVEL MOVED MOVEF"
_FORMS = {"": "", "L": "L", "D": "D"}

_IDIOMS = (
    Idiom("SUB", "a:sp prologue", "makes a frame of {moved} bytes: SP goes down to {sp}"),
    Idiom("SUB", "a:sp", "moves SP down by {moved} to {sp}"),
    Idiom("ADD", "a:sp", "deletes the frame: SP goes up by {moved} to {sp}; its bytes stay where they are"),
    Idiom("MOVE", "a:sp b:fp", "moves SP back up to this frame ({a.now}): what was made below it is gone"),
    Idiom("MOVE", "a:sp b:memory", "moves SP back to where it was before the array: {a.now}"),
    Idiom("MOVE", "a:fp b:sp", "makes FP point at this frame ({a.now})"),
    Idiom("MOVE", "prologue a:fp", "makes FP point at this frame ({a.now})"),
    Idiom("MOVE", "a:memory writes:return_address", "keeps the return address, {b.was}, in the frame ({a.name})"),
    Idiom("MOVE", "a:memory writes:saved_frame_pointer", "keeps the caller's FP, {b.was}, in the frame ({a.name})"),
    Idiom("MOVE", "reads:return_address", "takes the return address, {a.now}, out of the frame"),
    Idiom("MOVE", "a:fp reads:saved_frame_pointer", "takes the caller's FP, {a.now}, back out of the frame"),
    Idiom(
        _MOVES,
        "prologue b:incoming writes:parameter",
        "stores {spot}, which came in {b.name} ({b.was}), in its slot, {a.at}",
    ),
    Idiom(_MOVES, "a:register b:immediate", "sets {a.name} to {b.what}"),
    Idiom(_MOVES, "a:memory b:immediate", "puts {b.what} into {a.typed}"),
    Idiom(_MOVES, "a:memory", "puts {b.what} into {a.typed}"),
    Idiom(_MOVES, "b:memory", "reads {b.place} into {a.name}: {a.now}"),
    Idiom("MOVE MOVEL MOVED MOVEF", "", "copies {b.what} to {a.name}"),
    Idiom("MOVEB MOVEH", "", "keeps the low bytes of {b.name} in {a.name}, widened with their sign: {a.now}"),
    Idiom("MOVEUB MOVEUH", "", "keeps the low bytes of {b.name} in {a.name}, filled up with zeros: {a.now}"),
    Idiom("ADDR", "", "puts the address of {b.spot} into {a.name}: {a.now}"),
    Idiom("ADD ADDL ADDD ADDF", "", "adds {b.what} to {a.place}: {a.becomes}"),
    Idiom("SUB SUBL SUBD SUBF", "", "subtracts {b.what} from {a.place}: {a.becomes}"),
    Idiom("MUL MULL MULD MULF", "", "multiplies {a.place} by {b.what}: {a.becomes}"),
    Idiom("DIV DIVL DIVD DIVF", "", "divides {a.place} by {b.what}: {a.becomes}"),
    Idiom("DIVU DIVUL", "", "divides {a.place} by {b.what}, without sign: {a.becomes}"),
    Idiom("MOD MODL", "", "keeps what dividing {a.place} by {b.what} leaves: {a.becomes}"),
    Idiom("MODU MODUL", "", "keeps what dividing {a.place} by {b.what} leaves, without sign: {a.becomes}"),
    Idiom("AND OR XOR ANDL ORL XORL", "", "combines {a.place} with {b.what}, bit by bit, by {mnemonic}: {a.becomes}"),
    Idiom("SHL SHLL", "", "shifts {a.place} left by {b.what}: {a.becomes}"),
    Idiom("SHR SHRL", "", "shifts {a.place} right by {b.what}, keeping its sign: {a.becomes}"),
    Idiom("SHRU SHRUL", "", "shifts {a.place} right by {b.what}, filled up with zeros: {a.becomes}"),
    Idiom("NEG NEGL NEGD NEGF", "", "changes the sign of {a.place}: {a.becomes}"),
    Idiom("NOT NOTL", "", "turns every bit of {a.place} around: {a.becomes}"),
    Idiom("EXTL", "", "widens {b.what} to 8 bytes with its sign: {a.name} = {a.now}"),
    Idiom("EXTUL", "", "widens {b.what} to 8 bytes, filled up with zeros: {a.name} = {a.now}"),
    Idiom("CUTL", "", "keeps the low word of {b.name}: {a.name} = {a.now}"),
    Idiom("ITOD UTOD LTOD ULTOD", "", "converts the integer {b.what} to floating point: {a.name} = {a.now}"),
    Idiom("ITOF UTOF LTOF ULTOF", "", "converts the integer {b.what} to the nearest float: {a.name} = {a.now}"),
    Idiom("DTOI DTOU DTOL DTOUL", "", "converts {b.what} to an integer, rounded towards 0: {a.name} = {a.now}"),
    Idiom("ROUNDF", "", "rounds {b.what} to what a float can hold: {a.name} = {a.now}"),
    Idiom("CMP CMPL CMPD CMPF", "", "compares {a.what} with {b.what}"),
    Idiom(_SETS, "", "{condition}: puts {a.now} into {a.place}"),
    Idiom("JUMP", "", "goes on at {target}"),
    Idiom(_JUMPS, "taken", "{condition}, so jumps to {target}"),
    Idiom(_JUMPS, "", "{condition}, so goes on"),
    Idiom(
        "CALL",
        "direct",
        "leaves the return address {back}, the instruction after this call, in RA, and jumps to {target}",
    ),
    Idiom("CALL", "", "leaves the return address {back} in RA, and jumps to where {a.name} points: {target}"),
    Idiom("RET", "", "goes back to where RA points: {target}"),
    Idiom("NEW", "a:register b:register", "takes {b.what} bytes from the heap: {a.name} = {a.now}"),
    Idiom("NEW", "", "makes an activation record of {b.what} bytes on the heap: {a.name} = {a.now}"),
    Idiom("FREE", "", "gives the record that {a.name} points to, {a.now}, back to the heap; its bytes stay there"),
    Idiom("COPY", "", "copies {c.what} bytes from {b.address} to {a.address}"),
    Idiom("CLEAR", "", "fills {b.what} bytes from {a.address} on with zeros"),
    Idiom("SAVE", "", "keeps the variable arguments in the frame, from {a.address} on"),
    Idiom("LIB", "", "lets the library do its work: {changes}"),
)


def _holds(bits: int) -> Callable[[int], bool]:
    return lambda flags: bool(flags & bits)


_TESTS = {
    "EQ": (EQUAL, ("equal to", "not equal to"), False),
    "LT": (LESS, ("less than", "not less than"), False),
    "LE": (LESS | EQUAL, ("less than or equal to", "greater than"), False),
    "GT": (GREATER, ("greater than", "not greater than"), False),
    "GE": (GREATER | EQUAL, ("greater than or equal to", "less than"), False),
    "LTU": (BELOW, ("less than", "not less than"), True),
    "LEU": (BELOW | EQUAL, ("less than or equal to", "greater than"), True),
    "GTU": (ABOVE, ("greater than", "not greater than"), True),
    "GEU": (ABOVE | EQUAL, ("greater than or equal to", "less than"), True),
}
_CONDITIONS = {
    name: Condition(_holds(bits), compared=words, floats=words, unsigned=unsigned)
    for name, (bits, words, unsigned) in _TESTS.items()
}


WORDS = Vocabulary(
    spell=_spell,
    idioms=_IDIOMS,
    # With a NaN neither a condition nor its opposite holds: 'not LT' is another thing than GE.
    conditions={
        **_CONDITIONS,
        **{f"not {name}": one.opposite for name, one in _CONDITIONS.items()},
        "NE": _CONDITIONS["EQ"].opposite,
    },
    conditional={f"{verb}{name}": name for verb in "JS" for name in CONDITIONS},
    comparisons={
        "CMP": Comparing("compared"),
        "CMPL": Comparing("compared"),
        "CMPD": Comparing("floats"),
        "CMPF": Comparing("floats"),
    },
    copies=frozenset(_MOVES.split()),
    takes_address=frozenset(("ADDR",)),
    sums=frozenset(("ADD",)),
    differences=frozenset(("SUB",)),
    number_kinds={},
    unsigned=frozenset(op for op in (*ARITHMETIC, *LONG_ARITHMETIC) if "U" in op.replace("SUB", "").replace("MUL", "")),
    flags=((EQUAL, "EQUAL"), (LESS, "LESS"), (GREATER, "GREATER"), (BELOW, "BELOW"), (ABOVE, "ABOVE")),
    prologue=(
        Idiom("SUB", "a:sp", ""),
        Idiom("MOVE", "writes:return_address", ""),
        Idiom("MOVE", "writes:saved_frame_pointer", ""),
        Idiom("MOVE", "a:fp", ""),
        Idiom("NEW", "", ""),
    ),
    epilogue=(
        Idiom("MOVE", "reads:return_address", ""),
        Idiom("MOVE", "reads:saved_frame_pointer", ""),
        Idiom("ADD", "a:sp", ""),
        Idiom("MOVE", "b:fp", ""),
        Idiom("FREE", "", ""),
    ),
)
