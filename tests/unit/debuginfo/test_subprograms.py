"""Functions with their variables, blocks, inlined calls and call sites."""

from __future__ import annotations

import pytest

from stackglass.debuginfo.subprograms import VariableInfo
from tests.unit.debuginfo.building import Build, Built

COMPILERS = ("gcc", "clang")


def in_view(built: Built, function: str, text: str) -> list[VariableInfo]:
    """The variables in view at the line with `text`."""
    return built.subprogram(function).variables_at(built.pc_of(text))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("bias", [0, 0x5555_0000])
def test_shadowing(build: Build, compiler: str, bias: int) -> None:
    built = build("scopes.c", compiler, bias=bias)
    found = [(v.name, v.type.spelling, v.shadowed) for v in in_view(built, "shadows", "// three") if not v.is_static]
    assert found == [
        ("x", "char", False),
        ("x", "int", True),
        ("y", "int", False),
        ("n", "int", False),
        ("x", "int", True),
    ]
    one = [(v.name, v.shadowed) for v in in_view(built, "shadows", "// one") if not v.is_static]
    assert one == [("n", False), ("x", False)]
    names = {(v.name, v.depth) for v in in_view(built, "shadows", "// two") if not v.is_static}
    assert names == {("x", 1), ("y", 1), ("n", 0), ("x", 0)}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_static_locals(build: Build, compiler: str) -> None:
    built = build("scopes.c", compiler)
    counters = [v for v in in_view(built, "shadows", "// loop") if v.name == "counter"]
    assert [v.is_static for v in counters] == [True]
    assert not built.variable("shadows", "n").is_static
    assert {v.name for v in built.subprogram("other").all_variables() if v.is_static} == {"counter", "name"}


def test_extern_declarations_are_no_variables(build: Build) -> None:
    assert [v.name for v in build("scopes.c").subprogram("main").all_variables()] == ["total"]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("flags", ["-O0", "-O2"])
def test_parameters_in_order(build: Build, compiler: str, flags: str) -> None:
    built = build("prologues.c", compiler, flags)
    assert [p.name for p in built.subprogram("many").parameters()] == list("abcdefgh")
    assert [p.type.spelling for p in built.subprogram("floats").parameters()] == ["double", "float"]
    variadic = built.subprogram("variadic")
    assert variadic.prototype_variadic
    assert not built.subprogram("many").prototype_variadic
    assert variadic.return_type.spelling == "int"
    assert built.subprogram("nothing").return_type.spelling == "void"
    assert built.subprogram("returns_struct").return_type.spelling == "struct big"


def test_where_a_function_is_declared(build: Build) -> None:
    built = build("prologues.c")
    subprogram = built.subprogram("name_on_its_own_line")
    assert subprogram.declared_file == str(built.source)
    assert subprogram.declared_line == built.line_of("name_on_its_own_line(int a,")
    parameter = subprogram.parameters()[1]
    assert parameter.declared_line == built.line_of("                     int b)")
    assert parameter.declared_file == str(built.source)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_inlined_calls(build: Build, compiler: str) -> None:
    built = build("optimised.c", compiler, "-O2")
    loop = built.subprogram("loop")
    calls = {call.name: call for call in loop.inlined_calls()}
    assert {"square", "sum_of_squares"} <= calls.keys()
    outer = calls["sum_of_squares"]
    assert outer.call_line == built.line_of("sum += sum_of_squares(value, i);")
    assert outer.call_file == str(built.source)
    assert [p.name for p in outer.parameters] == ["a", "b"]
    pc = next(e.low for c in loop.inlined_calls() if c.name == "square" for e in c.ranges)
    assert [call.name for call in loop.inlined_at(pc)][-1] == "sum_of_squares"
    inlined = [v for v in loop.variables_at(pc) if v.inlined is not None]
    assert ("n", "square") in {(v.name, v.inlined) for v in inlined} or "square" not in loop.inlined_at(pc)[0].name
    assert {v.name for v in loop.variables_at(pc) if v.inlined is None} >= {"values", "count", "sum"}


