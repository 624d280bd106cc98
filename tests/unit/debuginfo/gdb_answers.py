"""What gdb says of an executable that isn't running: one gdb start answers many questions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

_SCRIPT = """
import gdb, json, sys
gdb.execute("set breakpoint pending off")
gdb.execute("set width 0")
answers = []
for kind, text in json.load(open({questions!r})):
    try:
        if kind == "break":
            before = {{b.number for b in gdb.breakpoints() or ()}}
            gdb.execute("break " + text, to_string=True)
            lines = gdb.execute("info breakpoints", to_string=True).splitlines()
            answers.append(sorted({{int(w, 16) for l in lines for w in l.split() if w.startswith("0x")}}))
            gdb.execute("delete", to_string=True)
        else:
            answers.append(gdb.execute(text, to_string=True))
    except gdb.error as error:
        answers.append(None)
        gdb.execute("delete", to_string=True)
json.dump(answers, open({answers!r}, "w"))
"""


def ask(elf: Path, questions: Sequence[tuple[str, str]], folder: Path) -> list[object]:
    """gdb's answers: for ('break', SPEC) the addresses of its locations, for ('run', COMMAND) what it prints; None for
    what it refuses."""
    asked, answered, script = folder / "questions.json", folder / "answers.json", folder / "ask.py"
    asked.write_text(json.dumps(questions))
    script.write_text(_SCRIPT.format(questions=str(asked), answers=str(answered)))
    command = ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-x", str(script), str(elf)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert answered.exists(), done.stderr
    answers: list[object] = json.loads(answered.read_text())
    answered.unlink()
    return answers
