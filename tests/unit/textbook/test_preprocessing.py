"""The preprocessor's output against gcc's, where pcpp alone would change the meaning of a program."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stackglass.errors import ProgramError
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


GOES_ON = r"""
#include <stdio.h>
#define TWO 2 // twice \
   and more
#define S(x) #x
int main(void)
{
    puts("a"); // goes on \
    puts("b");
    puts("c"); /* // */ puts("d // \
e");
    printf("%d ??/ %d\n", TWO, __LINE__);
    puts("what??!"); puts(S("x??!y")); puts(S(??=)); // the end \  \
    puts("f");
    return 0;
}
"""


def test_comments_go_on_behind_a_backslash_and_there_are_no_trigraphs(tmp_path: Path) -> None:
    require("gcc")
    (tmp_path / "test.c").write_text(GOES_ON)
    subprocess.run(["gcc", "-w", "test.c", "-o", "test"], cwd=tmp_path, check=True)
    assert run(GOES_ON).output == subprocess.run([tmp_path / "test"], capture_output=True, text=True).stdout


def test_a_byte_order_mark_is_no_part_of_the_source() -> None:
    assert run("\ufeffint main(void) { return 7; }").status == 7


WRONG = {
    "#ifdef\n#endif": "#ifdef without a macro's name",
    "#ifndef\n#endif": "#ifndef without a macro's name",
    "#define": "#define without a macro's name",
    "#define 3 x": "#define without a macro's name",
    "#undef": "#undef without a macro's name",
    "#include": "#include without a header's name",
    "#if\n#endif": "#if without an expression",
    "#if 0\n#elif\n#endif": "#elif without an expression",
    "#if 1/0\n#endif": "division by zero in '1/0'",
    "#if 1 +\n#endif": "'1 +' is no expression of integer constants",
    "#if F(\n#endif": "'F(' is no expression of integer constants",
    '#if F == G && "a"\n#endif': "is no expression of integer constants",
    "#if 08\n#endif": "'08' is no expression of integer constants",
    "#if 1.5\n#endif": "'1.5' is no expression of integer constants",
    "#if defined\n#endif": "'defined' without a macro's name",
    "#if defined(3)\n#endif": "'defined' without a macro's name",
    "#if 0\n#else\n#else\n#endif": "#else after #else",
    "#if 0\n#else\n#elif 1\n#endif": "#elif after #else",
    "int a; #if 1": "a directive stands alone on its line",
}


@pytest.mark.parametrize("lines", WRONG)
def test_directives_are_told_what_is_wrong_with_them(lines: str, tmp_path: Path) -> None:
    """gcc refuses them too."""
    require("gcc")
    source = f"int x;\n{lines}\nint main(void) {{ return 0; }}\n"
    (tmp_path / "test.c").write_text(source)
    assert subprocess.run(["gcc", "-w", "-c", "test.c"], cwd=tmp_path, capture_output=True).returncode
    with pytest.raises(ProgramError) as caught:
        run(source)
    assert WRONG[lines] in str(caught.value)
    assert re.match(r"test\.c:[234]\b", str(caught.value))


@pytest.mark.parametrize(
    "lines",
    [
        "#",
        "#pragma",
        "#if 0\n#ifdef\n#define\n#if\n#endif\n#endif\n#endif",
        "#if 0\n#if 1\n#else\n#endif\n#else\n#endif",
        "#define A\n#if !defined ( A ) || defined B || definedC\n#error\n#endif",
        "#if 010 != 8 || 0xffLL != 255u\n#error\n#endif",
    ],
)
def test_directives_that_are_right(lines: str) -> None:
    assert run(f"int x;\n{lines}\nint main(void) {{ return 7; }}\n").status == 7
