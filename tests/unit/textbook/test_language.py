"""What the compiler makes of C: the same output as gcc's program, under every activation strategy."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stackglass.errors import CompileError
from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.program import compile_text
from tests.needs import require
from tests.unit.textbook.random_programs import random_program
from tests.unit.textbook.running import compiled, loaded, of, run

ACTIVATIONS = ("stack", "static", "records")
SEEDS = (502, 504, 510, 511, 513, 514, 515, 517, 518, 520)
"""Of programs that are not too long."""


def by_gcc(source: str, folder: Path) -> tuple[str, int]:
    """What gcc's program writes, and its exit status."""
    require("gcc")
    (folder / "program.c").write_text(source)
    command = ["gcc", "-w", "-fwrapv", "-O0", "-o", "program", "program.c", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run([folder / "program"], capture_output=True, text=True, timeout=60)
    return done.stdout, done.returncode


def test_a_bit_of_everything(tmp_path: Path) -> None:
    expected = by_gcc(of("everything.c"), tmp_path)
    for activation in ACTIVATIONS:
        outcome = run(of("everything.c"), activation)
        assert (outcome.output, outcome.status) == expected, activation


def test_floats_are_rounded_at_once(tmp_path: Path) -> None:
    expected = by_gcc(of("floats.c"), tmp_path)
    for activation in ACTIVATIONS:
        outcome = run(of("floats.c"), activation)
        assert (outcome.output, outcome.status) == expected, activation


@pytest.mark.parametrize("seed", SEEDS)
def test_random_programs(seed: int, tmp_path: Path) -> None:
    source = random_program(seed)
    expected, _ = by_gcc(source, tmp_path)
    assert run(source).output == expected
    assert run(source, "records").output == expected


def test_what_looks_declared_twice_or_const_and_is_not(tmp_path: Path) -> None:
    assert run(of("declared.c")).output == by_gcc(of("declared.c"), tmp_path)[0] == "7 1 c 1 2 xb\n"


def test_later_initialisers_replace_earlier_ones(tmp_path: Path) -> None:
    expected = by_gcc(of("initialisers.c"), tmp_path)
    for activation in ACTIVATIONS:
        outcome = run(of("initialisers.c"), activation)
        assert (outcome.output, outcome.status) == expected, activation


def test_bit_fields(tmp_path: Path) -> None:
    expected = by_gcc(of("bit_fields.c"), tmp_path)
    for activation in ACTIVATIONS:
        outcome = run(of("bit_fields.c"), activation)
        assert (outcome.output, outcome.status) == expected, activation


def test_more_of_the_library(tmp_path: Path) -> None:
    expected = by_gcc(of("library.c"), tmp_path)
    for activation in ACTIVATIONS:
        outcome = run(of("library.c"), activation)
        assert (outcome.output, outcome.status) == expected, activation


def test_errno_of_mathematics(tmp_path: Path) -> None:
    assert run(of("mathematics.c")).output == by_gcc(of("mathematics.c"), tmp_path)[0]


_CONST = (
    "struct s { const int k; int v; struct { const int z; }; const char *name; int arr[3]; };"
    " typedef const int C; typedef int A[3];\n"
)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("int main(void) { int x; int x; }", r"1:29: 'x' is declared twice in the same block, first on line 1"),
        ("int f(int a) { int a; return a; }", r"1:20: 'a' is declared twice in the same block"),
        ("int main(void) { int a; { extern int b; } int b; int f(void); int f; }", r"'f' is declared twice"),
        ("enum { A }; int A;", r"1:17: 'A' is declared twice, first on line 1"),
        ("enum { A, B, A };", r"1:14: 'A' is declared twice"),
        ("int main(void) { enum { A } a; enum { A } b; }", r"'A' is declared twice in the same block"),
        ("typedef int T; typedef char T;", r"1:29: 'T' is declared twice"),
        ("int main(void) { int n = 3; int a[n]; int a[n]; }", r"'a' is declared twice"),
        ("int main(void) { int f(void) { return 1; } int f(void) { return 2; } }", r"'f' is declared twice"),
        ("int f(int a, int a) { return a; }", r"1:18: two parameters are called 'a'"),
        ("int f(a, a) int a; { return a; }", r"two parameters are called 'a'"),
        ("int main(void) { __label__ a, a; a: ; }", r"1:18: the label 'a' is declared twice"),
        ("int main(void) { int x; __label__ a; a: ; }", r"1:25: '__label__' stands at the beginning of a block"),
        ("int main(void) { a: ; { __label__ a; goto a; } return 0; }", r"the label 'a' is not in 'main'"),
        ("int main(void) { { __label__ a; a: ; } goto a; return 0; }", r"the label 'a' is not in 'main'"),
        ("struct s { int a; int a; };", r"1:23: two members are called 'a'"),
        ("struct s { int a; struct { int a; }; };", r"two members are called 'a'"),
        ("int main(void) { const int x = 1; x = 2; }", r"1:35: 'x' is const: it can't be assigned to"),
        (_CONST + "int main(void) { C c = 1; c++; }", r"2:27: 'c' is const"),
        (_CONST + "int main(void) { const struct s x; x.v = 2; }", r"'x\.v' is const"),
        (_CONST + "int main(void) { struct s x; x.k = 2; }", r"'x\.k' is const"),
        (_CONST + "int main(void) { struct s x; --x.z; }", r"'x\.z' is const"),
        (_CONST + "int main(void) { struct s x, *p = &x; p->name[1] = 3; }", r"'p->name\[1\]' is const"),
        (_CONST + "int main(void) { const A a = {1}; a[1] = 3; }", r"'a\[1\]' is const"),
        ('int main(void) { const char *p = ""; *p++ = 1; }', r"'\*\(p\+\+\)' is const"),
        ("int main(void) { char b[2]; char *const p = b; p = b; }", r"'p' is const"),
        ("int f(a) const int a; { a = 1; }", r"'a' is const"),
        ("const int g = 3; int main(void) { g += 2; }", r"'g' is const"),
        ("int main(void) { char c, *p = &c; *(const char *)p = 1; }", r"is const: it can't be assigned to"),
        ("int main(void) { const int a = 1; int b; *(b ? &a : &b) = 1; }", r"is const"),
        ("int main(void) { const int a = 1; __typeof__(a) b = a; b++; }", r"'b' is const"),
        ("int main(void) { const int a[2][2] = {{1}}; **a = 1; }", r"'\*\(\*a\)' is const"),
        ("const int *f(void); int main(void) { f()[1] = 1; }", r"'f\(\)\[1\]' is const"),
        (_CONST + "int main(void) { struct s x, y; x = y; }", r"'x' has a member that is const, 'k'"),
        ("struct o { struct { const int k; } in[2]; }; void f(struct o *a) { *a = a[1]; }", r"const, 'in\.k'"),
        ("void f(const char *); void f(char *);", r"'f' was declared as void \(const char \*\), now as"),
        ("extern int a; extern const int a;", r"'a' was declared as int, now as const int"),
    ],
)
def test_mistakes_that_gcc_refuses_are_refused(source: str, words: str, tmp_path: Path) -> None:
    require("gcc")
    path = tmp_path / "mistake.c"
    path.write_text(source)
    assert subprocess.run(["gcc", "-w", "-fsyntax-only", path], capture_output=True).returncode == 1
    with pytest.raises(CompileError) as raised:
        run(source)
    assert re.search(words, str(raised.value)), str(raised.value)


