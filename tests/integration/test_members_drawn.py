"""Members of structs and unions in pictures, on every instruction set: values, and rows that tell what is whose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass import Recording, Role
from stackglass import isa as isas
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

BIT_FIELDS = """
#include <string.h>
struct plain { unsigned a:3, b:5; int c:9; unsigned long long d:40; unsigned char e; };
struct packed { unsigned a:3; unsigned long long b:61; int c:7; unsigned d:30; unsigned short e; int f:20, g:4; }
    __attribute__((packed));
struct units { int a:20; int b:20; short c:9; short d:9; signed char e:5, f:5; unsigned :0; unsigned g:1; };
__attribute__((noinline)) int use(void *taken) { return *(char *)taken; }
int main(void) {
    struct plain one; struct packed two; struct units three;
    memset(&one, 0, sizeof one); memset(&two, 0, sizeof two); memset(&three, 0, sizeof three);
    one.a = 5; one.b = 17; one.c = -3; one.d = 0x1234567890ULL; one.e = 0xee;
    two.a = 3; two.b = 0x123456789abcdefULL; two.c = -7; two.d = 0x2abcdef1; two.e = 0xbeef; two.f = -12345; two.g = -5;
    three.a = -1000; three.b = 77777; three.c = -200; three.d = 199; three.e = -3; three.f = 7; three.g = 1;
    return (use(&one) + use(&two) + use(&three)) & 1;
}
"""
ASSIGNED = {
    "one": {"a": 5, "b": 17, "c": -3, "d": 0x1234567890, "e": 0xEE},
    "two": {"a": 3, "b": 0x123456789ABCDEF, "c": -7, "d": 0x2ABCDEF1, "e": 0xBEEF, "f": -12345, "g": -5},
    "three": {"a": -1000, "b": 77777, "c": -200, "d": 199, "e": -3, "f": 7, "g": 1},
}


def recorded(folder: Path, isa: str, source: str, compiler: str = "gcc", flags: str = "") -> Recording:
    cross = "gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc"
    require(cross, "static libc", *(("clang",) if compiler == "clang" else ()))
    (folder / "members.c").write_text(source)
    target = f"--target={isas.get(isa).gnu_triplet} " if compiler == "clang" else ""
    cc = "clang" if compiler == "clang" else None
    return stackglass.record(folder / "members.c", isa=isa, cc=cc, cflags=target + flags)


def drawn(recording: Recording, where: str) -> list[str]:
    told = picture(recording.at(where), PictureOptions(width=140))
    return ["".join(each.text for each in line.spans) for line in told]


@pytest.mark.parametrize("isa", isas.emulated())
@pytest.mark.parametrize(
    ("compiler", "flags"), [("gcc", ""), ("gcc", "-gdwarf-2 -gstrict-dwarf"), ("clang", "-gdwarf-4")]
)
def test_bit_fields_are_worth_what_they_were_given(isa: str, compiler: str, flags: str, tmp_path: Path) -> None:
    """Those that cross a storage unit, and packed ones, among them: DWARF 2 to 4 count from a unit's upper end."""
    frame = recorded(tmp_path, isa, BIT_FIELDS, compiler, flags).at("use#3").frames[1]
    fields = {slot.name: slot.fields for slot in frame.slots if slot.role is Role.LOCAL and slot.name in ASSIGNED}
    told = {name: {one.name: one.value for one in found if one.name} for name, found in fields.items()}
    assert told == {name: {field: str(value) for field, value in of.items()} for name, of in ASSIGNED.items()}


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_row_of_bit_fields_has_those_of_its_bytes(isa: str, tmp_path: Path) -> None:
    """`c` is in bytes 1 and 2 of `one`, `d` in 2 to 7: on a 32-bit machine the second word is `d`'s alone."""
    lines = drawn(recorded(tmp_path, isa, BIT_FIELDS), "use#3")
    (at,) = [number for number, line in enumerate(lines) if re.search(r"[│|] \d+ bytes +one +struct plain", line)] or [
        number for number, line in enumerate(lines) if " one " in line and "struct plain" in line
    ]
    rows = lines[at + 1 : at + 12]
    of_c = [number for number, line in enumerate(rows) if re.search(r"\.c +int +-3", line)]
    of_d = [number for number, line in enumerate(rows) if re.search(r"\.d +unsigned long long +78187493520", line)]
    assert len(of_c) == len(of_d) == 1
    if isas.get(isa).word_size == 4 and "40 bits" in rows[of_d[0]]:
        assert "part of .d" in rows[of_d[0] + 1] and re.search(r"0x[0-9a-f]+", rows[of_d[0] + 1])
        assert of_c[0] == of_d[0] + 2 and "part of .d" in rows[of_c[0] + 1]
    assert isa != "powerpc" or "40 bits" in rows[of_d[0]]


