"""The commands as a user has them: what they print, where, and how they exit."""

from __future__ import annotations

import itertools
import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stackglass import __version__
from tests.integration.command_lines import COMMAND, Ask, alone, asker, environment
from tests.needs import require

FACTORIAL = """\
#include <stdio.h>

int factorial(int n)
{
    int rest = 1;
    if (n > 1)
        rest = factorial(n - 1);
    return n * rest;
}

int main(int argc, char **argv)
{
    int result = factorial(3 + argc);
    printf("%d\\n", result);
    fprintf(stderr, "done\\n");
    return argc;
}
"""


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command line in this process."""
    return asker(capfd)


@pytest.fixture(scope="module")
def factorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("gcc")
    path = tmp_path_factory.mktemp("cli") / "factorial.c"
    path.write_text(FACTORIAL)
    return path


def program(folder: Path, text: str, name: str = "program.c") -> Path:
    require("gcc")
    path = folder / name
    path.write_text(text)
    return path


def variables(snapshot: dict[str, Any]) -> dict[str, str]:
    """The values of the innermost frame's named slots."""
    return {slot["name"]: slot["value"] for slot in snapshot["frames"][0]["slots"] if slot["name"]}


# show


def test_show_draws_the_deepest_moment(ask: Ask, factorial: Path) -> None:
    outcome = ask("show", factorial)
    assert outcome.status == 0
    assert outcome.out.count("factorial(n=") == 5  # the masthead, and four frames
    assert "main(argc=1" in outcome.out
    assert "\x1b[" not in outcome.out
    assert outcome.err == ""


def test_show_json_is_a_list_valid_under_the_schema(ask: Ask, factorial: Path, repository: Path) -> None:
    outcome = ask("show", factorial, "--json", "--at", "main", "--at", "factorial#2", "--at", "end")
    pictures = json.loads(outcome.out)
    jsonschema.validate(pictures, json.loads((repository / "docs" / "snapshot.schema.json").read_text()))
    assert [picture["location"]["function"] for picture in pictures[:2]] == ["main", "factorial"]
    assert variables(pictures[1])["n"] == "3"
    assert pictures[2]["step"] == max(picture["step"] for picture in pictures)


@pytest.mark.parametrize(
    ("where", "n", "line"),
    [
        ("factorial", "4", 5),
        ("factorial#4", "1", 5),
        ("factorial#2:entry", None, 4),
        ("factorial#2:return", None, 9),
        ("8", "1", 8),
        ("factorial.c:8#2", "2", 8),
        ("deepest", "1", 8),
    ],
)
def test_where_chooses_the_moment(ask: Ask, factorial: Path, where: str, n: str | None, line: int) -> None:
    (picture,) = json.loads(ask("show", factorial, "--json", "--at", where).out)
    assert (picture["location"]["function"], picture["location"]["line"]) == ("factorial", line)
    if n is not None:
        assert variables(picture)["n"] == n


def test_when_narrows_the_moment(ask: Ask, factorial: Path) -> None:
    (picture,) = json.loads(ask("show", factorial, "--json", "--at", "factorial", "--when", "n == 2").out)
    assert variables(picture)["n"] == "2"
    assert len([frame for frame in picture["frames"] if frame["function"] == "factorial"]) == 3


def test_arguments_reach_the_program(ask: Ask, factorial: Path) -> None:
    (picture,) = json.loads(ask("show", factorial, "--json", "--", "-x", "--at").out)
    assert len([frame for frame in picture["frames"] if frame["function"] == "factorial"]) == 6


def test_frames_limits_how_many_are_written(ask: Ask, factorial: Path) -> None:
    (whole,) = json.loads(ask("show", factorial, "--json").out)
    (picture,) = json.loads(ask("show", factorial, "--json", "--frames", "2").out)
    assert len(picture["frames"]) == 2
    assert picture["frames_omitted"] == len(whole["frames"]) - 2


