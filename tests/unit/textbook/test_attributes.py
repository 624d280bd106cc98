"""Attributes and _Alignas: what is packed or aligned lies as gcc for i386 has it; what can't be is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackglass.errors import CompileError
from tests.unit.textbook.by_gcc import by_i386_gcc, is_refused_by_gcc
from tests.unit.textbook.random_records import random_records
from tests.unit.textbook.running import of, run


def test_sizes_and_alignments(tmp_path: Path) -> None:
    assert run(of("layouts.c")).output == by_i386_gcc(of("layouts.c"), tmp_path)


@pytest.mark.parametrize("activation", ["stack", "records"])
def test_what_is_packed_or_aligned_is_read_and_written(activation: str, tmp_path: Path) -> None:
    assert run(of("alignment.c"), activation).output == by_i386_gcc(of("alignment.c"), tmp_path)


def test_packed_structs_are_values_like_others(tmp_path: Path) -> None:
    expected = by_i386_gcc(of("packed.c"), tmp_path)
    assert [run(of("packed.c"), one).output for one in ("stack", "static", "records")] == [expected] * 3


@pytest.mark.parametrize("seed", range(6))
def test_random_records(seed: int, tmp_path: Path) -> None:
    source = random_records(seed)
    expected = by_i386_gcc(source, tmp_path)
    assert [run(source, activation).output for activation in ("stack", "static")] == [expected, expected]


def test_locals_of_static_frames_and_with_an_address_of_their_own_are_aligned() -> None:
    source = "int main(void) { char c = 1; _Alignas(64) int x = c; return (unsigned)&x % 64 + x; }"
    assert run(source, "static").status == 1
    assert run(source, static_locals=True).status == 1


@pytest.mark.parametrize(
    "source",
    [
        "__attribute__((noinline, __noclone__)) int f(void) { return 3; } int main(void) { return f(); }",
        (
            "static int f(int *p __attribute__((unused))) __attribute__((pure, nonnull(1))); static int f(int *p)"
            " { return *p; } int main(void) { int x __attribute__((unused)) = 3; return f(&x); }"
        ),
        (
            "int f(int) __attribute__((nosuchattribute(1, (2), ')'), , const)); int f(int x) { return x; }"
            " int main(void) { return f(3); }"
        ),
        (
            "int main(void) { int n = 1; switch (n) { case 1: n++; __attribute__((fallthrough)); case 2: n++; }"
            " out: __attribute__((unused)); return n; }"
        ),
        "enum e { A __attribute__((deprecated)) = 3 } __attribute((may_alias)); int main(void) { return A; }",
        'int __attribute__((weak, section(".s"), visibility("hidden"))) x = 3; int main(void) { return x; }',
        "int main(void) { return __builtin_offsetof(struct { char c[3], d[1]; }, d[0]); }",
    ],
)
def test_attributes_that_change_nothing_are_passed_over(source: str) -> None:
    assert run(source).status == 3


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("__attribute__((constructor)) void f(void) { }", r"1:16: the attribute 'constructor' is not part of .*; call"),
        ("__attribute__((__destructor__(3))) void f(void) { }", r"the attribute 'destructor' is not part"),
        ("void g(int *); int main(void) {\n  int x __attribute__((cleanup(g))); }", r"2:24: the attribute 'cleanup'"),
        (
            "typedef int v4 __attribute__((vector_size(16)));",
            r"'vector_size' is not part of .*; use an array and a loop",
        ),
        ("typedef int byte __attribute__((mode(QI)));", r"the attribute 'mode' .*; use a type of <stdint\.h>"),
        (
            'void f(void); void g(void) __attribute__((alias("f")));',
            r"'alias' .*; write a function that calls the other",
        ),
        ('struct __attribute__((scalar_storage_order("big-endian"))) s { int x; };', r"'scalar_storage_order'"),
        (
            "struct s { int *__attribute__((aligned(8))) p; };",
            r"1:32: the attribute 'aligned' in this place .*; write it",
        ),
        ("int x = sizeof(int __attribute__((aligned(8))));", r"an alignment in the name of a type .*; name an aligned"),
        (
            "struct __attribute__((packed)) s { int a : 6; long long b : 60; };",
            r"a packed bit-field that lies in 9 bytes",
        ),
        ("int x __attribute__((aligned(8192)));", r"an alignment of 8192 bytes .*; align to 4096 bytes at most"),
        ("int main(void) {\n  _Alignas(128) int x; }", r"c:2: a local aligned to 128 bytes .*; make it static, or run"),
        (
            "int main(void) { int n = 3; char b[n]; _Alignas(8) int x; }",
            r"a local aligned to 8 bytes in a program with",
        ),
        ("int main(void) { int n = 3; _Alignas(8) char b[n]; }", r"an array of computed size aligned to 8 .*; give it"),
        ("int main(void) { void *p = &&out; out: ; }", r"1:28: a computed goto \(a label's address\) is not part of"),
        ("int main(void) { void *p; goto *p; }", r"1:27: a computed goto .*; use a switch"),
        ("int x = __builtin_types_compatible_p(int, long);", r"1:9: '__builtin_types_compatible_p' .*; use _Generic"),
        (
            "int x = __builtin_choose_expr(1, 2, 3);",
            r"1:9: '__builtin_choose_expr' is not part of the textbook machine",
        ),
    ],
)
def test_attributes_that_would_make_another_program_are_refused(source: str, words: str, tmp_path: Path) -> None:
    assert not is_refused_by_gcc(source, tmp_path)
    with pytest.raises(CompileError) as raised:
        run(source + "\nint other(void) { return 0; }" + ("" if "main" in source else " int main(void) { return 0; }"))
    assert re.search(words, str(raised.value)), str(raised.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("int x __attribute__((aligned(3)));", r"1:22: an alignment is a power of two, and 3 is none"),
        ("_Alignas(3) int x;", r"1:1: an alignment is a power of two, and 3 is none"),
        ("int n; int x __attribute__((aligned(n)));", r"1:29: an alignment is a constant"),
        ("int x __attribute__((aligned(8 8)));", r"1:32: syntax error: unexpected '8'"),
        ("int x __attribute__(aligned(8));", r"1:7: an attribute is written __attribute__\(\(name\)\)"),
        ("int x __attribute__((", r"1:7: the source ends in the middle of this attribute"),
        ("_Alignas(2) int x;", r"1:1: '_Alignas' can't align int to less than its own 4 bytes"),
        ("_Alignas(8) int f(void);", r"1:1: a function can't be aligned"),
        ("typedef _Alignas(8) int T;", r"1:9: '_Alignas' aligns no typedef; the attribute 'aligned' does"),
        ("int f(_Alignas(8) int x);", r"a parameter can't be aligned to anything; copy it to a local that is"),
        ("int f(int x __attribute__((aligned(8))));", r"1:28: a parameter can't be aligned"),
        ("struct s { _Alignas(8) int x : 3; };", r"1:12: a bit-field can't be aligned with '_Alignas'"),
        ("int main(void) { register _Alignas(8) int x; }", r"1:27: a register variable can't be aligned"),
        (
            "struct s __attribute__((packed)) { int x; };",
            r"1:25: attributes stand before the tag 's', or behind the '}'",
        ),
        ("typedef int T __attribute__((aligned(8))); T x[2];", r"an array of T, which has 4 bytes and is aligned to 8"),
    ],
)
def test_alignments_that_gcc_refuses_are_refused(source: str, words: str, tmp_path: Path) -> None:
    assert is_refused_by_gcc(source, tmp_path)
    with pytest.raises(CompileError) as raised:
        run(source)
    assert re.search(words, str(raised.value)), str(raised.value)


def test_a_record_of_the_heap_holds_locals_aligned_as_its_blocks_are() -> None:
    assert run("int main(void) { _Alignas(8) int x = 3; return (unsigned)&x % 8 + x; }", "records").status == 3
    with pytest.raises(CompileError, match="a local aligned to 16 bytes is not part of the textbook machine"):
        run("int main(void) { _Alignas(16) int x = 3; return x; }", "records")


def test_a_pointer_that_has_lost_what_is_known_of_its_target_still_meets_the_machines_rule() -> None:
    source = "struct __attribute__((packed)) { char c; int x; } s; int main(void) { int *p = &s.x; return *p; }"
    told = run(source).trap
    assert told is not None and "no multiple of the size" in told.words
