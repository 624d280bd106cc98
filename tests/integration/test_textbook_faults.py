"""Programs of the textbook machine that go wrong: what is told of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass.model import ReturnAddress
from tests.integration.test_textbook import command

OVERRUN_OF_MAIN = """\
#include <string.h>
int main(void) {
    char b[8];
    strcpy(b - 16, "a-very-long-name-x");
    return 0;
}
"""
OVERRUN = """\
void f(int v) {
    int b[2] = {1, 2};
    b[-3] = v;
}
void g(int v) { f(v); }
int main(void) { g(0x9999); return 0; }
"""


def told(capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str, *arguments: str) -> str:
    """What a command tells of a program, with one space between words."""
    source = tmp_path / "f.c"
    source.write_text(text)
    _, out, err = command(capfd, arguments[0], "--isa", "textbook", *arguments[1:], str(source))
    return "\n".join(" ".join(line.split()) for line in (out + err).splitlines())


def test_a_lost_return_address_is_told_in_the_register_that_it_was_taken_to(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = told(capfd, tmp_path, OVERRUN, "show", "--at", "crash", "--width", "120")
    assert "│ in RA return address, OVERWRITTEN: now 0x9999; was back into g, f.c:5" in out
    frame = stackglass.record(tmp_path / "f.c", isa="textbook").at("crash").frames[0]
    assert frame.return_address == ReturnAddress(0x9999, "register", "RA", overwritten=True)


def test_that_a_register_is_equal_to_a_return_address_does_not_make_it_one(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """main's is 0, and so are most registers."""
    out = told(capfd, tmp_path, OVERRUN_OF_MAIN, "show", "--at", "crash", "--registers")
    word = int.from_bytes(b"a-very-long-name-x"[8:12], "little")
    assert "R4 0x0 " in out
    assert f"RA {word:#x} return address" in out
    assert f"│ in RA return address, OVERWRITTEN: now {word:#x}" in out


@pytest.mark.parametrize(
    ("declared", "activation", "most"),
    [
        ("int a[20000000];", "stack", "80,000,000 of them for 'a'"),
        ("int a[10000000], b[5000000], c[2000000];", "records", "40,000,000 of them for 'a'"),
        ("int f(void) { static int a[20000000]; return a[3]; }", "stack", "80,000,000 of them for 'f.a'"),
        ("int f(void) { int a[20000000]; return a[3]; }", "static", "80,000,008 of them for the static frame of 'f'"),
    ],
)
def test_more_data_than_there_is_memory_is_refused(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, declared: str, activation: str, most: str
) -> None:
    out = told(capfd, tmp_path, f"{declared}\nint main(void) {{ return 0; }}\n", "run", "--activation", activation)
    assert "code and data are too large for the textbook machine: " in out
    assert f"{most}, where there is room for 64 MiB" in out


def test_data_that_just_fits_is_taken(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = told(capfd, tmp_path, "int a[16775000];\nint main(void) { return 0; }\n", "run")
    assert "exit status 0" in out


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ('printf("%d %s\\n", 3, 7);', "printf is given 0x7 for %s, where no string is: f.c:4"),
        ('char b[9]; sprintf(b, "%s", (char *)5000000);', "sprintf is given 0x4c4b40 for %s, where no string is"),
        ("char *p = malloc(4);\n    free(p);\n    free(p);", "which was freed already, at step 11, f.c:5: f.c:6"),
        ("int x; free(&x);", "which is no block of malloc's: f.c:4"),
    ],
)
def test_what_a_library_function_was_given_is_told(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, statements: str, words: str
) -> None:
    text = f"#include <stdio.h>\n#include <stdlib.h>\nint main(void) {{\n    {statements}\n}}\n"
    out = told(capfd, tmp_path, text, "run")
    assert words in out and "null pointer" not in out


@pytest.mark.parametrize(
    ("statements", "doing"),
    [
        ("for (i = 0; i <= 40; i++) a[i] = 0;", "writing to"),
        ("for (p = a; i != 40; p++) *p = i;", "writing to"),
        ("for (i = 0; i <= 40; i++) s += a[i];", "reading"),
    ],
)
def test_who_runs_off_the_top_of_the_stack_meets_no_null_pointer(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, statements: str, doing: str
) -> None:
    text = f"int main(void) {{\n    int i = 0, s = 0, *p, a[3];\n    {statements}\n    return s;\n}}\n"
    out = told(capfd, tmp_path, text, "run")
    assert f"{doing} address 0x100000000, where no memory is: it ran off the top of the stack: f.c:3" in out


