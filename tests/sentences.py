"""Whether a sentence of `explain` is true: its numbers are taken out of it and worked out again, without its tables.

Registers and memory are those before and after the step. What a sentence says that is not understood here counts as
not checked; `check` says whether anything was.
"""

from __future__ import annotations

import math
import operator
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from stackglass.isa import Isa
from stackglass.model.explanation import ExplainedStep

Numbers = Callable[[int, int], int]


@dataclass(frozen=True)
class State:
    """Registers by full-width name, and what lies in memory from an address on, so many bytes as a number."""

    registers: Mapping[str, int]
    memory: Callable[[int, int], int]


@dataclass(frozen=True)
class Claim:
    """A step as told, between two states."""

    isa: Isa
    told: ExplainedStep
    before: State
    after: State

    def value(self, state: State, name: str) -> int:
        """The value of a register of any width."""
        full = self.isa.full_name(name)
        assert full is not None, f"{name} is no register: {self.told}"
        register = self.isa.register(full)
        bits, shift = next(((b, s) for part, b, s in register.parts if part == name), (register.bits, 0))
        return state.registers[full] >> shift & ((1 << bits) - 1)

    def bits(self, name: str) -> int:
        """How many bits of a result in that register are the operation's."""
        full = self.isa.full_name(name)
        assert full is not None, f"{name} is no register: {self.told}"
        register = self.isa.register(full)
        return next((b for part, b, _ in register.parts if part == name), register.bits)

    def same(self, one: int, other: int, bits: int = 64) -> None:
        """Asserts that two numbers agree in their low bits."""
        mask = (1 << bits) - 1
        assert one & mask == other & mask, (hex(one & mask), hex(other & mask), self.told.words, self.told.disassembly)


_NUMBER = r"-?(?:0x[0-9a-f]+|\d+)(?![\w.])"
_SHIFTED = re.compile(r" shifted (left|right) by (\d+)( with its sign kept)?$")


def number(phrase: str) -> int | None:
    """The value in "x's value 3 (in w0)", 'w0 (3)', 'w0 (3) shifted left by 2' or '3'; None if it isn't an integer."""
    phrase = phrase.split(", for the")[0]
    shift = _SHIFTED.search(phrase)
    plain = phrase[: shift.start()] if shift else phrase
    found = (
        re.match(rf"({_NUMBER})(?:$|[ ,])", plain)
        or re.search(rf"'s (?:value|result) ({_NUMBER})", plain)
        or re.match(rf"\S+ \(({_NUMBER})[,)]", plain)
    )
    if found is None or any(said in phrase for said in ("widened", "its low", "the low part", "rotated")):
        return None
    if shift is None and "shifted" in phrase:
        return None
    value = int(found[1], 0)
    if shift is None:
        return value
    if shift[1] == "left":
        return value << int(shift[2])
    return value >> int(shift[2]) if 0 <= value < 1 << 31 else None


_ADDED = re.compile(r"multiplies (?P<a>.+?) by (?P<b>.+?) and adds (?P<c>.+?): (?P<register>\w+) = (?P<is>-?\w+).*")
_SUBTRACTED = re.compile(r"subtracts (?P<a>.+?) times (?P<b>.+?) from (?P<c>.+?): (?P<register>\w+) = (?P<is>-?\w+).*")


def _shift_right(bits: int) -> Numbers:
    return lambda value, by: (value & ((1 << bits) - 1)) >> (by & max(bits, 32) - 1)


def _shift_signed(bits: int) -> Numbers:
    return lambda value, by: _signed(value, bits) >> (by & max(bits, 32) - 1)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


