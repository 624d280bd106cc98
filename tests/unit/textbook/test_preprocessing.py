"""The preprocessor's output against gcc's, where pcpp alone would change the meaning of a program."""

from __future__ import annotations

import subprocess
from pathlib import Path

from stackglass.textbook.preprocessing import preprocess
from tests.needs import require
from tests.unit.textbook.running import run

DEFINITIONS = """
#define MINUS -y
#define NEGATED(a) -a
#define THEN_PLUS(a) a+
#define OVER(a) a/2
#define NOTHING
#define TWO(a, b) a ## b ; end
#define PLUS(a, b) a ## b+
#define BOTH(a, b) a ## b
#define THREE(a, b, c) a ## b ## c
#define TEXT(a, b) begin a ## b end #b
#define VARIABLE(f, ...) g(f, ## __VA_ARGS__)
#define JOINED(f, ...) g(f ## __VA_ARGS__)
"""
USES = """
x = -MINUS; x = - MINUS; x = -NEGATED(-y); x = y-NOTHING-y; x = y<NOTHING<2; x = 'a'+"x"; a+++b;
x = THEN_PLUS(+)+y; x = +THEN_PLUS(y)+y; x = y/OVER(*p); a <<= 1; a->b; f(...);
TWO(jim,) *= 2; 60 PLUS(+,)3; BOTH(x,) y; BOTH(,x) y; BOTH(,) y; x BOTH(,) y;
THREE(a,,c) THREE(,b,c) THREE(a,,) THREE(,,) THREE(,,c) y;
TEXT(,) TEXT(a,) TEXT(,b); VARIABLE(1) VARIABLE(1,2) JOINED(a) JOINED(a,b) JOINED(a, );
"""


def test_tokens_are_what_gcc_makes_of_them(tmp_path: Path) -> None:
    require("gcc")
    (tmp_path / "test.c").write_text(DEFINITIONS + USES)
    command = ["gcc", "-E", "-P", "test.c"]
    expected = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    ours = [line for line in preprocess(DEFINITIONS + USES, "test.c").splitlines() if not line.startswith("#line")]
    assert "\n".join(ours).split() == expected.split()


def test_two_signs_that_a_macro_brings_together_stay_two() -> None:
    source = (
        '#include <stdio.h>\n#define M -y\nint main(void) { int y = 3; int x = -M; printf("%d %d", x, y); return 0; }'
    )
    assert run(source).output == "3 3"


def test_a_condition_may_have_long_long_constants() -> None:
    source = """
    #include <limits.h>
    #include <stdint.h>
    #if INT64_MAX >= INT32_MAX && LLONG_MAX > 5LL && 3ULL == 3 && 2LLU == 2 && -1ll < 0
    int main(void) { return 7; }
    #endif
    """
    assert run(source).status == 7