def test_parts_and_clones_are_their_function(build: Build) -> None:
    built = build("optimised.c", "gcc", "-O2")
    symbols = {f.name for f in built.module.symbols.functions() if "." in f.name and f.name[0] != "."}
    assert any(".cold" in name or ".part" in name for name in symbols), symbols
    assert any(".isra" in name or ".constprop" in name for name in symbols), symbols
    for symbol in built.module.symbols.functions():
        base, dot, _ = symbol.name.partition(".")
        if dot and base:
            function = built.target.function_at(symbol.low)
            assert function is not None
            assert function.name == base
    splits = built.function("splits")
    cold = next(f for f in built.module.symbols.functions() if f.name == "splits.cold")
    assert built.target.function_at(cold.low) is splits
    assert any(extent.holds(cold.low) for extent in splits.ranges)
    assert splits.low < splits.high <= splits.low + 200


def test_a_cold_part_without_debug_information(build: Build) -> None:
    built = build("optimised.c", "gcc", "-O2", "-g0")
    cold = next(f for f in built.module.symbols.functions() if f.name == "splits.cold")
    function = built.target.function_at(cold.low)
    assert function is not None
    assert (function.name, function.low) == ("splits", built.module.symbols.named("splits")[0].address)


@pytest.mark.parametrize(("compiler", "flags"), [("gcc", "-O2"), ("clang", "-O2"), ("gcc", "-O2 -gdwarf-4")])
def test_call_sites(build: Build, compiler: str, flags: str) -> None:
    built = build("optimised.c", compiler, *flags.split(), bias=0x1000)
    sites = built.subprogram("tail_caller").call_sites()
    assert [(site.callee, site.is_tail_call) for site in sites] == [("tail_callee", True)]
    assert all(site.return_pc or site.call_pc for site in sites)
    sites = built.subprogram("keeps_entry_value").call_sites()
    assert [site.callee for site in sites if site.callee != "printf"] == ["tail_callee"]
    function = built.function("keeps_entry_value")
    assert all(function.low < (site.return_pc or 0) <= function.high and not site.is_tail_call for site in sites)
    (value,) = [p for site in sites if site.callee == "tail_callee" for p in site.parameters]
    assert value.register == 5
    assert value.value
    assert sites[-1].parameter_of(b"\x55") is value
    assert sites[-1].parameter_of(b"\x54") is None


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_cplusplus_names(build: Build, compiler: str) -> None:
    built = build("classes.cc", compiler)
    names = {function.name for function in built.own}
    assert {
        "main",
        "by_reference",
        "shapes::Point::Point",
        "shapes::Point::operator+",
        "shapes::Shape::Shape",
        "shapes::Square::area",
        "shapes::(anonymous namespace)::hidden",
        "shapes::inner::overloaded",
        "Stack<int, 4>::push",
        "Stack<shapes::Point, 2>::pop",
        "biggest<double>",
        "main::<lambda>::operator()",
        "Both::sum",
    } <= names
    assert not any(name.startswith("std::") for name in names)
    assert built.subprogram("operator+").linkage_name == "_ZNK6shapes5PointplERKS0_"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_this_is_artificial(build: Build, compiler: str) -> None:
    built = build("classes.cc", compiler)
    this, *others = built.subprogram("Stack<int, 4>::push").parameters()
    assert (this.name, this.artificial) == ("this", True)
    assert [(p.name, p.artificial, p.type.spelling) for p in others] == [("item", False, "const int &")]


def test_constants_have_values(build: Build) -> None:
    built = build("types.c", "gcc", "-O2")
    constants = {v.name: v.constant for v in built.subprogram("main").all_variables()}
    assert constants["ci"] == 14
    assert built.variable("main", "ci").location(built.function("main").low) is None


def test_a_nameless_variable_keeps_an_arrays_length(build: Build) -> None:
    built = build("types.c", "gcc", "-O2")
    assert all(v.name for v in built.subprogram("main").all_variables())
    bound = getattr(built.variable("main", "vla").type, "bound", None)
    assert bound is not None
    if bound.variable is not None:
        length = built.subprogram("main").variable_of(bound.variable)
        assert length.artificial
        assert length.type.spelling
