"""Whatever instruction a disassembler accepts, in whatever states: there are words for it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from stackglass import isa as isas
from stackglass.explain.decoding import LONGEST, Instruction, decode
from stackglass.explain.narration import narrate
from stackglass.explain.spots import Spot
from stackglass.isa import Isa
from stackglass.model import Role
from tests.unit.explain.bench import CODE, DATA, PAGE, SP, STACK, Names, State

ENCODINGS = [
    pytest.param(name, other, id=f"{name}{'-other' * other}")
    for name in isas.emulated()
    for other in ((False, True) if isas.get(name).other_encoding else (False,))
]
WORDS = 3_000
OF_EACH = 12
PARTS = (None, "prologue", "epilogue", "after")


def random_code(isa: Isa, source: random.Random) -> Iterator[bytes]:
    """Random bytes; of PowerPC, whose common instructions differ in their lowest bits, every value of those too."""
    for _ in range(WORDS):
        yield source.randbytes(LONGEST)
    for low in range(1 << 11) if isa.name == "powerpc" else ():
        for opcode in (19, 31, 59, 63):
            yield (opcode << 26 | source.getrandbits(15) << 11 | low).to_bytes(4, "big")


def corpus(isa: Isa, other: bool, source: random.Random) -> Iterator[Instruction]:
    """Instructions that the disassembler knows, at most a few of each mnemonic."""
    seen: Counter[str] = Counter()
    for code in random_code(isa, source):
        one = decode(isa, CODE, code, other_encoding=other)
        seen[one.mnemonic] += 1
        if one.known and seen[one.mnemonic] <= OF_EACH:
            yield one


UNUSUAL = [
    ("powerpc", "7df85120"),  # mtocrf: capstone leaves out the mask
    ("powerpc", "7ca05d2a"),  # stswx
    ("x86_64", "dec8"),  # fmulp: capstone leaves out st(1)
    ("x86_64", "def0"),  # fdivrp likewise
    ("aarch64", "aff29b9a"),  # csel with a condition that always holds
    ("aarch64", "c31e75c4"),  # prfb of SVE, with an index that no table has
    ("aarch64", "e349a4e5"),  # str of SVE, whose size isn't told
    ("aarch64", "831ac305"),  # mov of SVE
]


class Moment:
    """A machine whose registers point into the stack and the data, or hold small numbers."""

    def __init__(self, isa: Isa, source: random.Random) -> None:
        self._isa, self._source = isa, source
        slots = {role: SP + isa.word_size * at for at, role in enumerate(Role)}
        spots = [
            Spot(role.words, True, at, isa.word_size, None, None, role, register=isa.callee_saved[0])
            for role, at in slots.items()
        ]
        spots.append(Spot("x", True, DATA, isa.word_size, "int", "3", None))
        self._names = Names(spots, called_from=None)
        self._memory = {page: source.randbytes(PAGE) for page in (CODE, STACK, DATA)}

    def state(self, step: int, **known: int) -> State:
        places = (SP, SP + 16, DATA, 0, 3, 1 << 31, -8)
        registers = {
            register.name: self._source.choice(places) & ((1 << register.bits) - 1)
            for register in self._isa.registers
            if register.name not in known
        }
        return State(step, {**registers, **known}, self._memory, self._names)

    def around(self, one: Instruction, other: bool) -> tuple[State, State]:
        """States before and after the instruction, with SP moved or not, and control gone on or elsewhere."""
        isa = self._isa
        known = {isa.stack_pointer: SP, isa.pc: one.pc}
        if isa.other_encoding is not None:
            known[isa.other_encoding.register] = isa.other_encoding.flag * other
        moved = self._source.choice((0, 0, -isa.word_size, 2 * isa.word_size))
        there = self._source.choice((one.next_pc, one.next_pc, one.target or CODE + 0x40, 0x500000))
        before = self.state(1, **known)
        same = self._source.random() < 0.3
        after = self.state(2, **{**known, isa.stack_pointer: SP + moved, isa.pc: there})
        if same:
            after = State(2, {**before.registers, isa.pc: there}, self._memory, self._names)
        return before, after


def check(isa: Isa, one: Instruction, moment: Moment, other: bool) -> None:
    for part in PARTS:
        before, after = moment.around(one, other)
        try:
            explained, _ = narrate(isa, one, before, after, part=part)
        except Exception as error:
            error.add_note(f"{isa.name}: {one.text}, {one.code.hex()}")
            raise
        assert explained.words and "{" not in explained.words, (explained.words, one)


@pytest.mark.parametrize(("name", "other"), ENCODINGS)
def test_every_instruction_has_words(name: str, other: bool) -> None:
    isa, source = isas.get(name), random.Random(29)
    moment = Moment(isa, source)
    mnemonics = set()
    for one in corpus(isa, other, source):
        check(isa, one, moment, other)
        mnemonics.add(one.mnemonic)
    assert len(mnemonics) > 50


@pytest.mark.parametrize(("name", "code"), UNUSUAL)
def test_instructions_with_unusual_operands_have_words(name: str, code: str) -> None:
    isa, source = isas.get(name), random.Random(29)
    one = decode(isa, CODE, bytes.fromhex(code))
    assert one.known
    for _ in range(10):
        check(isa, one, Moment(isa, source), other=False)


def test_a_condition_that_always_holds_is_told_so() -> None:
    isa = isas.get("aarch64")
    one = decode(isa, CODE, bytes.fromhex("aff29b9a"))  # csel x15, x21, x27, nv
    moment = Moment(isa, random.Random(29))
    before = moment.state(1, **{isa.pc: CODE})
    after = State(2, {**before.registers, isa.pc: one.next_pc}, before.memory, before.names)
    words = narrate(isa, one, before, after)[0].words
    assert words.startswith("the condition 'al' of the flags holds, so copies x21 (")
