"""Types: spelled and measured as gdb does, members and bit-fields where the compiler put them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stackglass.debuginfo.types import (
    VOID,
    ArrayType,
    BaseType,
    Bound,
    EnumType,
    FunctionType,
    Member,
    PointerType,
    QualifiedType,
    ReferenceType,
    StructType,
    Type,
    Typedef,
    resolved,
)
from tests.needs import require
from tests.unit.debuginfo.building import Build, Built
from tests.unit.debuginfo.gdb_answers import ask

INT = BaseType("int", 4, "signed")
CHAR = BaseType("char", 1, "signed char")


def pointer(target: Type) -> PointerType:
    return PointerType(lambda: target)


def array(target: Type, count: int | None) -> ArrayType:
    return ArrayType(lambda: target, count)


def qualified(target: Type, qualifier: str) -> QualifiedType:
    return QualifiedType(lambda: target, qualifier)


def function(result: Type, *parameters: Type, variadic: bool = False) -> FunctionType:
    return FunctionType(lambda: (result, parameters), variadic)


@pytest.mark.parametrize(
    ("type_", "spelling", "size"),
    [
        (INT, "int", 4),
        (pointer(INT), "int *", 8),
        (pointer(pointer(CHAR)), "char **", 8),
        (pointer(VOID), "void *", 8),
        (array(CHAR, 20), "char [20]", 20),
        (array(array(INT, 3), 2), "int [2][3]", 24),
        (array(pointer(INT), 3), "int *[3]", 24),
        (pointer(array(INT, 3)), "int (*)[3]", 8),
        (array(INT, None), "int []", 0),
        (pointer(function(INT, INT)), "int (*)(int)", 8),
        (function(VOID), "void (void)", 0),
        (pointer(function(INT, pointer(CHAR), variadic=True)), "int (*)(char *, ...)", 8),
        (array(pointer(function(INT)), 4), "int (*[4])(void)", 32),
        (pointer(function(pointer(array(INT, 3)), INT)), "int (*(*)(int))[3]", 8),
        (qualified(INT, "const"), "const int", 4),
        (qualified(qualified(INT, "const"), "volatile"), "const volatile int", 4),
        (qualified(array(qualified(INT, "volatile"), 3), "volatile"), "volatile int [3]", 12),
        (qualified(array(qualified(INT, "const"), 3), "volatile"), "volatile const int [3]", 12),
        (pointer(qualified(CHAR, "const")), "const char *", 8),
        (qualified(pointer(CHAR), "const"), "char *const", 8),
        (qualified(pointer(qualified(CHAR, "const")), "restrict"), "const char *restrict", 8),
        (pointer(qualified(VOID, "const")), "const void *", 8),
        (Typedef(lambda: INT, "number_t"), "number_t", 4),
        (pointer(Typedef(lambda: array(INT, 2), "row_t")), "row_t *", 8),
        (ReferenceType(lambda: INT), "int &", 8),
        (ReferenceType(lambda: array(INT, 3), is_rvalue=True), "int (&&)[3]", 8),
        (StructType("struct", "node", 16, tuple), "struct node", 16),
        (StructType("class", "ns::Node", 16, tuple, is_cplusplus=True), "ns::Node", 16),
        (StructType("union", None, 4, tuple), "union {...}", 4),
        (EnumType("colour", 4, ()), "enum colour", 4),
    ],
)
def test_spelling(type_: Type, spelling: str, size: int) -> None:
    assert type_.spelling == spelling
    assert type_.size == size


def test_a_declaration_has_the_name_inside() -> None:
    assert pointer(function(INT, INT)).declare("handler") == "int (*handler)(int)"
    assert array(array(INT, 3), 2).declare("grid") == "int grid[2][3]"
    assert qualified(pointer(CHAR), "const").declare("p") == "char *const p"


def test_strip_sees_through_typedefs_and_qualifiers() -> None:
    assert qualified(Typedef(lambda: qualified(INT, "volatile"), "t"), "const").strip() is INT
    assert pointer(INT).strip().spelling == "int *"


def test_lengths_that_only_the_running_program_knows() -> None:
    upper, count = Bound(b"\x31", None, is_count=False), Bound(b"\x32", None, is_count=True)
    inner = ArrayType(lambda: INT, None, upper)
    outer = Typedef(lambda: ArrayType(lambda: inner, None, count), "matrix_t")
    values = {upper: 3, count: 2}
    assert resolved(outer, lambda bound: values[bound]).spelling == "int [2][4]"
    assert resolved(outer, lambda bound: values[bound]).size == 32
    assert resolved(outer, lambda bound: None) is outer
    assert resolved(INT, lambda bound: 1) is INT
    assert resolved(array(INT, 3), lambda bound: 1).spelling == "int [3]"
    negative = ArrayType(lambda: INT, None, upper)
    assert resolved(negative, lambda bound: -1).spelling == "int [0]"


# Against gdb

FLAGS = ("-gdwarf-5", "-gdwarf-4", "-gdwarf-2", "-gdwarf-4 -fdebug-types-section", "-gdwarf-5 -fdebug-types-section")
VARIABLE_LENGTH = frozenset(("vla", "vla2", "sized"))


def gdbs(spelling: str) -> str:
    """A spelling of gdb's in ours: 'char *const' for 'char * const', one name for __int128."""
    spelling = re.sub(r"\* (const|volatile|restrict)", r"*\1", spelling)
    return re.sub(r"unsigned int __int128|__int128 unsigned", "unsigned __int128", spelling)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", FLAGS)