_GENERIC = """
#include <stdio.h>
#define KIND(x) _Generic((x), char *: "char *", const char *: "const char *", const char **: "const char **", \\
    char *const *: "char *const *", const void *: "const void *", int (*)[3]: "int (*)[3]", \\
    const int (*)[3]: "const int (*)[3]", int (*)(const char *): "function", const int: "never", int: "int", \\
    unsigned: "unsigned", long: "long", default: "other")
typedef const char *text;
struct s { char *name; const char letters[4]; int n; };
int measure(const char *s) { return *s; }
int main(void) {
  char c = 0, *p = &c, *const fixed = p; const char *q = p, **pq = &q; text t = q; const int k = 1;
  int a[3]; const int b[3] = {0}; volatile char *v = p; const struct s s = {p, "x", 1}, *ps = &s; enum { ONE } e = ONE;
  puts(KIND(p)); puts(KIND(q)); puts(KIND(pq)); puts(KIND(t)); puts(KIND(&fixed)); puts(KIND(&p)); puts(KIND(v));
  puts(KIND(&a)); puts(KIND(&b)); puts(KIND(a)); puts(KIND(measure)); puts(KIND("abc")); puts(KIND(k)); puts(KIND(&k));
  puts(KIND(s.name)); puts(KIND(&ps->name)); puts(KIND(ps->letters)); puts(KIND(&ps->n)); puts(KIND(e)); puts(KIND(1L));
  puts(KIND(p ? p : q)); puts(KIND(k ? (void *)p : (const char *)q)); puts(KIND((const char *)p)); puts(KIND(__func__));
  return 0; }
"""


