"""Rows and conditions that instruction sets share whose instructions name their result apart from what goes into it."""

from __future__ import annotations

from collections.abc import Iterable

from stackglass.isa.words import EQUAL, LESS, LESS_UNSIGNED, Condition, Idiom, Operand


def combined(mnemonics: str, phrase: str, when: str = "") -> tuple[Idiom, Idiom]:
    """Rows for what changes a, and for what makes it out of other operands. `{left}` in the phrase is operand b."""
    return (
        Idiom(mnemonics, f"{when} a:b".strip(), phrase.replace("{left}", "{a.name}") + ": {a.becomes}"),
        Idiom(mnemonics, when, phrase.replace("{left}", "{b.what}") + ": {a.name} = {a.now}"),
    )


def accesses(
    operands: tuple[Operand, ...], targets: int, *, reads: Iterable[str] = (), writes: Iterable[str] = ()
) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the registers that an instruction reads and writes, by its operands; `reads` and `writes` besides.

    A base register that moves is written too.
    """
    read, written = set(reads), set(writes)
    for number, operand in enumerate(operands):
        if operand.register is not None:
            (written if number < targets else read).add(operand.register)
        read.update(name for name in (operand.base, operand.index) if name is not None)
        if operand.step and operand.base is not None:
            written.add(operand.base)
    return frozenset(read), frozenset(written)


_RELATIONS = {
    "equal": Condition(
        lambda relation: bool(relation & EQUAL),
        compared=("equal to", "not equal to"),
        tested=("zero", "not zero"),
        floats=("equal to", "not equal to"),
    ),
    "less": Condition(
        lambda relation: bool(relation & LESS),
        compared=("less than", "not less than"),
        tested=("negative", "not negative"),
        floats=("less than", "not less than"),
    ),
    "less or equal": Condition(
        lambda relation: bool(relation & (LESS | EQUAL)),
        compared=("less than or equal to", "greater than"),
        tested=("zero or negative", "positive"),
        floats=("less than or equal to", "not less than or equal to"),
    ),
    "less, unsigned": Condition(
        lambda relation: bool(relation & LESS_UNSIGNED), compared=("less than", "not less than"), unsigned=True
    ),
    "clear": Condition(lambda relation: bool(relation & EQUAL), tested=("0", "1")),
}
_OPPOSITES = {
    "not equal": "equal",
    "not less": "less",
    "greater": "less or equal",
    "not less, unsigned": "less, unsigned",
    "set": "clear",
}
RELATIONS = _RELATIONS | {name: _RELATIONS[other].opposite for name, other in _OPPOSITES.items()}
"""Conditions of instructions that compare and decide in one."""
