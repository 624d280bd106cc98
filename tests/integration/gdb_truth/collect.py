"""Runs inside gdb: stops a program at many places and writes down what gdb knows there, as JSON.

    TRUTH_SOURCE=recursion.c TRUTH_OUTPUT=out.json gdb -nx -batch -x collect.py ./recursion

The program runs natively, or by qemu whose gdb stub listens at the socket TRUTH_STUB. TRUTH_STOPS bounds the stops in
all, TRUTH_HITS those at one address, TRUTH_PLACES the addresses. A stop is

    {"pc": .., "hit": 2, "sp": .., "fp": .., "frames": [..]}    the second arrival at that pc, with SP and TRUTH_FP

with the frames up to main, innermost first, inlined ones and gdb's made-up tail-call frames told apart by `kind`:

    {"kind": "normal", "own": true, "function": .., "file": .., "line": .., "pc": .., "cfa": ..,
     "saved": {"rbp": -16}, "inlined": [..], "variables": [..]}      saved registers by their offset from the CFA

and a variable of every block around the pc, innermost block first:

    {"name": .., "type": .., "size": .., "place": "memory", "address": .., "static": false, "bytes": "00..",
     "leaves": [[".x", "int", 3]], "depth": 0, "parameter": true}
"""

# mypy: ignore-errors
# gdb's own Python runs this; there is no module `gdb` to check it against.

import json
import os
import re
from pathlib import Path

import gdb

SOURCE = os.environ["TRUTH_SOURCE"]
OUTPUT = os.environ["TRUTH_OUTPUT"]
STUB = os.environ.get("TRUTH_STUB")
# qemu stops x86 programs before they execute a breakpoint's instruction, and doesn't tell gdb so: of a software one gdb
# then believes that it stands a byte too far, and steps back wherever another breakpoint is there.
BREAKPOINT = gdb.BP_HARDWARE_BREAKPOINT if STUB else gdb.BP_BREAKPOINT
FRAME_POINTER = os.environ.get("TRUTH_FP", "fp")
STOPS = int(os.environ.get("TRUTH_STOPS", "60"))
HITS = int(os.environ.get("TRUTH_HITS", "2"))
PLACES = int(os.environ.get("TRUTH_PLACES", "60"))
MOST_ELEMENTS = 24

KINDS = {gdb.NORMAL_FRAME: "normal", gdb.INLINE_FRAME: "inline", gdb.TAILCALL_FRAME: "tail call"}


def source_symtab():
    """The source's symbol table."""
    return next(iter(gdb.decode_line(f"{SOURCE}:1")[1])).symtab


def function_block(pc):
    """The block of the function that was compiled to the code at `pc` (not of one inlined there), or None."""
    block, found = gdb.block_for_pc(pc), None
    while block is not None and not block.is_global and not block.is_static:
        if block.function is not None:
            found = block
        block = block.superblock
    return found


