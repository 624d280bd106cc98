"""Each ISA's table of words: only fields and tests that `explain` knows, and no row that another one hides."""

from __future__ import annotations

import re
import string

import pytest

from stackglass import isa as isas
from stackglass.explain.fields import REGISTER_FIELDS, Fields
from stackglass.explain.operands import OperandView
from stackglass.explain.scene import Scene
from stackglass.isa.words import Condition, Idiom, Vocabulary
from stackglass.model import Role

_QUALITIES = {
    "register",
    "memory",
    "immediate",
    "none",
    "sp",
    "fp",
    "incoming",
    "canary",
    "oldsp",
    "linear",
    "mapped",
    "pc",
    "zero",
    "integral",
    "constant",
}
WITH_WORDS = [name for name in isas.names() if isas.get(name).words is not None]
_PARTS = {"prologue", "epilogue", "after"}


def _vocabulary(name: str) -> Vocabulary:
    words = isas.get(name).words
    assert words is not None
    return words()


def _fields(template: str) -> list[tuple[str, str]]:
    return [(field, spec or "") for _, field, spec, _ in string.Formatter().parse(template) if field is not None]


@pytest.mark.parametrize("name", WITH_WORDS)
def test_fields_are_known(name: str) -> None:
    isa = isas.get(name)
    for field, spec in (found for idiom in _vocabulary(name).idioms for found in _fields(idiom.words)):
        operand, _, attribute = field.partition(".")
        if field in REGISTER_FIELDS:
            assert isa.full_name(spec), f"no register {spec}"
        elif operand in "abcd":
            assert hasattr(OperandView, attribute), field
        else:
            assert hasattr(Fields, field), field


@pytest.mark.parametrize("name", WITH_WORDS)
def test_tests_are_known(name: str) -> None:
    words = _vocabulary(name)
    rows = (*words.idioms, *words.prologue, *words.epilogue)
    for test in (test.removeprefix("!") for idiom in rows for test in idiom.when.split()):
        subject, _, rest = test.partition(":")
        if subject in ("reads", "writes"):
            assert rest in {role.value for role in Role}
        elif subject == "over":
            assert rest == "arguments"
        elif subject == "sp":
            assert rest in ("up", "down", "same", "lost")
        elif rest:
            assert subject in "abcd"
            assert rest in _QUALITIES or rest.isdigit() or rest in "abcd"
        else:
            assert test in _PARTS or hasattr(Scene, f"_is_{test}"), test


@pytest.mark.parametrize("name", WITH_WORDS)
def test_no_row_hides_a_later_one(name: str) -> None:
    closed: dict[str, Idiom] = {}
    for idiom in _vocabulary(name).idioms:
        for mnemonic in idiom.mnemonics.split():
            assert mnemonic not in closed, f"{mnemonic}: {idiom.words!r} is never reached"
            if not idiom.when:
                closed[mnemonic] = idiom


@pytest.mark.parametrize("name", WITH_WORDS)
def test_every_conditional_mnemonic_has_words(name: str) -> None:
    words = _vocabulary(name)
    told = {mnemonic for idiom in words.idioms for mnemonic in idiom.mnemonics.split()}
    assert {*words.conditional, *words.own_comparisons} <= told
    assert set(words.conditional.values()) <= set(words.conditions)


@pytest.mark.parametrize("name", WITH_WORDS)
def test_opposite_conditions_are_opposite(name: str) -> None:
    """For each condition that may not hold there is one that holds exactly then, with the words the other way round."""
    conditions = _vocabulary(name).conditions
    for code, condition in conditions.items():
        assert code == "al" or any(_opposite(condition, other) for other in conditions.values())


def _opposite(one: Condition, other: Condition) -> bool:
    flags = (*range(0x1000), *(top << 28 for top in range(16)))
    differ = all(one.holds(each) != other.holds(each) for each in flags)
    return differ and one.compared == other.compared[::-1] and one.tested == other.tested[::-1]


@pytest.mark.parametrize("name", WITH_WORDS)
def test_sentences_are_plain(name: str) -> None:
    """They go on from the instruction: no capital at the start, no full stop at the end."""
    for idiom in _vocabulary(name).idioms:
        assert not re.match(r"[A-Z]", idiom.words)
        assert not idiom.words.endswith((".", " "))
        assert "  " not in idiom.words
