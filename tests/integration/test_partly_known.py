"""A struct of which a compiler has kept some members only, compared with gdb."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import stackglass
from stackglass.toolchain import build
from tests.needs import require

PROGRAM = """
#include <stdio.h>
struct node { int v; struct node *next; char name[10]; };
static struct node *head;
static int add(struct node **at, int v) { return printf("%p %d", (void *)at, v); }
int f(int n, struct node x, int (*call)(struct node **, int)) { return n + x.v + call(&head, n); }
int main(void)
{
    struct node here = {9, 0, "here"};
    return f(3, here, add);
}
"""


def test_the_members_that_are_known_are_shown(tmp_path: Path) -> None:
    require("clang", "gdb", "static libc")
    source, program = tmp_path / "partly.c", tmp_path / "partly"
    source.write_text(PROGRAM)
    program.write_bytes(build(source, cc="clang", optimise="2").elf)
    program.chmod(0o755)
    command = ["gdb", "-q", "-nx", "-batch", "-ex", "break f", "-ex", "run", "-ex", "print x.v", str(program)]
    gdb = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    known = re.search(r"\$1 = (\d+)", gdb)
    assert known is not None, gdb
    frame = stackglass.record(program).at("f").frames[0]
    (x,) = [one for one in frame.register_variables if one.name == "x"]
    assert x.value == f"{{.v = {known[1]}, .next = ?, .name = ?}}"
    assert x.location == "split: constant, optimised out"