def test_generic_choices_over_pointers_heed_qualifiers(tmp_path: Path) -> None:
    assert run(_GENERIC).output == by_gcc(_GENERIC, tmp_path)[0]


def test_constants_are_among_what_nothing_may_change() -> None:
    told = run("const int k = 3; int main(void) { *(int *)&k = 4; return 0; }").trap
    assert told is not None and "where code and constants are" in told.words
    for changing in ("volatile const int k = 3;", "struct { const int a; int b; } k = {3};"):
        assert run(changing + "int main(void) { *(int *)&k = 4; return 0; }").status == 0
    local = "int f(int n) { const int k = n; return k; } int main(void) { return f(3) + f(4); }"
    assert run(local, static_locals=True, static_parameters=True).status == 7


_LOCAL_LABELS = """
#include <stdio.h>
#define FIND(array, n, wanted) ({ __label__ found, last; int at_; \\
    for (at_ = 0; at_ < (n); at_++) if ((array)[at_] == (wanted)) goto found; \\
    at_ = -1; found: last: at_; })
int main(void) {
    __label__ out;
    int a[3] = {4, 5, 6}, n = 0;
    printf("%d %d %d\\n", FIND(a, 3, 5), FIND(a, 3, 9), FIND(a, 3, 6) + FIND(a, 3, 4));
    { __label__ again; again: if (n++ < 3) { __label__ again; if (n == 2) goto again; n += 10; again: goto out; }
      goto again; }
out:
    printf("%d\\n", n);
    { __label__ out; goto out; out: puts("inner"); }
    return 0;
}
"""


def test_labels_of_a_blocks_own(tmp_path: Path) -> None:
    expected = by_gcc(_LOCAL_LABELS, tmp_path)[0]
    for activation in ACTIVATIONS:
        assert run(_LOCAL_LABELS, activation).output == expected == "1 -1 2\n11\ninner\n"


def test_closures_outlive_their_maker_in_records_alone() -> None:
    assert run(of("closures.c"), "records").output.split() == ["67", "101", "103", "6", "106"]
    on_a_stack = run(of("closures.c"), "stack")
    assert on_a_stack.output.split()[:1] == ["67"]
    assert on_a_stack.output.split() != ["67", "101", "103", "6", "106"]


def test_a_label_may_have_the_name_of_a_type() -> None:
    source = """
    typedef int s;
    int main(void) {
        goto s;
        return 1;
    s:
        { s x = 3; goto end; end: return x; }
    }
    """
    assert run(source).status == 3


