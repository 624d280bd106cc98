"""A program gives the same run however it is named."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import stackglass
from tests.needs import require

SOURCE = "#include <stdio.h>\nint main(int argc, char **argv) { puts(argv[0]); return 0; }\n"
FLAGS = ["-O0", "-g", "-fno-omit-frame-pointer", "-fno-stack-protector", "-static"]


def test_steps_and_addresses_do_not_depend_on_how_a_program_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("gcc", "static libc")
    folder = tmp_path / "with" / "a" / "long" / "path"
    folder.mkdir(parents=True)
    (folder / "named.c").write_text(SOURCE)
    subprocess.run(["gcc", *FLAGS, "named.c", "-o", "named"], check=True, cwd=folder)
    monkeypatch.chdir(folder)
    runs = [stackglass.record(name) for name in ("named", "./named", os.fspath(folder / "named"), "named.c")]
    assert {run.output for run in runs} == {b"/named\n"}
    assert len({(run.last_step, run.initial_stack_pointer, run.at("main").stack_pointer) for run in runs}) == 1


def test_a_stub_keeps_its_name_when_the_loader_looks_its_function_up(tmp_path: Path) -> None:
    """The C library's memset has no name in its symbol table where the processor decides which one it is."""
    require("gcc")
    source = tmp_path / "stubs.c"
    source.write_text("""
#include <string.h>
__attribute__((noinline)) int use(char *room, int size) { memset(room, 'x', size); return room[0]; }
int main(void) { char room[8]; return use(room, 4) + use(room, 8) - 2 * 'x'; }
""")
    program = tmp_path / "stubs"
    subprocess.run(["gcc", "-O0", "-Wl,-z,lazy", "-o", str(program), str(source)], check=True)
    calls = stackglass.record(program, root="/").calls
    uses = [row for row in range(len(calls)) if calls.call(row).function == "use"]
    names = {calls.call(row).function for row in range(len(calls)) if calls.parent(row) in uses}
    assert len(uses) == 2 and ".plt" not in names and len(names) == 1


def test_the_textbook_machine_names_a_program_as_the_others_do(tmp_path: Path) -> None:
    (tmp_path / "named.c").write_text(SOURCE)
    assert stackglass.record(tmp_path / "named.c", isa="textbook").output == b"/named\n"
