"""Programs of the textbook machine that go wrong: what is told of it."""

from __future__ import annotations

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