def test_input_is_read() -> None:
    source = """
    #include <stdio.h>
    int main(void) {
        char word[20]; int n, c, lines = 0;
        printf("%d %d %s", scanf("%d %19s", &n, word), n, word);
        while ((c = getchar()) != EOF) lines += c == '\\n';
        printf(" %d", lines);
        return 0;
    }
    """
    assert run(source, stdin=b"42 hello\none\ntwo\n").output == "2 42 hello 3"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("int main(void) {\n  int x = ;\n}\n", r"test\.c:2:11: syntax error: "),
        ("int x[", r"test\.c:2: syntax error: the source ends before the '\[' of line 1 is closed"),
        ('int main(void) { char *s = "abc; return 0; }', r"test\.c:1:28: syntax error: the string that begins here"),
        ("int main(void) { return 'a; }", r"test\.c:1:25: syntax error: the character that begins here"),
        ("#include <nosuch.h>\n", r"test\.c:1: there is no header 'nosuch\.h'"),
        (
            "#include <setjmp.h>\n",
            r"test\.c:1: setjmp\.h is not part of the textbook machine; run it with --isa x86_64",
        ),
        ("\nint main(void) { return setjmp(0); }", r"test\.c:2:25: setjmp is not part of the textbook machine"),
        ("int main(void) { return y; }", r"test\.c:1:25: 'y' is not declared"),
        ("int f(int);\nint main(void) { return f(1); }", r"test\.c:2:25: the function 'f' is used, but nothing"),
        ("int main(void) {\n  return 1 +\n    f(); }", r"test\.c:3:5: the function 'f' is used, but nothing"),
        ("extern int e; int main(void) { return e; }", r"test\.c:1:39: the variable 'e' is used, but nothing defines"),
        ("extern int e; int *p = &e; int main(void) { }", r"test\.c:1:25: the variable 'e' is used, but nothing"),
        ("int main(void) {\n    Foo x;\n}", r"test\.c:2:5: unknown type name 'Foo'$"),
        ("int f(Point p) { return 0; }", r"test\.c:1:7: unknown type name 'Point'"),
        ("int f(int a, Point p);", r"test\.c:1:14: unknown type name 'Point'"),
        ("struct s { Foo x; };", r"test\.c:1:12: unknown type name 'Foo'"),
        ("static Foo *p;", r"test\.c:1:8: unknown type name 'Foo'"),
        ("typedef Foo Bar;", r"test\.c:1:9: unknown type name 'Foo'"),
        ("Foo f(int a) { return 0; }", r"test\.c:1:1: unknown type name 'Foo'"),
        ("int main(void) { for (Foo i = 0;;) ; }", r"test\.c:1:23: unknown type name 'Foo'"),
        ("class A{};", r"test\.c:1:1: unknown type name 'class'"),
        ("int x y;", r"test\.c:1:7: syntax error: unexpected 'y'"),
        ("int main(void) { int x, y z; }", r"test\.c:1:27: syntax error: unexpected 'z'"),
        ("int main(void) { int x; x y; }", r"test\.c:1:27: syntax error: unexpected 'y'"),
        ("int main(void) { __auto_type x = 3; }", r"test\.c:1:18: '__auto_type' is not part of .*; write the type"),
        ("int main(void) { int a[2][]; }", r"test\.c:1:22: an array of the incomplete type int \[\]"),
        ("int f(int a[][]);", r"an array of the incomplete type int \[\]"),
        ("struct { int b : 3; } x; int main(void) { return sizeof x.b; }", r"sizeof has no meaning for a bit-field"),
        ("int main(void) { register int r; return &r != 0; }", r"test\.c:1:42: a register variable has no address"),
        ("int f(register int r) { return &r != 0; }", r"test\.c:1:33: a register variable has no address"),
        ("int f(void) { return 1; }", r"test\.c: the program has no function main"),
        ("", r"test\.c: the program has no function main"),
        ("void *fopen(); int main(void) { fopen(); }", r"fopen is not part of the textbook machine; run it with"),
        ("int main(void) { struct s x; return 0; }", r"'x' has type struct s, which has no size"),
        ("int main(void) { 3 = 4; return 0; }", r"not something that can be assigned to"),
        ("int main(void) { break; }", r"break outside a loop or switch"),
        ("int main(void) { goto away; }", r"test\.c:1:18: the label 'away' is not in 'main'"),
        ("#error no\n", r"test\.c:1: #error no"),
        ("#if 1\nint main(void) { return 0; }", r"test\.c:1: unterminated #if"),
        ("\n  #inlcude <stdio.h>\n", r"test\.c:2:3: there is no directive #inlcude; is #include meant\?"),
        ("#defin X 1\n", r"test\.c:1:1: there is no directive #defin; is #define meant\?"),
        ("#nonsense\n", r"test\.c:1:1: there is no directive #nonsense$"),
        (
            'char *s = "/*"; // /*\nint main(void) { /* x\n return 0; }',
            r"test\.c:2:18: the comment that begins here is not closed",
        ),
        ('int main(void) { asm("nop"); }', r"test\.c:1:18: assembly in C is not part of the textbook machine"),
        ('int main(void) { __asm__ volatile ("nop"); }', r"test\.c:1:18: assembly in C is not part"),
        ('register int x asm("eax");', r"test\.c:1:16: assembly in C is not part"),
        (
            "int main(void) { __label__ out; void f(void) { goto out; } f(); out: return 0; }",
            r"1:48: a goto out of a nested function is not part of .*; return a value",
        ),
        ("int main(void) { return L'x'; }", r"a wide character is not part of the textbook machine; use a plain one"),
        ("int f(int a) { return a; } int main(void) { return f(); }", r"0 arguments for f that takes 1"),
        ("\x80\xff{{{", r"test\.c:1:1: syntax error"),
    ],
)
def test_what_is_refused_is_told_with_its_line(source: str, words: str) -> None:
    with pytest.raises(CompileError) as raised:
        run(source)
    assert re.search(words, str(raised.value)), str(raised.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("int z = 0; return 5 / z;", "a division by zero"),
        ("int z = 0; return 5u % z;", "a division by zero"),
        ("int m = -2147483647 - 1, n = -1; return m / n;", "-2147483648 / -1 does not fit into an int"),
        ("int m = -2147483647 - 1, n = -1; return m % n;", "-2147483648 % -1: the quotient does not fit into an int"),
        ("int m = -2147483647 - 1; m /= -1; return m;", "-2147483648 / -1 does not fit into an int"),
        (
            "long long m = -9223372036854775807LL - 1; return m / -1 > 0;",
            "-9223372036854775808 / -1 does not fit into a long long",
        ),
        ("int *p = 0; return *p;", "a null pointer: reading address 0x0"),
        ("int *p = 0; *p = 1; return 0;", "a null pointer: writing to address 0x0"),
        ("int *p = (int *)0x7000000; return *p;", "reading address 0x7000000, where no memory is"),
        ("int *p = (int *)0x90000000; *p = 1; return 0;", "writing to address 0x90000000, where no memory is"),
        ('char *s = "abc"; s[0] = 1; return 0;', "where code and constants are"),
        ("void (*f)(void) = (void (*)(void))12; f(); return 0;", "leads to 0xc, where no function begins"),
        ("char c[8]; return *(int *)(c + 1);", "no multiple of the size"),
        ("free((void *)64); return 0;", "no block of malloc's"),
        ('char b[4]; strcpy(b, "far too long for the stack");', "writing to address 0x100000000, where no memory is"),
        ("char b[4]; memcpy(b, b + 2, 9);", "reading address 0x100000000, where no memory is"),
        ("return strlen((char *)0x7000000);", "reading address 0x7000000, where no memory is"),
        ("abort();", "abort was called"),
        ("int a[2000]; a[0] = 1; return main() + a[0];", "the stack has grown to all of its"),
    ],
)
def test_what_goes_wrong_is_told(body: str, words: str) -> None:
    outcome = run(f"#include <stdlib.h>\nint main(void) {{ {body} }}")
    assert outcome.trap is not None
    assert words in outcome.trap.words