_X87 = r"(?:, and pops the x87 stack)?"
_RESULT = (
    rf"(?:: (?P<was>{_NUMBER})\S*.* becomes (?P<now>{_NUMBER}).*|: it stays (?P<stays>{_NUMBER}).*"
    rf"|: (?P<register>\w+) = (?P<is>{_NUMBER}).*)$"
)
_TWO = (
    (r"adds (?P<b>.+?) to (?P<a>.+?)(?:, and keeps 4 bytes of the sum|, and sets the flags)?", operator.add),
    (
        r"subtracts (?P<b>.+?) from (?P<a>.+?)(?:, and keeps 4 bytes of the difference|, and sets the flags)?",
        operator.sub,
    ),
    (r"multiplies (?P<a>.+?) by (?P<b>(?:(?! and adds )[^,])+?(?:\(in \w+\))?)", operator.mul),
    (r"combines (?P<a>.+?) with (?P<b>.+?), bit by bit, by and(?:, and sets the flags)?", operator.and_),
    (r"combines (?P<a>.+?) with (?P<b>.+?), bit by bit, by orr?", operator.or_),
    (r"combines (?P<a>.+?) with (?P<b>.+?), bit by bit, by (?:eor|xor)", operator.xor),
    (r"clears the bits of (?P<b>.+?) in (?P<a>.+?)", lambda a, b: a & ~b),
    (r"shifts (?P<a>.+?) left by (?P<b>.+?)", lambda a, b: a << (b & 63)),
)
_OPERATIONS = tuple((re.compile(pattern + _RESULT), operation) for pattern, operation in _TWO)
_RIGHT = re.compile(
    r"shifts (?P<a>.+?) right by (?P<b>.+?)(?:(?P<zeros>, filled up with zeros)|, keeping its sign)" + _RESULT
)
_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "equal to": operator.eq,
    "not equal to": operator.ne,
    "less than": operator.lt,
    "not less than": operator.ge,
    "less than or equal to": operator.le,
    "greater than": operator.gt,
}
_STATES: dict[str, Callable[[int], bool]] = {
    "zero": lambda value: value == 0,
    "not zero": lambda value: value != 0,
    "negative": lambda value: value < 0,
    "not negative": lambda value: value >= 0,
    "zero or negative": lambda value: value <= 0,
    "positive": lambda value: value > 0,
    "0": lambda value: value == 0,
    "1": lambda value: value == 1,
}
_COMPARED = re.compile(
    r"(?P<a>.+?) is (?P<relation>not equal to|equal to|not less than|less than or equal to|less than|greater than)"
    r" (?P<b>.+?)(?:, so |: puts )"
)
_STATED = re.compile(
    r"(?P<a>.+?) is (?P<state>not zero|zero or negative|zero|not negative|negative|positive|0|1)(?:, so |: puts )"
)


def check(claim: Claim) -> bool:
    """Asserts everything in the sentence that is understood; whether there was any."""
    words = re.sub(r"^[^:]*argument \d[^:]*: ", "", claim.told.words)
    understood = [one(claim, words) for one in _CHECKS]
    if found := re.match(r".*? (?:holds?|is [^,]*), so (.*)", words):
        understood += [one(claim, found[1]) for one in _CHECKS]
        if found[1] == "does nothing":
            pc = claim.isa.pc
            assert {**claim.before.registers, pc: 0} == {**claim.after.registers, pc: 0}, claim.told
    return any(understood)


def _operation(claim: Claim, words: str) -> bool:
    if found := _ADDED.fullmatch(words) or _SUBTRACTED.fullmatch(words):
        return _three(claim, found, 1 if words.startswith("multiplies") else -1)
    for pattern, operation in _OPERATIONS:
        found = pattern.fullmatch(words)
        if found is not None:
            return _result(claim, found, operation)
    return False


def _three(claim: Claim, found: re.Match[str], sign: int) -> bool:
    one, other, third = (number(found[name]) for name in "abc")
    if one is None or other is None or third is None or not _is_number(found["is"]):
        return False
    claim.same(third + sign * one * other, int(found["is"], 0), claim.bits(found["register"]))
    return True


def _shift(claim: Claim, words: str) -> bool:
    found = _RIGHT.fullmatch(words)
    if found is None:
        return False
    bits = 32 if re.match(r"(c\.)?s[lr][lar]i?w", claim.told.disassembly) else claim.bits(_target(found))
    return _result(claim, found, _shift_right(bits) if found["zeros"] else _shift_signed(bits))


def _target(found: re.Match[str]) -> str:
    return found["register"] or found["a"].split(" ")[0]


