"""What is told of arguments on every instruction set: each where a closer look once found a wrong word."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Role, explain
from stackglass import isa as isas
from stackglass.model.explanation import ExplainedStep, PhaseName
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.integration.told import recorded
from tests.needs import require

CHANGED = """
volatile int seen;
__attribute__((noinline)) static int scaled(int factor, int number) {
    seen += factor;
    return seen * number;
}
int main(int argc, char **argv) {
    return scaled(24, argc) + scaled(24, argc + 7);
}
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_parameter_that_the_compiler_took_away_came_in_nowhere(isa: str, tmp_path: Path) -> None:
    """gcc makes scaled.constprop.0, which has one parameter left: in the first register, or on i386 in eax too."""
    recording = recorded(tmp_path, isa, "-O2", CHANGED)
    frame = recording.at("scaled:entry").frames[0]
    assert [each.name for each in frame.parameters] == ["factor", "number"]
    factor, number = frame.parameters
    assert (factor.location, factor.value, factor.came_in) == ("constant", "24", None)
    assert number.value == "1"
    kept_in = number.location.removeprefix("register ")
    assert number.came_in is not None and isas.get(isa).full_name(number.came_in) == kept_in


HALVES = """
__attribute__((noinline)) int pick(int a, int b, int c, int d, int e, int f, int g, int h, long long wide) {
    return (int)wide + (int)(wide >> 32) + a + h;
}
int main(void) {
    int wide = 9;
    return pick(1, 2, 3, 4, 5, 6, 7, 8, 0x200000003LL) + wide;
}
"""


@pytest.mark.parametrize("isa", ["i386", "arm"])
def test_half_of_an_argument_is_told_as_half(isa: str, tmp_path: Path) -> None:
    """`wide` on the stack is read a word at a time: neither word is its value, nor main's variable of that name."""
    recording = recorded(tmp_path, isa, "-O0", HALVES)
    told = explain.call(recording, "pick")
    inside = (PhaseName.PROLOGUE, PhaseName.BODY)
    words = " ".join(one.words for phase in told.phases for one in phase.told if phase.name in inside)
    assert "bytes 0 to 3 of wide" in words
    assert "bytes 4 to 7 of wide" in words
    assert "wide of main" not in words
    assert "reads wide (" not in words
    assert "wide's value 3" not in words
    assert "wide's value 2" not in words