def test_an_endless_loop_meets_the_budget() -> None:
    outcome = run("int main(void) { for (;;) ; }", budget=5000)
    assert (outcome.status, outcome.trap, outcome.steps) == (None, None, 5000)


def test_what_is_neither_declared_nor_defined_is_told() -> None:
    with pytest.raises(CompileError, match=r"2:.*the function 'prinft' is used, but nothing defines it"):
        run('#include <stdio.h>\nint main(void) { prinft("hello"); return 0; }')


def test_a_range_of_values_has_one_place_for_each() -> None:
    with pytest.raises(CompileError, match="the case 3 is there twice"):
        run("int main(void) { switch (3) { case 1 ... 5: return 1; case 3 ... 4: return 2; } return 0; }")
    with pytest.raises(CompileError, match=r"no element's index is in the range 3 \.\.\. 2"):
        run("int a[9] = {[3 ... 2] = 1}; int main(void) { return 0; }")


def test_arguments_by_number_are_no_part_of_c() -> None:
    outcome = run('#include <stdio.h>\nint main(void) { printf("%2$d %1$d", 1, 2); return 0; }')
    assert outcome.trap is not None
    assert "arguments by their numbers (%2$)" in outcome.trap.words


def test_perror_tells_what_errno_means() -> None:
    source = """
    #include <errno.h>
    #include <stdio.h>
    #include <stdlib.h>
    int main(void) {
        perror("before");
        strtol("99999999999", NULL, 10);
        perror("after");
        return 0;
    }
    """
    assert run(source).output == "before: Success\nafter: Numerical result out of range\n"