def test_grow_turns_the_picture_over(ask: Ask, factorial: Path) -> None:
    down = ask("show", factorial, "--no-legend").out
    up = ask("show", factorial, "--no-legend", "--grow", "up").out
    for picture, main_first in ((down, True), (up, False)):
        body = picture.split("\n\n", 1)[1]
        assert (body.index("main(") < body.index("factorial(n=1)")) == main_first


def test_the_programs_output_is_kept_out_of_the_picture_unless_asked_for(ask: Ask, factorial: Path) -> None:
    assert "24" not in ask("show", factorial, "--at", "end", "--no-legend").out.splitlines()
    assert "  24" in ask("show", factorial, "--at", "end", "--output").out.splitlines()
    assert "written nothing by then" in ask("show", factorial, "--at", "main", "--output").out
    (picture,) = json.loads(ask("show", factorial, "--json", "--at", "end", "--output").out)
    assert picture["output"] == "24\n"


def test_registers_are_told_on_request(ask: Ask, factorial: Path) -> None:
    outcome = ask("show", factorial, "--registers")
    assert any(line.startswith("rsp ") for line in outcome.out.splitlines())


@pytest.mark.parametrize("width", [60, 80, 150])
def test_no_line_is_wider_than_asked(ask: Ask, factorial: Path, width: int) -> None:
    for command in (["show", factorial], ["calls", factorial], ["explain", factorial, "factorial#4"]):
        outcome = ask(*command, "--width", width)
        assert outcome.status == 0
        assert max(len(line) for line in outcome.out.splitlines()) <= width


def test_a_crash_is_noted_and_shown_on_request(ask: Ask, tmp_path: Path) -> None:
    path = program(tmp_path, "int f(int *p) { return *p; }\nint main(void) { return f(0); }\n")
    outcome = ask("show", path, "--at", "main")
    assert outcome.status == 0
    assert "null pointer" in outcome.err
    assert "--at crash" in outcome.err
    crash = ask("show", path, "--at", "crash")
    assert "null pointer" in crash.out
    assert crash.err == ""


def test_several_moments_are_several_pictures(ask: Ask, factorial: Path) -> None:
    outcome = ask("show", factorial, "--at", "main", "--at", "factorial")
    assert outcome.out.count("process start") == 2


# colour


def in_a_terminal(*arguments: object, **changes: str) -> str:
    """What a command writes when its output is a terminal."""
    leader, follower = pty.openpty()
    command = [*COMMAND, *map(str, arguments)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower, env=environment(TERM="xterm", **changes)
    )
    os.close(follower)
    written = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        written += chunk
    assert process.wait() == 0
    os.close(leader)
    return written.decode()


def test_colour_is_for_terminals(factorial: Path) -> None:
    assert "\x1b[" in in_a_terminal("show", factorial)
    assert "\x1b[" not in in_a_terminal("show", factorial, NO_COLOR="1")
    assert "\x1b[" not in in_a_terminal("show", factorial, "--color", "never")