VARIADIC = """
#include <stdarg.h>
__attribute__((noinline)) double sum(int count, ...) {
    va_list ap;
    va_start(ap, count);
    double total = va_arg(ap, double) + va_arg(ap, int);
    va_end(ap);
    return total;
}
int main(void) { return (int)sum(2, 3.5, 4) - 7; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_explain_tells_where_arguments_without_a_name_go(isa: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, "-O0", VARIADIC)
    rule = explain.call(recording, "sum").unnamed_arguments
    assert rule == isas.get(isa).unnamed_arguments
    assert rule
    assert explain.call(recording, "main").unnamed_arguments is None
    # Where the rule says that floating-point values go, the 3.5 was put.
    setup = explain.call(recording, "sum").phases[0]
    loads = [one.disassembly for one in setup.told if "without a name" in one.words and isinstance(one, ExplainedStep)]
    core = {"arm": "r2", "riscv64": "a1", "x86_64": "xmm0", "aarch64": "d0", "i386": "push", "powerpc": "f1"}[isa]
    assert any(core in load for load in loads), loads


PARTS = """
struct six { int a, b, c, d, e, f; };
__attribute__((noinline)) int take(struct six v, long long w) { return v.a + v.f + (int)w; }
int main(void) { struct six x = {1, 2, 3, 4, 5, 6}; return take(x, 7) != 14; }
"""


def test_one_load_of_several_parts_of_an_argument_is_told_with_all_of_them(tmp_path: Path) -> None:
    """ldm loads the first four words of `v`; its last two lie on the stack, 16 bytes into it."""
    setup = explain.call(recorded(tmp_path, "arm", "-O0", PARTS), "take").phases[0]
    told = [step.words for step in setup.told if isinstance(step, ExplainedStep) and "argument 1 (" in step.words]
    (loaded,) = [words for words in told if words.startswith("argument 1 (v, parts 1 to 4): ")]
    assert "into r0 (1)" in loaded and "into r3 (4)" in loaded
    (stored,) = [words for words in told if words.startswith("argument 1 (v, part 5): ")]
    assert "(5) into bytes 16 to 19 of v" in stored and "(6) into bytes 20 to 23 of v" in stored


COPIED = """
struct big { long x[4]; };
__attribute__((noinline)) long sum(struct big one, struct big other) { return one.x[0] + other.x[3]; }
__attribute__((noinline)) int late(int a, int b, int c, int d, int e, int f, int g, int h, struct big last)
{
    return a + b + c + d + e + f + g + h + (int)last.x[1];
}
int main(void) {
    struct big one = {{1, 2, 3, 4}};
    return (int)sum(one, one) + late(1, 2, 3, 4, 5, 6, 7, 8, one) & 1;
}
"""


BY_REFERENCE = ("powerpc", "riscv64", "aarch64")


@pytest.mark.parametrize("isa", BY_REFERENCE)
def test_copies_whose_addresses_are_passed_are_told_from_the_call_on(isa: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, "-O0", COPIED)
    told = []
    for moment in ("sum:entry", "sum"):
        main = recording.at(moment).frames[1]
        found = [(slot.name, slot.note, slot.address, slot.size, slot.value) for slot in main.slots]
        told.append([each for each in found if "a copy whose address is passed" in (each[1] or "")])
    assert [name for name, *_ in told[0]] == ["one", "other"][:: 1 if told[0][0][0] == "one" else -1]
    assert told[0] == told[1]


@pytest.mark.parametrize("isa", BY_REFERENCE)
def test_of_a_struct_passed_by_reference_the_address_came(isa: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, "-O0", COPIED)
    drawn = render_plain(picture(recording.at("late"), PictureOptions(width=140)))
    assert "parameter 9, came on the stack" not in drawn
    main = recording.at("late").frames[1]
    copy = [slot for slot in main.slots if slot.note == "argument 9, a copy whose address is passed"]
    pointer = [slot for slot in main.slots if slot.note == "argument 9, its address"]
    assert copy and [slot.value for slot in pointer] == [hex(copy[0].address)]
    assert not any("rest of" in (slot.note or "") and "copy" in (slot.note or "") for slot in main.slots)


IN_A_REGISTER_OF_NONE = """
struct three { float x, y, z; };
__attribute__((noinline)) int many(char c, long long q, int d, int e, int f, int g, struct three last, int *p)
{
    return c + (int)q + d + e + f + g + (int)last.z + *p;
}
__attribute__((noinline)) int before(int a, void *taken) { return a + (taken != 0); }
int main(void) {
    struct three last = {1, 2, 3};
    int x = 5;
    int found = before(1, &x);
    return many('c', 0x123456789abLL, 1, 2, 3, 4, last, &x) + found == 0;
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_no_register_but_its_own_leads_to_an_argument(isa: str, level: str, tmp_path: Path) -> None:
    """On PowerPC gcc names the register that its address comes to, for all of the function."""
    recording = recorded(tmp_path, isa, level, IN_A_REGISTER_OF_NONE)
    for moment in ("many:entry", "many"):
        parameter = recording.at(moment).frames[0].parameters[6]
        assert parameter.value == "{.x = 1.0, .y = 2.0, .z = 3.0}"
    recording.at("many", when="last.z == 3.0 && last.x == 1.0")


EMPTY = """
struct Empty {};
struct Two { Empty both[2]; };
struct alignas(8) Wide {};
__attribute__((noinline)) int few(Empty, int a, Wide, int b, Two, int c) { return a * 16 + b + c; }
__attribute__((noinline)) int many(int a, int b, int c, int d, int e, int f, int g, int h, Empty, int i, Two, int j) {
    return i * 16 + j;
}
int main() { return few({}, 1, {}, 2, {}, 3) + many(1, 2, 3, 4, 5, 6, 7, 8, {}, 9, {}, 10); }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_empty_classes_take_a_place_where_the_compiler_gives_them_one(isa: str, tmp_path: Path) -> None:
    """On x86-64 they have none; elsewhere g++ passes their byte as it would a char."""
    require("g++" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-g++", "static libc")
    (tmp_path / "empty.cpp").write_text(EMPTY)
    recording = stackglass.record(tmp_path / "empty.cpp", isa=isa)
    for name, numbers in (("few", (1, 2, 3)), ("many", range(1, 11))):
        passed = explain.call(recording, name).arguments
        assert [each.value for each in passed if each.type == "int"] == [str(number) for number in numbers]
        assert {each.place == "nowhere" for each in passed if each.type != "int"} == {isa == "x86_64"}
        assert not any("convention" in each.reason for each in passed)
    frames = recording.at("many").frames
    callee, main = frames[0], frames[1]
    assert [each.value for each in callee.parameters if each.type == "int"] == [str(number) for number in range(1, 11)]
    assert len([each for each in callee.parameters if each.location.startswith("nowhere")]) == 2 * (isa == "x86_64")
    told = {slot.name: slot.value for slot in main.slots if slot.role is Role.OUTGOING_ARGUMENT}
    if isa == "x86_64":
        assert told == {"g": "7", "h": "8", "i": "9", "j": "10"}
    assert told["j"] == "10"


MEMBER_FUNCTIONS = """
struct Base {
    int a = 1;
    virtual int first() { return a; }
    virtual int second() { return a + 1; }
    int plain() { return a + 2; }
};
__attribute__((noinline)) int call(int (Base::*which)(), Base *it) { return which ? (it->*which)() : 0; }
int main() {
    Base base;
    return call(&Base::first, &base) + call(&Base::second, &base) + call(&Base::plain, &base) + call(nullptr, &base);
}
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_pointers_to_member_functions(isa: str, tmp_path: Path) -> None:
    """The bit that tells a virtual one is in the first word, on ARM and AArch64 in the second."""
    require("g++" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-g++", "static libc")
    (tmp_path / "members.cpp").write_text(MEMBER_FUNCTIONS)
    recording = stackglass.record(tmp_path / "members.cpp", isa=isa)
    assert recording.exit_status == 6
    rows = recording.calls.rows_of({recording.target.functions_named("call")[0].low})
    told = [explain.explain_row(recording, row).arguments[0] for row in rows]
    word = isas.get(isa).word_size
    virtual = [f"virtual function at offset {offset}" for offset in (0, word)]
    assert [each.value for each in told[:2]] == virtual
    assert told[2].points_to is not None and told[2].points_to.name == "Base::plain"
    assert told[3].value == "nullptr"
    assert recording.at("call#2").frames[0].parameters[0].value == virtual[1]


STRUCTORS = """
struct Plain { int id; Plain(int id) : id(id) {} ~Plain() { id = -1; } };
struct Shared { int shared = 1; };
struct Left : virtual Shared { int left; Left(int left) : left(left) {} ~Left() { left = 0; } };
struct Both : Left { int both; Both(int both) : Left(2), both(both) {} ~Both() { both = 0; } };
__attribute__((noinline)) int use(Plain *plain, Both *both) { return plain->id + both->both; }
int main() { Plain plain(3); Both both(4); return use(&plain, &both); }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_constructor_or_destructor_takes_what_its_copy_does(isa: str, tmp_path: Path) -> None:
    """Of a class with virtual bases only the base object's has the table of virtual tables, and none has __in_chrg."""
    require("g++" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-g++", "static libc")
    (tmp_path / "structors.cpp").write_text(STRUCTORS)
    recording = stackglass.record(tmp_path / "structors.cpp", isa=isa)
    expected = {
        "Plain::Plain": ["this", "id"],
        "Plain::~Plain": ["this"],
        "Both::Both": ["this", "both"],
        "Both::~Both": ["this"],
        "Left::Left": ["this", "__vtt_parm", "left"],
        "Left::~Left": ["this", "__vtt_parm"],
    }
    for name, parameters in expected.items():
        for moment in (f"{name}:entry", name):
            frame = recording.at(moment).frames[0]
            assert [each.name for each in frame.parameters] == parameters
            values = {each.name: each for each in frame.parameters}
            table = values["__vtt_parm"].points_to if "__vtt_parm" in values else None
            assert table is None or table.name == "VTT for Both"
            assert "left" not in values or values["left"].value == "2"
        assert [each.name for each in explain.call(recording, name).arguments] == parameters


GIVES_BACK = """
__attribute__((noinline)) void one(int *p) { *p = 5; __asm__ volatile(""); }
__attribute__((noinline)) void caller(void) { int room[3]; one(room); }
int main(void) { caller(); return 0; }
"""


@pytest.mark.parametrize(("isa", "flags"), [("arm", "-mthumb"), ("i386", "-fomit-frame-pointer")])
def test_more_than_the_arguments_is_not_told_as_the_arguments(isa: str, flags: str, tmp_path: Path) -> None:
    """Behind the call the caller gives back its locals, with the argument's word on i386."""
    require(f"{isas.get(isa).gnu_triplet}-gcc")
    (tmp_path / "back.c").write_text(GIVES_BACK)
    explained = explain.call(stackglass.record(tmp_path / "back.c", isa=isa, cflags=flags, optimise="2"), "one")
    steps = [step for phase in explained.phases for step in phase.told if isinstance(step, ExplainedStep)]
    words = [step.words for step in steps if step.function == "caller"]
    assert any("gives back" in each for each in words), words
    assert not any("takes the arguments off" in each for each in words), words


MADE_OF_PARTS = """
union either { int number; char letters[12]; };
struct both { int number; char letters[8]; };
__attribute__((noinline)) int take(union either one, struct both two, _Complex float three) {
    return one.number + two.number + (int)__real__ three;
}
int main(void) {
    union either one = {1};
    struct both two = {2};
    return take(one, two, 3.0f) - 6;
}
"""


@pytest.mark.parametrize("isa", ["arm", "aarch64"])
def test_a_rule_calls_what_is_made_of_parts_by_its_sort(isa: str, tmp_path: Path) -> None:
    told = explain.call(recorded(tmp_path, isa, "-O0", MADE_OF_PARTS), "take")
    union, struct, number = (each.reason for each in told.arguments)
    assert "a union of 12 bytes" in union
    assert "a struct of 12 bytes" in struct
    assert "a complex number of " in number
    assert "struct" not in union + number


IN_VECTORS = """
typedef union { float all[3]; struct { float x, y, z; } each; float first; } corner;
typedef struct { float x, y; } pair;
__attribute__((noinline)) float take(corner one, pair two, _Complex double three) {
    return one.each.z + two.y + (float)__real__ three;
}
int main(void) {
    corner one = {{1, 2, 3}};
    pair two = {4, 5};
    return (int)take(one, two, 6.0) - 14;
}
"""


def test_what_a_union_in_vector_registers_is_made_of_are_no_members(tmp_path: Path) -> None:
    """One of its members is a struct, one an array, and one shares a register with those."""
    told = explain.call(recorded(tmp_path, "aarch64", "-O0", IN_VECTORS), "take")
    union, struct, number = (each.reason for each in told.arguments)
    assert union.startswith("a union as large as 3 floating-point values of one type goes in v0 to v7")
    assert ", a register for each value; v0, v1 and v2 are the next" in union
    assert struct.startswith("a struct of 2 floating-point members of one type")
    assert number.startswith("a complex number of 2 floating-point parts of one type")


IN_FLOATING_POINT = """
__attribute__((noinline)) double take(double one, float two) { return one + two; }
int main(void) { return take(1.5, 2.5f) == 4; }
"""


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_a_number_in_a_vector_register_is_where_it_came_in(level: str, tmp_path: Path) -> None:
    frame = recorded(tmp_path, "aarch64", level, IN_FLOATING_POINT).at("take:entry").frames[0]
    assert [(each.came_in, each.location) for each in frame.parameters] == [
        ("d0", "register d0"),
        ("s1", "register s1"),
    ]