def _result(claim: Claim, found: re.Match[str], operation: Numbers) -> bool:
    left = int(found["was"] or found["stays"], 0) if found["register"] is None else number(found["a"])
    right, now = number(found["b"]), int(found["now"] or found["stays"] or found["is"], 0)
    if left is None or right is None or "and the" in found["b"]:
        return False
    name = _target(found)
    if claim.isa.full_name(name) is not None:
        bits = claim.bits(name)
        claim.same(claim.value(claim.after, name), now, bits)
        bits = 32 if re.search(r"keeps 4 bytes|^\S+w ", f"{claim.told.words}") or _is_word(claim) else bits
        claim.same(operation(left, right), now, bits)
        return True
    return False


_REAL = r"-?\d+\.\d+(?:e[+-]\d+)?"
_REAL_RESULT = (
    rf"{_X87}(?:: (?P<was>{_REAL}) becomes (?P<now>{_REAL})|: it stays (?P<stays>{_REAL})"
    rf"|: (?P<register>[\w()]+) = (?P<is>{_REAL}))$"
)
_REAL_OPERATIONS = (
    (re.compile(r"adds (?P<b>.+?) to (?P<a>.+?)" + _REAL_RESULT), operator.add),
    (re.compile(r"subtracts (?P<b>.+?) from (?P<a>.+?)" + _REAL_RESULT), operator.sub),
    (re.compile(r"multiplies (?P<a>.+?) by (?P<b>.+?)" + _REAL_RESULT), operator.mul),
    (re.compile(r"divides (?P<a>.+?) by (?P<b>.+?)" + _REAL_RESULT), operator.truediv),
)
_SINGLE, _DOUBLE = 4, 8


def _floats(claim: Claim, words: str) -> bool:
    """Arithmetic on floating-point numbers, and registers that hold one now."""
    checked = False
    for pattern, operation in _REAL_OPERATIONS:
        if found := pattern.fullmatch(words):
            left = float(found["was"] or found["stays"]) if found["register"] is None else _real(found["a"])
            right, now = _real(found["b"]), float(found["now"] or found["stays"] or found["is"])
            if left is not None and right is not None:
                assert math.isclose(operation(left, right), now, rel_tol=1e-6), claim.told
                checked = True
    if found := re.search(rf": ([\w()]+) = ({_REAL})$|(?:into|to) (\w+): ({_REAL})$", words):
        checked |= _holds(claim, found[1] or found[3], float(found[2] or found[4]))
    return checked


def _real(phrase: str) -> float | None:
    found = re.search(rf"'s (?:value|result) ({_REAL})|\(({_REAL})\)", phrase)
    return float(found[1] or found[2]) if found else None