PACKED = """
struct __attribute__((packed)) pack { char a; int b; };
__attribute__((noinline)) int use(struct pack *pack) { return pack->b; }
int main(void) { _Alignas(8) struct pack pack = { 1, 0x05040302 }; return use(&pack) == 0; }
"""


@pytest.mark.parametrize("isa", [isa for isa in isas.emulated() if isas.get(isa).word_size == 4])
def test_one_byte_of_a_value_is_one_byte(isa: str, tmp_path: Path) -> None:
    rows = [line.rstrip(" │|").split() for line in drawn(recorded(tmp_path, isa, PACKED), "use")]
    assert [row[-2:] for row in rows if row[-1:] in (["3"], ["0..2"])] == [["byte", "3"], ["bytes", "0..2"]]


WIDE = """
struct pair { int x; double y; };
union either { unsigned char bytes[4]; unsigned word; };
__attribute__((noinline)) int use(struct pair *pair, union either *either) { return pair->x + either->bytes[1]; }
int main(void) {
    struct pair pair = { 1, 2.5 };
    union either either;
    either.word = 0x01010101;
    return use(&pair, &either) != 2;
}
"""


@pytest.mark.parametrize("isa", ["i386", "arm", "powerpc"])
def test_a_member_of_two_words_is_told_as_a_variable_of_two_words_is(isa: str, tmp_path: Path) -> None:
    lines = drawn(recorded(tmp_path, isa, WIDE), "use")
    (at,) = [number for number, line in enumerate(lines) if re.search(r"8 bytes +\.y +double +2\.5", line)]
    assert [line.split()[-2:] for line in lines[at + 1 : at + 3]] == [["bytes", "4..7"], ["bytes", "0..3"]]
    assert sum(".y" in line for line in lines if "pair=" not in line and "{.x" not in line) == 1


@pytest.mark.parametrize("isa", isas.emulated())
def test_small_elements_of_a_union_are_told(isa: str, tmp_path: Path) -> None:
    lines = drawn(recorded(tmp_path, isa, WIDE), "use")
    assert any(re.search(r"\.bytes\[0\.\.3\] +1, 1, 1, 1", line) for line in lines)


@pytest.mark.parametrize(("isa", "register"), [("powerpc", "f31"), ("arm", "d8")])
def test_a_saved_register_of_two_words_is_told_once(isa: str, register: str, tmp_path: Path) -> None:
    source = "double twice(double); int main(void) { volatile double a = 1; double b = a; return twice(b) + b != 3; }"
    source += "__attribute__((noinline)) double twice(double number) { return number + 1; }"
    flags = "-O2 -fno-ipa-ra" + (" -march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=softfp" if isa == "arm" else "")
    lines = drawn(recorded(tmp_path, isa, source, flags=flags), "twice")
    (at,) = [number for number, line in enumerate(lines) if f"saved {register} = " in line]
    assert "8 bytes" in lines[at] and "bytes 4..7" in lines[at + 1] and "bytes 0..3" in lines[at + 2]


CALLED_AS_TYPES = """
typedef enum { RED = 2, GREEN } colour;
typedef struct { int a, b; } pair;
struct token { colour colour; union { float num; char id[12]; }; pair pair; };
int f(struct token *t) { return t->pair.a; }
int main(void) { struct token token = {GREEN, {1.5}, {7, 8}}; return f(&token) - 7; }
"""


@pytest.mark.parametrize("isa", ["textbook", "x86_64"])
def test_members_that_are_called_as_their_types_are_members(isa: str, tmp_path: Path) -> None:
    """And no base classes, whose members are told as the object's own."""
    if isa != "textbook":
        require("gcc")
    (tmp_path / "members.c").write_text(CALLED_AS_TYPES)
    told = "\n".join(drawn(stackglass.record(tmp_path / "members.c", isa=isa), "f"))
    assert re.search(r" \.colour +colour +GREEN", told)
    assert re.search(r" \.pair\.a +int +7", told) and re.search(r" \.pair\.b +int +8", told)
    assert "padding between members" not in told