def test_c_types_are_gdbs(build: Build, tmp_path: Path, compiler: str, flags: str) -> None:
    wrong = differences(build("types.c", compiler, *flags.split()), tmp_path, VARIABLE_LENGTH, 50)
    assert not wrong


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("flags", ["-gdwarf-5", "-gdwarf-4", "-gdwarf-5 -fdebug-types-section"])
def test_cplusplus_types_are_gdbs(build: Build, tmp_path: Path, compiler: str, flags: str) -> None:
    # A method's `this` is const for gdb, though DWARF doesn't say so; sizeof a reference is that of what it refers to.
    wrong = differences(build("classes.cc", compiler, *flags.split()), tmp_path, frozenset(("method", "shape")), 10)
    assert not wrong


def differences(built: Built, folder: Path, left_out: frozenset[str], at_least: int) -> list[tuple[str, str, str]]:
    """(variable, our type and size, gdb's) where they differ."""
    require("gdb")
    variables = [v for v in built.subprogram("main").variables_at(built.function("main").high - 1) if v.depth == 0]
    questions = [("run", "list main")]
    for variable in variables:
        questions += [("run", f"whatis main::{variable.name}"), ("run", f"print sizeof(main::{variable.name})")]
    _, *answers = ask(built.path, questions, folder)
    wrong, compared = [], 0
    for variable, spelling, size in zip(variables, answers[::2], answers[1::2], strict=True):
        if variable.name in left_out or variable.name.startswith("__") or spelling is None:
            continue
        compared += 1
        ours = f"{variable.type.spelling} {variable.type.size}"
        theirs = f"{gdbs(str(spelling).removeprefix('type = ').strip())} {str(size).split('= ')[-1].strip()}"
        if ours != theirs:
            wrong.append((variable.name, ours, theirs))
    assert compared >= at_least
    return wrong


OFFSETS = re.compile(r"/\*\s+(\d+)(?::\s*(\d+))?\s+\|\s+(\d+)\s+\*/\s+(.*?)(\w+)?( : (\d+))?(?:\[[\]\[\d]*)?;$")


@pytest.mark.parametrize(("compiler", "flags"), [("gcc", "-gdwarf-5"), ("gcc", "-gdwarf-2"), ("clang", "-gdwarf-4")])
def test_members_lie_where_gdb_says(build: Build, tmp_path: Path, compiler: str, flags: str) -> None:
    require("gdb")
    built = build("types.c", compiler, *flags.split())
    (answer,) = ask(built.path, [("run", "ptype /o struct flags")], tmp_path)
    expected = {}
    for line in str(answer).splitlines():
        match = OFFSETS.search(line)
        if match:
            byte, bit, _, _, name, _, width = match.groups()
            expected[name] = (int(byte) * 8 + int(bit or 0), int(width)) if width else (int(byte) * 8, None)
    flags_type = built.variable("main", "flags").type.strip()
    assert isinstance(flags_type, StructType)
    found = {m.name: m.bits if m.bits else (m.offset * 8, None) for m in flags_type.members}
    assert found == expected
    assert len(found) == 8


def members_of(built: Built, variable: str) -> dict[str | None, Member]:
    type_ = built.variable("main", variable).type.strip()
    if isinstance(type_, PointerType):
        type_ = type_.target.strip()
    assert isinstance(type_, StructType)
    return {member.name: member for member in type_.members}