def _holds(claim: Claim, register: str, value: float) -> bool:
    """Whether the register was looked at; asserts that it holds the number."""
    if claim.isa.full_name(register) is None:
        return False
    if register.startswith("st("):
        assert math.isclose(_extended(claim.value(claim.after, register)), value, rel_tol=1e-12), claim.told
        return True
    is_single = register.startswith("s") or re.match(r"(fcvt\.s|f\w+\.s|c?\.?flw)", claim.told.disassembly) is not None
    size, kind = (_SINGLE, "<f") if is_single else (_DOUBLE, "<d")
    raw = (claim.value(claim.after, register) & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    assert math.isclose(struct.unpack(kind, raw)[0], value, rel_tol=1e-6), claim.told
    return True


def _extended(raw: int) -> float:
    """An x87 number: sign, exponent, and a significand with its integer bit."""
    significand, exponent = Fraction(raw & (1 << 64) - 1, 1 << 63), (raw >> 64 & 0x7FFF) - 16383
    return float(significand * Fraction(2) ** exponent) * (-1 if raw >> 79 else 1)


def _is_word(claim: Claim) -> bool:
    return re.match(r"(c\.)?(addi?w|subw|mulw|s[lr][la]i?w) ", claim.told.disassembly) is not None


def _condition(claim: Claim, words: str) -> bool:
    found = _COMPARED.match(words)
    true: bool | None = None
    if found is not None:
        one, other = (number(found[side].removeprefix("the ").removesuffix(" of before")) for side in "ab")
        holds = _RELATIONS[found["relation"]]
        if one is not None and other is not None:
            true = holds(one, other) or holds(_signed(one, 64), _signed(other, 64))  # hex doesn't say which
    elif (found := _STATED.match(words)) is not None:
        one = _bit(found["a"]) if found["a"].startswith("bit ") else _stated(found["a"])
        true = _STATES[found["state"]](_signed(one, 64)) if one is not None else None
    assert true is not False, claim.told
    next_pc = claim.told.pc + len(claim.told.code)
    pc = claim.after.registers[claim.isa.pc]
    if words.endswith(", so goes on"):
        assert pc == next_pc, claim.told
    elif ", so jumps to " in words:
        claim.same(pc, _where(words, pc))
        assert pc != next_pc, claim.told
    return true is not None


def _stated(phrase: str) -> int | None:
    if " & " in phrase:
        one, other = (number(each) for each in phrase.split(" & "))
        return one & other if one is not None and other is not None else None
    return number(phrase)


def _bit(phrase: str) -> int | None:
    found = re.fullmatch(r"bit (\d+) of (.+)", phrase)
    value = number(found[2]) if found else None
    return value >> int(found[1]) & 1 if found and value is not None else None


def _where(words: str, pc: int) -> int:
    found = re.search(r"jumps to (0x[0-9a-f]+)", words)
    return int(found[1], 0) if found else pc


_SIZES = {"strb": 1, "sturb": 1, "sb": 1, "strh": 2, "sturh": 2, "sh": 2, "sw": 4, "sd": 8, "str w": 4, "str x": 8}
_SIZES |= {"stb": 1, "stbu": 1, "sth": 2, "sthu": 2, "stw": 4, "stwu": 4}


def _move(claim: Claim, words: str) -> bool:
    """Sentences that name a register and what is in it now, or memory and what was put there."""
    checked = False
    if found := re.fullmatch(rf"sets (\w+) to ({_NUMBER}).*", words):
        claim.same(claim.value(claim.after, found[1]), int(found[2], 0), claim.bits(found[1]))
        checked = True
    if found := re.fullmatch(r"copies (.+?) to (\w+)(?:: .*)?", words):
        value = number(found[1])
        if value is not None:
            claim.same(claim.value(claim.after, found[2]), value, claim.bits(found[2]))
            checked = True
    for register, value_text in re.findall(rf"into (\w+)(?:(?:, [a-z ]+)?: | \()({_NUMBER})", words):
        if claim.isa.full_name(register) is not None:
            claim.same(claim.value(claim.after, register), int(value_text, 0), claim.bits(register))
            checked = True
    if found := re.match(rf"puts ({_NUMBER}) into the upper half of (\w+): ({_NUMBER})", words):
        claim.same(claim.value(claim.after, found[2]), int(found[3], 0), 32)
        claim.same(claim.value(claim.after, found[2]) >> 16, int(found[1]), 16)
        checked = True
    if found := re.match(r"multiplies (.+) by (.+?)(, without sign)?: (\w+):(\w+) = (0x\w+):(0x\w+)$", words):
        one, other = number(found[1]), number(found[2])
        high, low = (claim.value(claim.after, found[each]) for each in (4, 5))
        assert (high, low) == (int(found[6], 0), int(found[7], 0)), claim.told
        if one is not None and other is not None and (found[3] or "(" not in found[1]):
            claim.same((one & 0xFFFFFFFF) * (other & 0xFFFFFFFF), high << 32 | low)
        checked = True
    for value_text, place in re.findall(
        r"(?:puts|,|and) ((?:(?! into ).)+?) into [^=]*?(?:= |at |\()(0x[0-9a-f]+)", words
    ):
        value = number(value_text.strip())
        size = _stored_size(claim)
        if value is not None and size:
            claim.same(claim.after.memory(int(place, 0), size), value, size * 8)
            checked = True
    return checked


def _stored_size(claim: Claim) -> int | None:
    text = claim.told.disassembly.removeprefix("c.").replace("sdsp", "sd").replace("swsp", "sw")
    mnemonic, _, rest = text.partition(" ")
    if claim.isa.name == "arm":
        found = re.match(r"(strb|strh|strd|str|stm)", mnemonic)
        return {"strb": 1, "strh": 2}.get(found[1], 4) if found else None
    if found := re.match(r"mov (byte|word|dword|qword) ptr", text):
        return {"byte": 1, "word": 2, "dword": 4, "qword": 8}[found[1]]
    if mnemonic in ("str", "stur", "stp"):
        return {"w": 4, "x": 8}.get(rest[:1])
    return _SIZES.get(mnemonic)


def _stack(claim: Claim, words: str) -> bool:
    pointer = claim.isa.stack_pointer
    was, now = claim.before.registers[pointer], claim.after.registers[pointer]
    checked = False
    if found := re.search(rf"{pointer} goes (?:up|down) (?:by \d+ )?to (0x[0-9a-f]+)", words):
        claim.same(now, int(found[1], 0))
        checked = True
    if found := re.search(rf"(?:reserves|gives back|takes) (\d+) bytes|{pointer} (?:up|down) by (\d+)", words):
        assert abs(now - was) == int(found[1] or found[2]), claim.told
        checked = True
    saved = words if re.match(r"saves|pushes|reserves", words) else ""
    for name, value in re.findall(r"the caller's (\w+) \((-?\w+)", saved):
        claim.same(claim.value(claim.before, name), int(value, 0), claim.bits(name)) if _is_number(value) else None
        checked = True
    taken = words if re.match(r"takes back|pops", words) else ""
    for name, value in re.findall(r"the caller's (\w+)(?: \(|, )(-?\w+)", taken):
        claim.same(claim.value(claim.after, name), int(value, 0), claim.bits(name)) if _is_number(value) else None
        checked = True
    if found := re.match(r"pushes (.+?) (?:on the stack|as )", words):
        value = number(found[1])
        if value is not None:
            claim.same(claim.after.memory(now, claim.isa.word_size), value, claim.isa.word_size * 8)
            checked = True
    points = rf"makes (\w+)(?:, the frame pointer,)? (?:point at this frame.*?|a copy of \w+ \()({_NUMBER})"
    if found := re.search(points, words):
        claim.same(claim.value(claim.after, found[1]), int(found[2], 0))
        checked = True
    return checked


def _is_number(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None


def _control(claim: Claim, words: str) -> bool:
    pc = claim.after.registers[claim.isa.pc]
    pointer, word = claim.isa.stack_pointer, claim.isa.word_size
    if found := re.match(r"pushes the return address (0x[0-9a-f]+),", words):
        claim.same(claim.after.memory(claim.after.registers[pointer], word), int(found[1], 0))
        claim.same(int(found[1], 0), claim.told.pc + len(claim.told.code))
        return True
    if words.startswith(("pops the return address", "takes the frame down")):
        into = claim.isa.pc if words.startswith("pops") else claim.isa.frame_pointer
        last = claim.before.registers[pointer] if words.startswith("pops") else claim.before.registers[into]
        claim.same(claim.before.memory(last, word), claim.after.registers[into])
        return True
    if words.startswith(("takes back", "pops")) and ", and so returns: " in words:
        last = claim.after.registers[pointer] - word
        claim.same(claim.isa.code_address(claim.before.memory(last, word)), pc)
        return True
    if found := re.match(r"leaves the return address (0x[0-9a-f]+), .* in (\w+), (with bit 0 set)?.*jumps to", words):
        claim.same(claim.value(claim.after, found[2]), int(found[1], 0) | bool(found[3]))
        claim.same(int(found[1], 0), claim.told.pc + len(claim.told.code))
        return True
    if found := re.match(r"puts the address of the next instruction, (0x[0-9a-f]+), into (\w+)", words):
        claim.same(claim.value(claim.after, found[2]), int(found[1], 0))
        return True
    if found := re.match(r"returns to the address in (\w+)", words):
        claim.same(claim.isa.code_address(claim.value(claim.before, found[1])), pc)
        return True
    if found := re.match(r"goes on (?:at|where .*:) (0x[0-9a-f]+)", words):
        claim.same(int(found[1], 0), pc)
        return True
    return words.startswith(("does nothing", "compares ", "looks whether ", "jumps to ", "asks the kernel: "))


_CHECKS = (_operation, _shift, _floats, _condition, _move, _stack, _control)
