"""Runs inside gdb: how often each line and each function of a source is stopped at, as JSON {"main": 1, "12": 3, ..}.

TRUTH_SOURCE=recursion.c TRUTH_PLACES='["main", "12"]' TRUTH_OUTPUT=out.json gdb -nx -batch -x hits.py ./recursion
"""

# mypy: ignore-errors
# gdb's own Python runs this; there is no module `gdb` to check it against.

import json
import os
from pathlib import Path

import gdb

ALWAYS = 1 << 30

gdb.execute("set pagination off")
gdb.execute("set breakpoint pending off")
found = {}
for place in json.loads(os.environ["TRUTH_PLACES"]):
    where = f"{os.environ['TRUTH_SOURCE']}:{place}" if place.isdigit() else place
    try:
        breakpoint_ = gdb.Breakpoint(where)
    except gdb.error:
        continue
    breakpoint_.ignore_count = ALWAYS
    found[place] = breakpoint_
stub = os.environ.get("TRUTH_STUB")
if stub:
    gdb.execute(f"target remote {stub}", to_string=True)
gdb.execute("continue" if stub else "run", to_string=True)
Path(os.environ["TRUTH_OUTPUT"]).write_text(json.dumps({place: each.hit_count for place, each in found.items()}))
