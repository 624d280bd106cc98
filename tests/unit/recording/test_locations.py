"""WHERE, from text to value and back; every malformed one with its own sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.errors import LocationError
from stackglass.recording.locations import (
    AddressArrival,
    AtStep,
    CallOf,
    Crash,
    Deepest,
    End,
    LineArrival,
    Where,
    parse,
)

READ = {
    "deepest": Deepest(),
    "crash": Crash(),
    "end": End(),
    " main ": CallOf("main"),
    "fact#3": CallOf("fact", 3),
    "fact:entry": CallOf("fact", 1, "entry"),
    "fact:return": CallOf("fact", 1, "return"),
    "fact#2:return": CallOf("fact", 2, "return"),
    "fact:return#2": CallOf("fact", 2, "return"),
    "12": LineArrival(None, 12),
    "12#2": LineArrival(None, 12, 2),
    "call.c:12": LineArrival("call.c", 12),
    "src/a-b.c:7#10": LineArrival("src/a-b.c", 7, 10),
    "step:0": AtStep(0),
    "step:123456": AtStep(123456),
    "0x401136": AddressArrival(0x401136),
    "0x401136#4": AddressArrival(0x401136, 4),
    "ns::Stack::push": CallOf("ns::Stack::push"),
    "ns::Stack<int, 4>::push#2:return": CallOf("ns::Stack<int, 4>::push", 2, "return"),
    "::main": CallOf("::main"),
    "operator+": CallOf("operator+"),
    "ns::V::operator+:entry": CallOf("ns::V::operator+", 1, "entry"),
    "V::operator()#2": CallOf("V::operator()", 2),
    "V::operator[]": CallOf("V::operator[]"),
    "operator<<:return": CallOf("operator<<", 1, "return"),
    "operator bool": CallOf("operator bool"),
    "Foo::~Foo": CallOf("Foo::~Foo"),
    "f(int, char *)#2": CallOf("f(int, char *)", 2),
    "(anonymous namespace)::f": CallOf("(anonymous namespace)::f"),
    "f.part.0": CallOf("f.part.0"),
    "'crash'": CallOf("crash"),
    "'end'#2:return": CallOf("end", 2, "return"),
    '"operator \\"\\" _km"': CallOf('operator \\"\\" _km'),
}


@pytest.mark.parametrize("text", READ)
def test_a_where_reads_as_the_moment_it_names(text: str) -> None:
    assert parse(text) == READ[text]


@pytest.mark.parametrize("where", READ.values(), ids=str)
def test_a_moment_writes_itself_so_that_it_reads_back(where: Where) -> None:
    assert parse(str(where)) == where


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "names no moment"),
        ("a b", "names no moment"),
        ("n == 2", "names no moment"),
        ("f(", "names no moment"),
        ("f::", "names no moment"),
        ("1f", "names no moment"),
        ("--at", "names no moment"),
        ("f#0", "'#0' in 'f#0' is no count"),
        ("f#", "'#' in 'f#' is no count"),
        ("f#x", "'#x' in 'f#x' is no count"),
        ("f#" + "9" * 5000, "is no count"),
        ("12#0", "is no count"),
        ("0", "there is no line 0"),
        ("f:middle", "':middle' in 'f:middle' is no moment of a call"),
        ("f##2", "cannot be read"),
        ("f#2:return#3", "cannot be read"),
        ("step:", "has no step number"),
        ("step:-1", "has no step number"),
        ("step:" + "9" * 5000, "has no step number"),
    ],
)
def test_what_names_no_moment_is_refused_with_a_reason_and_help(text: str, sentence: str) -> None:
    with pytest.raises(LocationError) as caught:
        parse(text)
    assert sentence in str(caught.value)
    assert caught.value.help


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        where = parse(text)
    except LocationError:
        return
    assert parse(str(where)) == where
