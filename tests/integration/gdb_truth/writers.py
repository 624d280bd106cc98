"""Runs inside gdb: steps through main an instruction at a time and writes down which bytes of the stack each changed.

TRUTH_OUTPUT=out.json TRUTH_STEPS=4000 TRUTH_ROOM=2048 gdb -nx -batch -x writers.py ./writers

gives, of main's instructions and those of what it calls, up to the return from main:

    {"sp": .., "pcs": [..], "changes": [[17, -8, -4], ..], "texts": {"4198": "str r0, [sp]", ..}}

the stack pointer at main's first instruction; the address of each instruction that ran; the bytes that one changed, by
its number, from which offset from that stack pointer to which; and the instructions themselves.
"""

# mypy: ignore-errors
# gdb's own Python runs this; there is no module `gdb` to check it against.

import json
import os
from itertools import groupby
from pathlib import Path

import gdb

STUB = os.environ.get("TRUTH_STUB")
STEPS = int(os.environ.get("TRUTH_STEPS", "4000"))
ROOM = int(os.environ.get("TRUTH_ROOM", "2048"))
ABOVE = 64
UNLIKELY = 0xA7
"""Fills the stack below main, so that a store of zeros changes it too."""


def changed(before, after):
    """The runs of bytes that differ, as (start, end)."""
    places = [at for at in range(len(after)) if before[at] != after[at]]
    for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
        run = [at for _, at in run]
        yield run[0], run[-1] + 1


def collect():
    """Runs main to its end and gives what was seen."""
    for setting in ("pagination off", "confirm off", "width 0", "disable-randomization on", "backtrace past-main on"):
        gdb.execute(f"set {setting}")
    entry = int(gdb.parse_and_eval("&main"))
    gdb.execute(f"target remote {STUB}" if STUB else "starti", to_string=True)
    gdb.Breakpoint(f"*{entry:#x}", type=gdb.BP_HARDWARE_BREAKPOINT, internal=True, temporary=True)
    gdb.execute("continue", to_string=True)
    inferior = gdb.selected_inferior()
    word = gdb.lookup_type("unsigned long")
    base = int(gdb.parse_and_eval("$sp").cast(word))
    inferior.write_memory(base - ROOM, bytes([UNLIKELY]) * ROOM)
    known = bytes(inferior.read_memory(base - ROOM, ROOM + ABOVE))
    pcs, changes, texts = [], [], {}
    ends = gdb.newest_frame().older().pc()
    architecture = inferior.architecture()
    while len(pcs) < STEPS:
        pc = gdb.newest_frame().pc()
        if pc == ends:
            break
        if pc not in texts:
            texts[pc] = architecture.disassemble(pc)[0]["asm"]
        gdb.execute("stepi", to_string=True)
        now = bytes(inferior.read_memory(base - ROOM, ROOM + ABOVE))
        if now != known:
            changes += [[len(pcs), low - ROOM, high - ROOM] for low, high in changed(known, now)]
        pcs.append(pc)
        known = now
    return {"sp": base, "pcs": pcs, "changes": changes, "texts": texts}


try:
    RESULT = collect()
except Exception as error:
    RESULT = {"error": f"{type(error).__name__}: {error}"}
Path(os.environ["TRUTH_OUTPUT"]).write_text(json.dumps(RESULT))
if gdb.selected_inferior().pid:
    gdb.execute("kill", to_string=True)
