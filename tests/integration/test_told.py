"""What the command line tells of moments that don't come, of several at once, and of programs that did not end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import require

SOURCE = """
int f(int x) {
    int y;
    int z = x;
    if (x > 100) y = 1;
    return z;
}
int main(void) {
    return f(2);
}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("gcc")
    path = tmp_path_factory.mktemp("told") / "told.c"
    path.write_text(SOURCE)
    return path


def ask(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stackglass", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_of_several_moments_those_that_come_are_drawn(source: Path) -> None:
    asked = ask("show", "--at", "f", "--at", "nowhere", "--at", "main", source)
    assert asked.returncode == 2
    assert "f(x=2) is running" in asked.stdout
    assert "main() is running" in asked.stdout
    assert "`nowhere` is never called" in asked.stderr


def test_a_condition_over_no_variable_says_so_also_without_a_where(source: Path) -> None:
    asked = ask("show", "--when", "nothing == 1", source)
    assert asked.returncode == 2
    assert "no variable is called 'nothing'" in asked.stderr
    assert "true at no call's last statement" in ask("show", "--when", "x == 77", source).stderr


@pytest.mark.parametrize("where", ["9999", "told.c:9999"])
def test_a_line_beyond_the_end_names_the_last_ones_with_code(source: Path, where: str) -> None:
    asked = ask("show", "--at", where, source)
    assert asked.returncode == 2
    assert "or after it; the last lines with code are 7, 9, 10" in asked.stderr


def test_a_variable_that_was_never_written_has_no_value(source: Path) -> None:
    asked = ask("show", "--at", "6", "--when", "y == 0 || y != 0", source)
    assert asked.returncode == 2
    assert "'y' has no value there: this call has not written it" in asked.stderr


def test_a_parameter_has_its_value_before_it_is_copied(source: Path) -> None:
    assert ask("show", "--at", "f:entry", "--when", "x == 2", source).returncode == 0
    assert ask("show", "--at", "f:entry", "--when", "x == 3", source).returncode == 2


def test_a_budget_is_no_crash(source: Path) -> None:
    asked = ask("show", "--max-steps", "11000", "--library", source)
    assert "the budget; --max-steps raises it (--at end shows it)" in asked.stderr
    assert "crash" not in asked.stderr


@pytest.mark.parametrize("raised", ["*(volatile int *)0 = 1", "raise(SIGSEGV)"])
def test_a_handler_that_is_not_called_ends_the_run_in_one_way(tmp_path: Path, raised: str) -> None:
    require("gcc")
    program = tmp_path / "handler.c"
    program.write_text(
        "#include <signal.h>\n#include <stdlib.h>\nvoid on_signal(int number) { exit(4); }\n"
        f"int main(void) {{ signal(SIGSEGV, on_signal); {raised}; return 0; }}\n"
    )
    assert ask("run", program).returncode == 2


def test_every_file_that_was_not_found_is_told(tmp_path: Path) -> None:
    require("gcc")
    program = tmp_path / "opens.c"
    program.write_text(
        "#include <fcntl.h>\n"
        'int main(void) { open("/etc/nothing", 0); open("no/folder", 0); open("/proc/none", 0); return 0; }\n'
    )
    (tmp_path / "root").mkdir()
    for extra in ((), ("--root", tmp_path / "root")):
        told = ask("run", *extra, program).stderr
        assert "files that it did not find: /etc/nothing, no/folder, /proc/none" in told
        assert ("--root FOLDER would show it" in told) is not bool(extra)


def test_names_in_view_say_when_there_are_more(tmp_path: Path) -> None:
    require("gcc")
    program = tmp_path / "many.c"
    names = [f"v{number}" for number in range(20)]
    program.write_text(f"int main(void) {{\nint {', '.join(f'{name} = 1' for name in names)};\nreturn v0;\n}}\n")
    assert "v10, v11 and 8 more" in ask("show", "--at", "3", "--when", "nope == 1", program).stderr