@pytest.mark.parametrize(
    ("statements", "place"),
    [
        ("p = a; p += 100; *p = 1;", "writing to address 0x1000001"),
        ("p = a + 100; return *p;", "reading address 0x1000001"),
        ("p = &i; i = 100; return p[i];", "reading address 0x1000001"),
        ("for (p = a; i < 40; p++, i++) s += *p;", "reading address 0x100000000"),
        ("char *c = (char *)-1; return c[1];", "reading address 0x100000000"),
    ],
)
def test_a_wild_pointer_over_the_top_of_the_stack_is_no_null_pointer(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, statements: str, place: str
) -> None:
    text = f"int main(void) {{\n    int i = 0, s = 0, *p, a[3];\n    {statements}\n    return s;\n}}\n"
    out = told(capfd, tmp_path, text, "run")
    assert place in out and ", where no memory is: it ran off the top of the stack: f.c:3" in out


@pytest.mark.parametrize("statement", ["p = (int *)(i + 8); return *p;", "return strlen((char *)12);"])
def test_where_it_cannot_be_told_both_are_named(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, statement: str
) -> None:
    text = f"#include <string.h>\nint main(void) {{\n    int *p, i = 4;\n    {statement}\n}}\n"
    out = told(capfd, tmp_path, text, "run")
    assert "reading address 0xc, where no memory is: a null pointer plus an offset, or an address that ran over" in out


@pytest.mark.parametrize(
    "statement", ["*p = 1;", "return *p;", "p += 3; return *p;", "p[2] = 3;", "i = 2; return p[i];"]
)
def test_a_null_pointer_is_still_one(capfd: pytest.CaptureFixture[str], tmp_path: Path, statement: str) -> None:
    text = f"int main(void) {{\n    int i, *p = 0, a[3];\n    a[0] = 4; {statement}\n}}\n"
    assert "a null pointer: " in told(capfd, tmp_path, text, "run")


def test_a_deepest_moment_below_the_stack_is_told_as_that(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    f = "int f(int n) {\n    int a[100000];\n    a[0] = n;\n    return f(n + 1) + a[0];\n}\n"
    text = f + "int main(void) { return f(0); }\n"
    out = told(capfd, tmp_path, text, "run")
    assert "8,400,260 bytes of stack, where there are 8,388,608" in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("int f(int a, int b) { return a + b; }\nint main(void) { return f(1); }", "1 argument for f that takes 2"),
        ("#define A(x) x\nint main(void) { return A(1, 2); }", "macro A requires 1 argument but was passed 2"),
    ],
)
def test_one_argument_is_one(capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str, words: str) -> None:
    assert words in told(capfd, tmp_path, text + "\n", "run")


def test_an_endless_recursion_into_one_frame_is_noticed(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """No state comes back, as n changes."""
    text = "int f(int n) { return f(n + 1) + 1; }\nint main(void) { return f(0); }\n"
    out = told(capfd, tmp_path, text, "run", "--activation", "static", "--allow-recursion")
    assert "stopped in an endless recursion: 10,000 calls are in progress as f is called again" in out
    assert re.search(
        r"At step \d+ f was called while its only frame, at 0x[0-9a-f]+, was in use: the return address", out
    )


def test_a_deep_recursion_that_exits_in_time_is_let_be(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    f = "#include <stdlib.h>\nint f(int n) { if (n == 0) exit(3); return f(n - 1) + 1; }\n"
    text = f + "int main(void) { return f(9000); }\n"
    out = told(capfd, tmp_path, text, "run", "--activation", "static", "--allow-recursion")
    assert "exit status 3" in out


def test_the_variables_of_the_library_are_its_own_affair(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = """\
#include <stdlib.h>
int a[3] = {3, 1, 2}, b[2] = {2, 1};
int by_value(const void *x, const void *y) { return *(int *)x - *(int *)y; }
int again(const void *x, const void *y) { qsort(b, 2, sizeof(int), by_value); return by_value(x, y); }
int main(void) { qsort(a, 3, sizeof(int), again); return a[0]; }
"""
    out = told(capfd, tmp_path, text, "run", "--activation", "static")
    assert "qsort, a function of the library that is written in C, is called while its only frame, at 0x" in out
    assert re.search(r"its return address 0x[0-9a-f]+ in main would be lost \(--allow-recursion", out)
    assert "exit status 1" in told(capfd, tmp_path, text, "run")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("struct p { int x; }\nint main(void) { return 0; }", "f.c:2:1: syntax error: a ';' is probably missing"),
        (
            "int main(void) { int int = 3; return 0; }",
            "syntax error: types alone are no declaration: a name is missing",
        ),
        ("int main(void) {\n    if (1) {\n        return 0;\n", "the source ends before the '{' of line 2 is closed"),
        ("int main(void) {\n    return (3;\n}", "syntax error: unexpected ';'"),
    ],
)
def test_syntax_errors_say_what_is_wrong(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str, words: str
) -> None:
    assert words in told(capfd, tmp_path, text + "\n", "run")
