"""EXPR over a small memory written by hand."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass import isa as isas
from stackglass.errors import ExpressionError, UnreadableMemory
from stackglass.recording.arithmetic import DOUBLE, FLOAT, INT, UNSIGNED, Number
from stackglass.recording.data_model import DataModel
from stackglass.recording.expressions import Expression
from stackglass.recording.operands import Found
from stackglass.recording.shapes import ArrayOf, Code, MemberOf, PointerTo, Record, ReferenceTo, Shape

MODEL = DataModel.of(isas.get("x86_64"))
CHAR, LONG, LONG_DOUBLE = MODEL.char, MODEL.long, MODEL.long_double
SHORT = Number("short", 2, "signed")
UCHAR = Number("unsigned char", 1, "unsigned")


def _members_of_node() -> tuple[MemberOf, ...]:
    return (
        MemberOf("value", INT, 0),
        MemberOf("next", PointerTo(NODE), 8),
        MemberOf(None, INNER, 16),
        MemberOf("ready", UNSIGNED, 24, (0, 1), 4),
        MemberOf("delta", INT, 24, (3, 7), 4),
    )


NODE: Record = Record(_members_of_node, 32, "struct node")
INNER: Record = Record(lambda: (MemberOf("whole", LONG, 0), MemberOf("real", DOUBLE, 0)), 8, "union")
OPAQUE = Record(lambda: (), None, "struct opaque")

# address: contents
MEMORY = {
    0x1000: struct.pack("<i4xqd", 7, 0x1020, 2.5) + (1 | (-3 & 0x7F) << 3).to_bytes(4, "little") + bytes(4),
    0x1020: struct.pack("<i4xqq", -1, 0, 5) + bytes(8),
    0x2000: struct.pack("<iqhBbfd", 42, -5, -300, 200, ord("c"), 0.5, 0.1),
    0x3000: struct.pack("<5i", 10, 20, 30, 40, 50),
    0x3100: struct.pack("<6h", 1, 2, 3, 4, 5, 6),
    0x4000: b"hello\0world\0" + bytes(20),
    0x4100: struct.pack("<qqq", 0x4000, 0x3000, 0x2000),
    0x4200: b"abc\0\0\0\0\0",
    0x5000: bytes.fromhex("cdcccccccccccccc fb3f 000000000000"),
}
VARIABLES: dict[str, Found] = {
    "n": Found(INT, 0x2000),
    "big": Found(LONG, 0x2004),
    "small": Found(SHORT, 0x200C),
    "u": Found(UCHAR, 0x200E),
    "c": Found(CHAR, 0x200F),
    "f": Found(FLOAT, 0x2010),
    "d": Found(DOUBLE, 0x2014),
    "ld": Found(LONG_DOUBLE, 0x5000),
    "node": Found(NODE, 0x1000),
    "p": Found(PointerTo(NODE), None, (0x1000).to_bytes(8, "little")),
    "null": Found(PointerTo(NODE), None, bytes(8)),
    "a": Found(ArrayOf(INT, 5, 20, "int [5]"), 0x3000),
    "grid": Found(ArrayOf(ArrayOf(SHORT, 3, 6, "short [3]"), 2, 12, "short [2][3]"), 0x3100),
    "kept": Found(ArrayOf(SHORT, 2, 4, "short [2]"), None, struct.pack("<2h", 8, 9)),
    "text": Found(PointerTo(CHAR), 0x4100),
    "pa": Found(PointerTo(INT), 0x4108),
    "v": Found(PointerTo(None), 0x4108),
    "o": Found(PointerTo(OPAQUE), 0x4108),
    "name": Found(ArrayOf(CHAR, 8, 8, "char [8]"), 0x4200),
    "reference": Found(ReferenceTo(INT, 8, "int &"), 0x4110),  # type: ignore[arg-type]
    "main": Found(Code("int (void)"), 0x401136),
    "ns::counter": Found(INT, 0x3004),
    "RED": Found(UNSIGNED, data=bytes([5, 0, 0, 0])),
    "r": Found(INT, None, struct.pack("<i", -9)),
}
TYPES: dict[str, Shape] = {"struct node": NODE, "node_t": NODE, "word": UNSIGNED, "ns::Node": NODE}


class Names:
    """A scope over the tables above."""

    @property
    def model(self) -> DataModel:
        return MODEL

    def variable(self, name: str) -> Found | None:
        if name == "gone":
            raise ExpressionError("'gone' is optimised out there")
        return VARIABLES.get(name)

    def register(self, name: str) -> tuple[int, int] | None:
        return {"rax": (0xFFFFFFFFFFFFFFFF, 8), "eax": (0xFFFFFFFF, 4), "xmm0": (1 << 100, 16)}.get(name)

    def type_named(self, name: str) -> Shape | None:
        return TYPES.get(name)

    def virtual_base(self, place: bytes | None, address: int) -> int | None:
        return None

    def names(self) -> list[str]:
        return list(VARIABLES)

    def read(self, address: int, size: int) -> bytes:
        for start, content in MEMORY.items():
            if start <= address and address + size <= start + len(content):
                return content[address - start : address - start + size]
        raise UnreadableMemory(address, size)


def value(text: str) -> object:
    return Expression(text).evaluate(Names()).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n", 42),
        ("n == 42", 1),
        ("n + big * 2", 32),
        ("small", -300),
        ("u > 199 && c == 'c'", 1),
        ("-u", -200),
        ("~u & 0xff", 55),
        ("u << 4", 3200),
        ("f == 0.5", 1),
        ("d == 0.1", 1),
        ("d == 0.1f", 0),
        ("ld == 0.1L", 1),
        ("ld == 0.1", 0),
        ("n > 40 ? big : small", -5),
        ("(n - 40) * 3 % 4", 2),
        ("1 || n / 0", 1),
        ("0 && *null", 0),
        ("!n", 0),
        ("!null", 1),
        ("null == 0", 1),
        ("p != NULL && p == &node", 1),
        ("p->value", 7),
        ("(*p).value", 7),
        ("p->next->value", -1),
        ("p->next->next == nullptr", 1),
        ("p[1].value", -1),
        ("node.next->whole", 5),
        ("node.real", 2.5),
        ("node.ready", 1),
        ("node.delta", -3),
        ("node.ready - 2 < 0", 1),
        ("a[2]", 30),
        ("2[a]", 30),
        ("*a", 10),
        ("*(a + 4)", 50),
        ("&a[3] - a", 3),
        ("&a[3] - &a[5]", -2),
        ("&a[1] > a", 1),
        ("grid[1][2]", 6),
        ("*grid[1]", 4),
        ("kept[1]", 9),
        ("sizeof a / sizeof a[0]", 5),
        ("sizeof(int)", 4),
        ("sizeof(struct node)", 32),
        ("sizeof node.next", 8),
        ("sizeof grid[0]", 6),
        ('sizeof "abc"', 4),
        ("pa[1]", 20),
        ("*(short *)a", 10),
        ("((unsigned char *)&n)[0]", 42),
        ("(unsigned char)-1", 255),
        ("(char)200", -56),
        ("(int)2.9", 2),
        ("(long)d", 0),
        ("(double)n / 4", 10.5),
        ("(word)-1", 4294967295),
        ("(word)(-1) > 0", 1),
        ("(n) - 1", 41),
        ("((node_t *)v)->value", 10),
        ("((struct node *)p)->value", 7),
        ("((ns::Node *)p)->value", 7),
        ("reference", 42),
        ("&reference == &n", 1),
        ("ns::counter", 20),
        ("main == 0x401136", 1),
        ("&main == main", 1),
        ("RED", 5),
        ("r", -9),
        ("true + true", 2),
        ("$rax == -1", 1),
        ("$rax > 0", 1),
        ("$eax", 0xFFFFFFFF),
        ("$xmm0 >> 100", 1),
        ('text == "hello"', 1),
        ('"hello" == text', 1),
        ('text != "hell"', 1),
        ('text + 6 == "world"', 1),
        ('name == "abc"', 1),
        ('name == "ab"', 0),
        ('text == "hel\\x6co"', 1),
        ("'\\n'", 10),
        ("'\\377'", -1),
        ("0x10 + 010 + 0b11", 27),
        ("2147483648 > 0", 1),
        ("0xffffffff > 0", 1),
        ("4294967295u + 1", 0),
        ("1.5e2", 150.0),
        ("0x1p4", 16.0),
    ],
)
def test_an_expression_is_worth_what_it_is_in_c(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("n", "int"),
        ("n + u", "int"),
        ("n + big", "long"),
        ("f * 2", "float"),
        ("&n", "int *"),
        ("&p->next->value", "int *"),
        ("a", "int [5]"),
        ("a + 1", "int *"),
        ("node", "struct node"),
        ("sizeof n", "unsigned long"),
        ("n == 1", "int"),
        ("(unsigned)1", "unsigned int"),
        ("(long unsigned int)1", "unsigned long"),
        ("(void *)p", "void *"),
    ],
)
def test_an_expression_has_the_type_that_it_has_in_c(text: str, type_: str) -> None:
    assert Expression(text).evaluate(Names()).type == type_


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n ==",
        "(n",
        "n n",
        "n = 2",
        "n += 1",
        "n++",
        "--n",
        "f(n)",
        "n; n",
        "n); int x = (3",
        "n, d",
        "({ n; })",
        "(int[]){1, 2}",
        "x\ny",
        "#define x",
        "'ab'",
        "((((((((((",
        "nosuch == 2",
        "gone == 2",
        "$nosuch",
        "node.nosuch",
        "n.value",
        "n->value",
        "*n",
        "*v",
        "&1",
        "&node.ready",
        "&r",
        "o + 1",
        "a * 2",
        "p + p",
        "p + 1.5",
        "kept[2]",
        "node == node",
        "!node",
        "~d",
        "n % d",
        "n / 0",
        "n << 40",
        "(nosuch)n",
        "(struct nosuch *)p",
        "(struct node)p",
        "(void)n",
        "sizeof(struct nosuch)",
        'n + "a"',
        'text < "a"',
        'n == "a"',
        '"a" + 1',
        "99999999999999999999",
        "08",
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(text)
    assert "\n" not in str(caught.value)


def test_looking_where_nothing_is_mapped_says_so() -> None:
    with pytest.raises(UnreadableMemory):
        value("null->value")


def test_an_unknown_variable_says_which_there_are() -> None:
    with pytest.raises(ExpressionError, match="no variable is called 'm' there") as caught:
        value("m == 2")
    assert "n, big, small" in caught.value.help


def test_a_syntax_error_shows_when_the_expression_is_made() -> None:
    with pytest.raises(ExpressionError):
        Expression("n ==")
    Expression("(word)n == 1")


def test_truth_is_not_zero() -> None:
    assert Expression("n").is_true(Names())
    assert Expression("a").is_true(Names())
    assert not Expression("0.0").is_true(Names())
    assert not Expression("null").is_true(Names())


@given(st.text(alphabet="n pa->.[]()*&!~+-/%<>=?:'\"\\0123xeuLf$,;{}#d", max_size=30))
def test_any_text_is_evaluated_or_refused(text: str) -> None:
    try:
        value(text)
    except (ExpressionError, UnreadableMemory) as error:
        assert str(error)


INTS = st.integers(-(2**31), 2**31 - 1)


@given(INTS, INTS, st.sampled_from(["+", "-", "*", "/", "%", "<", "<=", "==", ">"]))
def test_arithmetic_on_ints_agrees_with_c(left: int, right: int, operator: str) -> None:
    if operator in "/%" and (right == 0 or right == -1):
        return
    expected = {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": int(left / right) if right else 0,
        "%": left - right * int(left / right) if right else 0,
        "<": left < right,
        "<=": left <= right,
        "==": left == right,
        ">": left > right,
    }[operator]
    wrapped = (int(expected) + 2**31) % 2**32 - 2**31
    assert value(f"(int)({left}) {operator} (int)({right})") == wrapped


class BigEndianNames:
    """A scope over one struct, on a big-endian machine."""

    CONTENT = struct.pack(">i4xIq", -2, 0x1020, 5) + (0b1 << 31 | (-3 & 0x7F) << 21).to_bytes(4, "big")
    FIELDS = (
        MemberOf("value", INT, 0),
        MemberOf("next", PointerTo(INT, 4), 8),
        MemberOf("whole", LONG, 12),
        MemberOf("ready", UNSIGNED, 20, (0, 1), 4),
        MemberOf("delta", INT, 20, (4, 7), 4),
    )

    @property
    def model(self) -> DataModel:
        return replace(DataModel.of(isas.get("arm")), byte_order="big")

    def variable(self, name: str) -> Found | None:
        shape = Record(lambda: self.FIELDS, 24, "struct s")
        return {"s": Found(shape, 0x1000), "r": Found(DOUBLE, None, struct.pack(">d", 2.5))}.get(name)

    def register(self, name: str) -> tuple[int, int] | None:
        return None

    def type_named(self, name: str) -> Shape | None:
        return None

    def virtual_base(self, place: bytes | None, address: int) -> int | None:
        return None

    def names(self) -> list[str]:
        return ["s", "r"]

    def read(self, address: int, size: int) -> bytes:
        return self.CONTENT[address - 0x1000 :][:size]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("s.value", -2), ("s.next", 0x1020), ("s.whole", 5), ("s.ready", 1), ("s.delta", -3), ("r", 2.5)],
)
def test_numbers_are_read_in_the_program_s_byte_order(text: str, expected: object) -> None:
    assert Expression(text).evaluate(BigEndianNames()).value == expected