def test_what_no_integer_can_hold_is_as_on_x86(tmp_path: Path) -> None:
    """C leaves it open; people compare with what gcc's programs print."""
    source = """
    #include <stdio.h>
    int main(void) {
        double d[] = {4294967295.0, 4294967296.5, -3e9, 1e20, -1e20, 2147483648.0, -2147483649.0, 1e308, 3e9, -0.5};
        for (int i = 0; i < 10; i++)
            printf("%d %u %lld %llu %d %d %d %d\\n", (int)d[i], (unsigned)d[i], (long long)d[i],
                   (unsigned long long)d[i], (short)d[i], (unsigned short)d[i], (signed char)d[i],
                   (unsigned char)d[i]);
        double zero = 0, inf = 1 / zero;
        printf("%f %f %f %f %d %lld %u\\n", inf, -inf, zero / zero, -(zero / zero), (int)inf, (long long)-inf,
               (unsigned)(zero / zero));
        printf("%d %d %d %lld %d\\n", (int)3e9, (int)-3e9, (char)300.7, (long long)1e30, (_Bool)0.3);
        return 0;
    }
    """
    assert run(source).output == by_gcc(source, tmp_path)[0]


def test_what_is_put_back_is_read_first_also_in_a_replay() -> None:
    source = """
    #include <stdio.h>
    int main(void) {
        int first = ungetc('q', stdin), again = getchar(), a = getchar();
        ungetc('x', stdin);
        ungetc('7', stdin);
        int n, got = scanf("%d%*c", &n), b = getchar();
        printf("%c %c %c %d %d %c %d", first, again, a, got, n, b, ungetc(EOF, stdin));
        return 0;
    }
    """
    assert run(source, stdin=b"abc").output == "q q a 1 7 b -1"
    machine, output = loaded(compiled(source), b"abc")
    saved = machine.save()
    for _ in range(2):
        output.clear()
        machine.restore(saved)
        machine.run(10_000)
        assert output == b"q q a 1 7 b -1"


@pytest.mark.parametrize(("text", "rounds"), [(b"1 2\n3", 3), (b"1 2\n3\n", 4), (b"", 1)])
def test_scanf_notices_the_end_of_its_input(text: bytes, rounds: int) -> None:
    source = """
    #include <stdio.h>
    int main(void) {
        int n, rounds = 0;
        for (; !feof(stdin) && rounds < 9; rounds++) scanf("%d", &n);
        return rounds;
    }
    """
    assert run(source, stdin=text).status == rounds


def test_a_file_that_includes_itself_is_told(tmp_path: Path) -> None:
    path = tmp_path / "itself.c"
    path.write_text('int x;\n#include "itself.c"\nint main(void) { return 0; }\n')
    with pytest.raises(CompileError) as raised:
        compile_text(path.read_text(), path, Strategy(Activation("stack")))
    assert str(raised.value).endswith("itself.c:2: #include within #include, 200 deep: a file includes itself")


def test_directives_that_are_not_carried_out_may_be_anything() -> None:
    directives = ("#if 0", "#inlcude <nothing>", "#endif", "#", "#pragma once", "#warning hm", '#ident "x"')
    assert run("\n".join((*directives, "int main(void) { return 4; }"))).status == 4


def test_a_missing_header_is_told_with_those_that_there_are() -> None:
    with pytest.raises(CompileError) as raised:
        run('#include "mine.h"\n')
    names = re.findall(r"[\w/]+\.h", raised.value.help or "")
    assert {"stdio.h", "sys/types.h"} <= set(names)
    run("".join(f"#include <{name}>\n" for name in names) + "int main(void) { return 0; }")