def test_struct_with_anonymous_and_flexible_members(build: Build) -> None:
    members = members_of(build("types.c"), "outer")
    assert list(members) == ["kind", None, "point", "text", "list", "handler", "tail"]
    anonymous = members[None].type
    assert isinstance(anonymous, StructType)
    assert anonymous.keyword == "union"
    assert [member.name for member in anonymous.members] == ["whole", None]
    tail = members["tail"].type
    assert isinstance(tail, ArrayType)
    assert tail.count in (None, 0)
    assert members["text"].type.spelling == "char [3][5]"
    assert members["list"].type.spelling == "struct node *"


def test_a_list_points_to_itself(build: Build) -> None:
    node = build("types.c").variable("main", "node").type
    assert isinstance(node, StructType)
    following = node.members[1].type
    assert isinstance(following, PointerType)
    assert following.target is node


def test_incomplete_types_have_no_size(build: Build) -> None:
    incomplete = build("types.c").variable("main", "incomplete").type
    assert isinstance(incomplete, PointerType)
    assert isinstance(incomplete.target, StructType)
    assert not incomplete.target.is_complete
    assert incomplete.target.size == 0


def test_enumerations(build: Build) -> None:
    built = build("types.c")
    colour, sign = built.variable("main", "colour").type, built.variable("main", "sign").type.strip()
    assert isinstance(colour, EnumType)
    assert isinstance(sign, EnumType)
    assert colour.enumerators == (("RED", 0), ("GREEN", 5), ("BLUE", 6))
    assert sign.enumerators == (("MINUS", -1), ("PLUS", 1))
    assert sign.is_signed
    assert not colour.is_signed


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("flags", ["-gdwarf-5", "-gdwarf-4", "-gdwarf-5 -fdebug-types-section"])
def test_classes(build: Build, compiler: str, flags: str) -> None:
    built = build("classes.cc", compiler, *flags.split())
    square = built.variable("main", "square").type
    assert isinstance(square, StructType)
    assert square.spelling == "shapes::Square"
    base, side = square.members
    assert base.is_base
    assert base.type.spelling == "shapes::Shape"
    assert (side.name, side.offset) == ("side_", 16)
    shape = base.type
    assert isinstance(shape, StructType)
    table, colour, number = shape.members
    assert table.artificial
    assert colour.type.spelling == "shapes::Colour"
    assert isinstance(colour.type, EnumType)
    assert colour.type.is_scoped
    assert (colour.type.size, number.offset) == (1, 12)
    assert [static.name for static in shape.static_members] == ["count_"]


def test_several_bases_and_anonymous_unions(build: Build) -> None:
    type_ = build("classes.cc", "g++").variable("main", "both").type
    assert isinstance(type_, StructType)
    assert [(m.type.spelling, m.offset, m.is_base) for m in type_.members[:3]] == [
        ("Base1", 0, True),
        ("Base2", 4, True),
        ("int", 8, False),
    ]
    (union,) = [m.type for m in type_.members if m.name is None and not m.is_base]
    assert isinstance(union, StructType)
    assert [(m.name, m.type.spelling, m.offset) for m in union.members] == [
        ("as_int", "int", 0),
        ("as_float", "float", 0),
    ]


def test_classes_of_which_another_unit_has_the_definition(build: Build) -> None:
    built = build("classes.cc", "clang++", "-fno-standalone-debug")
    text = built.variable("by_reference", "text").type
    assert isinstance(text, ReferenceType)
    assert text.spelling.startswith("const std::") and text.spelling.endswith("&")


def test_a_type_that_another_unit_defines(tmp_path: Path) -> None:
    require("gcc")
    (tmp_path / "a.c").write_text(
        "struct box; struct box *make(void);\nint main(void) { struct box *b = make(); return !b; }\n"
    )
    (tmp_path / "b.c").write_text(
        "struct box { int n; char c; }; static struct box one; struct box *make(void) { return &one; }\n"
    )
    path = tmp_path / "both"
    subprocess.run(["gcc", "-g", str(tmp_path / "a.c"), str(tmp_path / "b.c"), "-o", str(path)], check=True)
    pointer = Built(path, tmp_path / "a.c").variable("main", "b").type
    assert isinstance(pointer, PointerType)
    box = pointer.target
    assert isinstance(box, StructType)
    assert (box.is_complete, box.size, [m.name for m in box.members]) == (True, 8, ["n", "c"])
