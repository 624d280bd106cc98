"""The names that an expression may use at a moment: on real programs, since debug information is where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass.errors import ExpressionError
from stackglass.recording.arrivals import resolve
from stackglass.recording.expressions import Expression
from stackglass.recording.scope import MomentScope, ProgramNames
from tests.needs import require

C = """
#include <stddef.h>
enum colour { RED, GREEN = 5 };
static enum { LIMIT = 77 } limit = LIMIT;
typedef struct node { int value; struct node *next; unsigned ready : 1, count : 5; } node_t;
typedef unsigned int word;
int counter = 3;
static double ratio = 0.25;
const char *title = "a title";
static int helper(int x) { static int counter = 40; counter += x; return counter; }
static int work(node_t *list, int count, const char *name, word w, float f)
{
    int numbers[3] = {10, 20, 30};
    enum colour c = GREEN;
    {
        long count = 99;
        numbers[0] = (int)count;
    }
    return numbers[0] + helper(list->value) + c + (int)limit;
}
int main(void)
{
    node_t last = {8, NULL, 0, 0}, first = {7, &last, 1, 19};
    return work(&first, 2, "hello", 4000000000u, 0.1f) == 0;
}
"""

CXX = """
namespace shop {
enum class State : short { open = 3, shut = -4 };
int visitors = 12;
struct Base { int id = 5; };
struct Till : Base {
    double total = 2.5;
    static int made;
    State state = State::shut;
    int add(const int &amount) { total += amount; return id; }
};
int Till::made = 1;
}
namespace { int hidden = 6; }
int main() { shop::Till till; return till.add(4) + shop::visitors + hidden + shop::Till::made == 0; }
"""


@pytest.fixture(scope="module")
def c(tmp_path_factory: pytest.TempPathFactory) -> stackglass.Recording:
    require("gcc")
    path = tmp_path_factory.mktemp("scope") / "program.c"
    path.write_text(C)
    return stackglass.record(path)


@pytest.fixture(scope="module")
def cxx(tmp_path_factory: pytest.TempPathFactory) -> stackglass.Recording:
    require("g++")
    path = tmp_path_factory.mktemp("scope") / "program.cpp"
    path.write_text(CXX)
    return stackglass.record(path)


def value(recording: stackglass.Recording, where: str, text: str) -> object:
    recording.seek(resolve(recording, where))
    return Expression(text).evaluate(MomentScope(recording.moment(), ProgramNames(recording.target))).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count", 2),
        ("list->value", 7),
        ("list->next->value", 8),
        ("list->next->next == 0", 1),
        ("list->ready && list->count == 19", 1),
        ('name == "hello"', 1),
        ("name[1]", ord("e")),
        ("w", 4000000000),
        ("w > 0 && (int)w < 0", 1),
        ("f == 0.1f", 1),
        ("numbers[2]", 30),
        ("*(numbers + 1)", 20),
        ("sizeof numbers", 12),
        ("sizeof(node_t)", 24),
        ("sizeof(struct node)", 24),
        ("(size_t)-1 == 18446744073709551615u", 1),
        ("((node_t *)list)->value", 7),
        ("c == GREEN", 1),
        ("RED", 0),
        ("LIMIT", 77),
        ("counter", 3),
        ("ratio * 4", 1.0),
        ('title == "a title"', 1),
        ("main != 0", 1),
        ("&counter != 0", 1),
        ("$rip == $pc && $rsp == $sp && $rbp == $fp", 1),
        ("($rip & 0xffffffff) == $eip", 0),
    ],
)
def test_names_of_c(c: stackglass.Recording, text: str, expected: object) -> None:
    if "$eip" in text:
        with pytest.raises(ExpressionError, match="no register is called 'eip'"):
            value(c, "17", text)
        return
    assert value(c, "18", text) == expected


def test_an_inner_block_hides_the_outer_variable(c: stackglass.Recording) -> None:
    assert value(c, "17", "count") == 99
    assert value(c, "18", "count") == 2


def test_a_static_local_hides_the_global(c: stackglass.Recording) -> None:
    assert value(c, "helper", "counter") == 40
    assert value(c, "helper:return", "counter") == 47
    assert value(c, "main", "counter") == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this->total", 2.5),
        ("total", 2.5),
        ("id", 5),
        ("this->id", 5),
        ("amount", 4),
        ("&amount != 0", 1),
        ("shop::visitors", 12),
        ("::shop::visitors", 12),
        ("shop::Till::made", 1),
        ("hidden", 6),
        ("state == shop::State::shut", 1),
        ("shop::State::open", 3),
        ("sizeof(shop::Till)", 24),
        ("((shop::Till *)this)->total", 2.5),
        ("true", 1),
        ("this != nullptr", 1),
    ],
)
def test_names_of_cxx(cxx: stackglass.Recording, text: str, expected: object) -> None:
    assert value(cxx, "add", text) == expected


@pytest.mark.parametrize("text", ["nosuch", "list->nosuch", "(struct nosuch *)list", "$nosuch"])
def test_names_that_are_not_there(c: stackglass.Recording, text: str) -> None:
    with pytest.raises(ExpressionError):
        value(c, "18", text)


def test_an_unknown_name_is_answered_with_those_in_view(c: stackglass.Recording) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(c, "18", "nosuch")
    assert caught.value.help.startswith("variables in view: list, count, name, w, f, numbers, c")


def test_a_program_without_debug_information_has_registers_and_functions(
    c: stackglass.Recording, tmp_path: Path
) -> None:
    source = tmp_path / "plain.c"
    source.write_text("int f(int x) { return x; }\nint main(void) { return f(9) - 9; }\n")
    plain = stackglass.record(source, cflags="-g0")
    assert value(plain, "f:entry", "$edi == 9 && f != main") == 1
    with pytest.raises(ExpressionError, match="no variable is called 'x'"):
        value(plain, "f:entry", "x")