def test_colour_can_be_had_anywhere(ask: Ask, factorial: Path) -> None:
    coloured, plain = ask("show", factorial, "--color", "always").out, ask("show", factorial).out
    assert "\x1b[" in coloured
    stripped = re.sub("\x1b\\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in stripped.splitlines()] == [line.rstrip() for line in plain.splitlines()]


def test_an_ascii_terminal_gets_ascii(factorial: Path) -> None:
    result = alone("show", factorial, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert result.returncode == 0
    assert result.stdout.isascii()


# run


def test_run_passes_everything_through(factorial: Path) -> None:
    result = alone("run", factorial, "--", "a")
    assert result.stdout == b"120\n"
    assert result.returncode == 2
    lines = result.stderr.decode().splitlines()
    assert lines[0] == "done"
    assert "exit status 2" in lines[1]
    assert lines[2].startswith("stackglass: deepest: factorial, ")


def test_run_json_is_one_object_on_standard_error(factorial: Path) -> None:
    result = alone("run", factorial, "--json")
    assert result.stdout == b"24\n"
    summary = json.loads(result.stderr.decode().splitlines()[-1])
    assert summary["exit_status"] == 1
    assert summary["fault"] is None
    assert summary["own_calls"] == 5
    assert summary["calls"] > 5
    assert summary["steps"] > summary["calls"]
    assert summary["unsupported_system_calls"] == {}
    deepest = summary["deepest"]
    assert deepest["function"] == "factorial"
    assert deepest["frames"] == 8  # four of factorial, main, and three of the C library's start
    assert deepest["bytes"] > 4 * 32


def test_deepest_of_run_is_what_show_draws(ask: Ask, factorial: Path) -> None:
    summary = json.loads(ask("run", factorial, "--json").err.splitlines()[-1])
    (picture,) = json.loads(ask("show", factorial, "--json").out)
    assert len(picture["frames"]) == summary["deepest"]["frames"]
    assert picture["frames"][0]["function"] == summary["deepest"]["function"]


def test_standard_input_passes_through(tmp_path: Path) -> None:
    path = program(
        tmp_path,
        "#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c + 1); return 0; }\n",
    )
    assert alone("run", path, stdin=b"HAL").stdout == b"IBM"
    (tmp_path / "input").write_bytes(b"HAL")
    assert alone("run", path, "--stdin", tmp_path / "input", stdin=b"other").stdout == b"IBM"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ("*(volatile int *)0 = 1;", 128 + signal.SIGSEGV, "null_pointer"),
        ("abort();", 128 + signal.SIGABRT, "abort"),
        ('__asm__("ud2");', 128 + signal.SIGILL, "illegal_instruction"),
        ("volatile int zero = 0; return 7 / zero;", 128 + signal.SIGFPE, "division_error"),
        ("return main();", 128 + signal.SIGSEGV, "stack_overflow"),
    ],
)
def test_a_fault_exits_as_a_shell_tells_it(tmp_path: Path, body: str, status: int, kind: str) -> None:
    path = program(tmp_path, f"#include <stdlib.h>\nint main(void) {{ {body} return 0; }}\n")
    result = alone("run", path, "--json")
    assert result.returncode == status
    summary = json.loads(result.stderr.decode().splitlines()[-1])
    assert summary["fault"]["kind"] == kind
    assert summary["exit_status"] is None


ENDLESS = "int main(void) { for (volatile long i = 0;; i++) ; }\n"


def test_a_budget_ends_a_run_that_does_not_end(ask: Ask, tmp_path: Path) -> None:
    path = program(tmp_path, ENDLESS)
    outcome = ask("run", path, "--max-steps", "1e5", "--json")
    assert outcome.status == 124
    summary = json.loads(outcome.err.splitlines()[-1])
    assert (summary["fault"]["kind"], summary["steps"]) == ("budget", 100_000)
    assert ask("show", path, "--max-steps", "1e5", "--at", "crash").status == 0