def places():
    """Addresses to stop at: the starts of lines first, then instructions spread over the functions."""
    symtab = source_symtab()
    starts = sorted({item.pc for item in symtab.linetable() if item.line > 0})
    functions = {block.start: block for block in map(function_block, starts) if block is not None}
    holds = {pc for pc in starts if function_block(pc) is not None}
    architecture = gdb.selected_inferior().architecture()
    between = []
    for block in functions.values():
        decoded = architecture.disassemble(block.start, block.end - 1)
        rows = [row["addr"] for row in decoded if not row["asm"].startswith(".")]  # not data among the code
        own = [pc for pc in rows if (held := function_block(pc)) is not None and held.start == block.start]
        between += own[:2] + own[2:-2:5] + own[-2:]
    chosen = spread(sorted(holds), PLACES * 2 // 3)
    return chosen + [pc for pc in spread(between, PLACES - len(chosen)) if pc not in chosen]


def spread(items, most):
    """At most `most` of the items, evenly over the list."""
    if len(items) <= most:
        return list(items)
    return [items[i * len(items) // most] for i in range(most)]


def leaves(value, path=""):
    """The scalars of a value: [path, kind, number]."""
    kind = value.type.strip_typedefs()
    code = kind.code
    if code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        found = []
        for field in kind.fields():
            if hasattr(field, "bitpos") and not field.artificial:
                name = "" if field.is_base_class or not field.name else f".{field.name}"
                found += leaves(value[field], path + name)
        return found
    if code == gdb.TYPE_CODE_ARRAY:
        low, high = kind.range()
        return [leaf for i in range(low, min(high, MOST_ELEMENTS - 1) + 1) for leaf in leaves(value[i], f"{path}[{i}]")]
    if code == gdb.TYPE_CODE_FLT:
        return [[path, "float", repr(float(value))]]
    if code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        return [[path, "reference", int(value.referenced_value().address)]]
    if code == gdb.TYPE_CODE_PTR:
        return [[path, "pointer", int(value)]]
    if code == gdb.TYPE_CODE_ENUM:
        return [[path, "enum", int(value), str(value).strip("()")]]
    if code == gdb.TYPE_CODE_BOOL:
        return [[path, "bool", int(value)]]
    if code in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR):
        return [[path, "char" if kind.sizeof == 1 else "int", int(value)]]
    return [[path, "other", None]]


def variable(symbol, frame, depth):
    """What gdb knows of a variable in a frame."""
    entry = {"name": symbol.name, "depth": depth, "parameter": symbol.is_argument, "static": not symbol.needs_frame}
    try:
        value = symbol.value(frame) if symbol.needs_frame else symbol.value()
        entry["type"], entry["size"] = str(value.type), value.type.sizeof
        if value.is_optimized_out:
            return {**entry, "place": "optimised out"}
        value.fetch_lazy()
        entry["leaves"] = leaves(value)
    except (gdb.error, gdb.MemoryError, OverflowError) as error:
        return {**entry, "place": "unknown", "why": str(error)}
    reference = value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF)
    address = None if reference else value.address
    if address is None:
        return {**entry, "place": "reference" if reference else "register"}
    entry["address"] = int(address)
    if value.type.sizeof:
        entry["bytes"] = bytes(gdb.selected_inferior().read_memory(int(address), value.type.sizeof)).hex()
    return {**entry, "place": "memory"}


def variables(frame):
    """The variables of all blocks from the frame's pc up to its function's."""
    try:
        block = frame.block()
    except RuntimeError:
        return []
    found, depth = [], 0
    while block is not None:
        for symbol in block:
            if (symbol.is_variable or symbol.is_argument) and symbol.type.code != gdb.TYPE_CODE_ERROR:
                found.append(variable(symbol, frame, depth))
        if block.function is not None:
            break
        block, depth = block.superblock, depth + 1
    return found


def inlined_at(frame):
    """The functions inlined around the frame's pc, innermost first, whether or not gdb shows them as frames there."""
    pc = frame.pc() if inline_from_newest(frame) else frame.pc() - 1
    block, found = gdb.block_for_pc(pc), []
    while block is not None and not block.is_global and not block.is_static:
        if block.function is not None and block.start <= pc < block.end:  # a lambda's block lies in another function's
            found.append(block.function.name)
        block = block.superblock
    return found[:-1]


def inline_from_newest(frame):
    """Whether only inlined calls lie between the frame and the newest."""
    newer = frame.newer()
    while newer is not None and newer.type() == gdb.INLINE_FRAME:
        newer = newer.newer()
    return newer is None


def info_frame(frame):
    """The CFA, and where registers are saved relative to it, from `info frame`.

    Where gdb makes up frames for tail calls, "Previous frame's sp" is theirs: "frame at" is the frame's own.
    """
    frame.select()
    text = gdb.execute("info frame", to_string=True)
    at = re.search(r"frame at (0x[0-9a-f]+)", text)
    if at is None:
        return None, {}
    cfa = int(at[1], 16)
    saved = re.search(r"Saved registers:\n(.*)", text, re.S)
    places = re.findall(r"(\w+) at (0x[0-9a-f]+)", saved[1]) if saved else []
    return cfa, {name: int(address, 16) - cfa for name, address in places}


def describe(frame):
    """One frame. Frames of the library keep only what places them."""
    sal = frame.find_sal()
    own = sal.symtab is not None and Path(sal.symtab.filename).name == SOURCE
    kind = KINDS.get(frame.type(), "other")
    entry = {"kind": kind, "own": own, "function": frame.name(), "pc": frame.pc()}
    if kind == "normal":
        entry["cfa"], entry["saved"] = info_frame(frame)
        entry["inlined"] = inlined_at(frame)
    if own:
        entry["file"], entry["line"] = sal.symtab.filename, sal.line
        entry["variables"] = variables(frame) if kind != "tail call" else []
    return entry


def stack():
    """The frames up to main, innermost first."""
    frame, found = gdb.newest_frame(), []
    while frame is not None and len(found) < 200:
        found.append(describe(frame))
        if frame.name() == "main" and frame.type() == gdb.NORMAL_FRAME:
            break
        frame = frame.older()
    return found


def collect():
    """Runs the program to its end and gives what was seen."""
    for setting in ("pagination off", "confirm off", "width 0", "disable-randomization on"):
        gdb.execute(f"set {setting}")
    gdb.execute(f"target remote {STUB}" if STUB else "starti", to_string=True)
    hits = dict.fromkeys(places(), 0)
    breakpoints = {pc: gdb.Breakpoint(f"*{pc:#x}", type=BREAKPOINT, internal=True) for pc in hits}
    stops = []
    while len(stops) < STOPS:
        gdb.execute("continue", to_string=True)
        if not gdb.selected_inferior().pid:
            break
        pc = gdb.newest_frame().pc()
        if pc not in hits:
            break
        hits[pc] += 1
        try:
            frames = stack()
        except gdb.MemoryError:  # where a compiler's rules are wrong gdb finds no caller
            breakpoints.pop(pc).delete()
            continue
        newest = gdb.newest_frame()
        sp, fp = (int(newest.read_register(name)) % (1 << 64) for name in ("sp", FRAME_POINTER))
        stops.append({"pc": pc, "hit": hits[pc], "sp": sp, "fp": fp, "frames": frames})
        if hits[pc] == HITS:
            breakpoints.pop(pc).delete()
    return {"gdb": gdb.VERSION, "places": len(hits), "stops": stops}


try:
    RESULT = collect()
except Exception as error:
    RESULT = {"error": f"{type(error).__name__}: {error}", "stops": []}
Path(OUTPUT).write_text(json.dumps(RESULT))
if gdb.selected_inferior().pid:
    gdb.execute("kill", to_string=True)