def heed_interrupts() -> None:
    """Undoes what shells do to what they start in the background, and whoever that starts inherits."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_the_recording_and_shows_what_there_is(tmp_path: Path) -> None:
    path = program(tmp_path, "#include <unistd.h>\n" + ENDLESS.replace("for", 'write(1, "x", 1); for'))
    command = [*COMMAND, "run", "--json", str(path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read(1) == b"x"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        summary = json.loads(process.stderr.read().decode().splitlines()[-1])
    assert process.returncode == 130
    assert summary["fault"]["kind"] == "interrupted"
    assert summary["deepest"]["function"] == "main"


def test_nobody_listening_is_no_error(factorial: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "show", str(factorial), "--unfold", "--start"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1"),
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (1, 141)


# building


def test_old_c_gets_through_with_flags(ask: Ask, tmp_path: Path) -> None:
    path = program(tmp_path, "f(x) { return x + 1; }\nvoid main() { f(2); }\n")
    assert ask("show", path, "--cflags", "-std=gnu89 -w", "--at", "f").status == 0


def test_the_compilers_warnings_are_passed_on(ask: Ask, tmp_path: Path) -> None:
    path = program(tmp_path, "int main(void) { int unused; return 0; }\n")
    outcome = ask("show", path, "--cflags", "-Wall")
    assert outcome.status == 0
    assert "unused" in outcome.err


@pytest.mark.parametrize("level", ["0", "1", "2", "3", "s", "g"])
def test_optimisation_levels(ask: Ask, factorial: Path, level: str) -> None:
    assert ask("show", factorial, f"-O{level}").status == 0


def test_the_environment_is_what_was_said(tmp_path: Path) -> None:
    path = program(
        tmp_path,
        "#include <stdio.h>\n#include <stdlib.h>\n"
        'int main(void) { puts(getenv("A")); puts(getenv("B")); return !getenv("HOME"); }\n',
    )
    result = alone("run", path, "--env", "A=1", "--env", "B=x=y")
    assert (result.returncode, result.stdout) == (0, b"1\nx=y\n")


# calls


def test_calls_draws_the_tree(ask: Ask, factorial: Path) -> None:
    outcome = ask("calls", factorial)
    assert outcome.status == 0
    tree = outcome.out
    assert tree.index("main(argc=1") < tree.index("factorial(n=4) = 24") < tree.index("factorial(n=1) = 1")
    assert "printf" in tree
    assert "vfprintf" not in tree
    assert "vfprintf" in ask("calls", factorial, "--library", "--limit", "0").out


def test_calls_json_has_arguments_results_and_stack(ask: Ask, factorial: Path) -> None:
    data = json.loads(ask("calls", factorial, "--json").out)
    assert data["omitted"] == 0
    calls = [call for call in data["calls"] if call["function"] == "factorial"]
    assert [call["arguments"][0]["value"] for call in calls] == ["4", "3", "2", "1"]
    assert [call["return_value"] for call in calls] == ["24", "6", "2", "1"]
    assert [call["number"] for call in calls] == [1, 2, 3, 4]
    for outer, inner in itertools.pairwise(calls):
        assert outer["call_step"] < inner["call_step"] < inner["return_step"] < outer["return_step"]
        assert outer["peak_bytes"] == inner["peak_bytes"] + outer["frame_bytes"]
        assert inner["parent"] == outer["row"]
    limited = json.loads(ask("calls", factorial, "--json", "--limit", "2").out)
    assert (len(limited["calls"]), limited["omitted"]) == (2, 3)


# explain


def test_explain_tells_a_call_from_set_up_to_return(ask: Ask, factorial: Path) -> None:
    outcome = ask("explain", factorial, "factorial#4")
    assert outcome.status == 0
    text = outcome.out
    assert "factorial(n=1): its 4th call" in text
    assert text.index("call 0x") < text.index("push rbp") < text.rindex("  ret")
    assert "pushes the return address" in text
    assert "edi" in text


def test_explain_takes_arguments_for_the_program(ask: Ask, factorial: Path) -> None:
    data = json.loads(ask("explain", factorial, "factorial", "--json", "--", "x").out)
    assert (data["function"], data["arguments"][0]["value"], data["result"]["value"]) == ("factorial", "5", "120")


@pytest.mark.parametrize("call", ["factorial:entry", "12", "deepest", "factorial#9", "nosuch"])
def test_explain_refuses_what_is_no_call(ask: Ask, factorial: Path, call: str) -> None:
    outcome = ask("explain", factorial, call)
    assert outcome.status == 2
    assert outcome.err.startswith("stackglass: ")


# the command itself


def test_the_version(ask: Ask) -> None:
    outcome = ask("--version")
    assert (outcome.status, outcome.out) == (0, f"stackglass {__version__}\n")


@pytest.mark.parametrize("command", ["run", "show", "calls", "explain"])
def test_every_command_has_help(ask: Ask, command: str) -> None:
    outcome = ask(command, "--help")
    assert outcome.status == 0
    assert "PROGRAM" in outcome.out


def test_an_unknown_command_is_refused(ask: Ask) -> None:
    outcome = ask("draw")
    assert outcome.status == 2
    assert "draw" in outcome.err
