"""Runs inside gdb: steps through a program and compares every variable in view with what gdb says of it.

`test_variables.py` starts it. What it is asked comes as JSON in the environment variable INSIDE_GDB; stackglass
and the libraries that it needs are put on the path of gdb's own Python before this file is read.
"""

# mypy: ignore-errors

from __future__ import annotations

import json
import os
import struct
from dataclasses import replace
from pathlib import Path

import gdb

from stackglass.debuginfo.expressions import (
    Context,
    InMemory,
    InRegister,
    OptimisedOut,
    Pieces,
    PointerInto,
    Value,
    evaluate,
    evaluate_value,
)
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.target import Target
from stackglass.errors import UnreadableMemory

GENERAL = ("rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)), "rip")
REGISTERS = (*GENERAL, *(f"xmm{n}" for n in range(16)))


def read_memory(address: int, size: int) -> bytes:
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except gdb.MemoryError:
        raise UnreadableMemory(address, size) from None


def register_reader(frame):
    def register(number: int) -> int:
        name = REGISTERS[number]
        value = frame.read_register(name)
        if value.is_optimized_out:
            raise KeyError(number)
        if name.startswith("xmm"):
            halves = value["v2_int64"]
            return (int(halves[0]) & (1 << 64) - 1) | (int(halves[1]) & (1 << 64) - 1) << 64
        return int(value) & (1 << 64) - 1

    return register


def cfa_of(frame) -> int:
    frame.select()
    text = gdb.execute("info frame", to_string=True)
    return int(text.split("frame at ")[1].split(":")[0], 16)


def entry_value_of(target, frame):
    """The caller's expression for the register, evaluated in the caller's frame, as its call site has it."""

    def entry_value(expression: bytes) -> int | None:
        caller = frame.older()
        if caller is None or caller.type() != gdb.NORMAL_FRAME:
            return None
        function = target.function_at(caller.pc() - 1)
        if function is None or function.subprogram is None:
            return None
        site = next((s for s in function.subprogram.call_sites() if s.return_pc == caller.pc()), None)
        if site is None:
            return None
        if site.callee is None:  # gdb refuses calls through pointers
            return None
        callee = target.function_at(frame.pc())
        if site.callee != callee.name:
            return None
        parameter = site.parameter_of(expression)
        if parameter is None or parameter.value is None:
            return None
        return evaluate_value(parameter.value, context_of(target, caller, function, caller.pc() - 1))

    return entry_value


def context_of(target, frame, function, pc: int) -> Context:
    return Context(
        register=register_reader(frame),
        read_memory=read_memory,
        cfa=cfa_of(frame),
        frame_base=function.subprogram.frame_base_at(pc),
        entry_value=entry_value_of(target, frame),
        tls=None,
    )


def content(place, size: int, context: Context) -> bytes | None:
    """The bytes of what lies at a place; None where some of it isn't known."""
    match place:
        case InMemory(address):
            return read_memory(address, size)
        case InRegister(register):
            try:
                return context.register(register).to_bytes(16, "little")[:size]
            except KeyError:
                return None
        case Value(value):
            if isinstance(value, bytes):
                return value[:size].ljust(size, b"\0")
            return (value & (1 << 128) - 1).to_bytes(16, "little")[:size]
        case Pieces(pieces):
            parts = [content(piece.place, piece.bits // 8, context) for piece in pieces]
            return None if None in parts else b"".join(parts)
        case _:
            return None


def as_number(data: bytes, type_):
    code, size = type_.code, type_.sizeof
    if code == gdb.TYPE_CODE_FLT:
        return struct.unpack({4: "<f", 8: "<d"}[size], data[:size])[0]
    number = int.from_bytes(data[:size], "little")
    signed = code in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR, gdb.TYPE_CODE_ENUM) and type_.is_signed
    return number - (1 << 8 * size) if signed and number >> (8 * size - 1) else number


SCALARS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_ENUM)


def compare(target, frame, counts: dict[str, int]) -> list[str]:
    """What differs at this stop, in words."""
    innermost = frame.newer() is None
    while frame.type() == gdb.INLINE_FRAME:
        frame = frame.older()
    look_up = frame.pc() if innermost else frame.pc() - 1
    function = target.function_at(look_up)
    if function is None or function.library or function.subprogram is None:
        return []
    problems = []
    if function.name != frame.name() and "<lambda>" not in function.name:  # those have no name of their own
        problems.append(f"{look_up:#x}: function {function.name}, gdb says {frame.name()}")
    mine = {
        v.name: v
        for v in reversed(function.subprogram.variables_at(look_up))
        if v.inlined is None and not v.shadowed and not v.name.startswith("__")
    }
    context = context_of(target, frame, function, look_up)
    block = frame.block()
    theirs = {}
    while block is not None:
        for symbol in block:
            if (symbol.is_variable or symbol.is_argument or symbol.is_constant) and not symbol.name.startswith("__"):
                theirs.setdefault(symbol.name, symbol)
        if block.function is not None:
            break
        block = block.superblock
    if mine.keys() != theirs.keys():
        problems.append(f"{look_up:#x} in {function.name}: they differ in {sorted(mine.keys() ^ theirs.keys())}")
    for name in mine.keys() & theirs.keys():
        problems += compare_variable(mine[name], theirs[name], frame, context, look_up, counts)
    return problems


def compare_variable(variable, symbol, frame, context, pc: int, counts: dict[str, int]) -> list[str]:
    where = f"{pc:#x}: {variable.name}"
    try:
        theirs = symbol.value(frame)
        theirs.fetch_lazy()
    except gdb.error:
        return []
    place = evaluate(variable.location(pc), context)
    if isinstance(place, OptimisedOut) and variable.constant is not None:
        place = Value(variable.constant)
    type_ = theirs.type.strip_typedefs()
    if theirs.is_optimized_out:
        counts["optimised out"] += 1
        # gdb is shyer with what a caller knows: it looks no further where tail calls could have come between
        without_caller = evaluate(variable.location(pc), replace(context, entry_value=None))
        known = content(without_caller, type_.sizeof, context)
        return [] if known is None else [f"{where}: {place}, gdb says optimised out"]
    if isinstance(place, PointerInto):
        counts["implicit pointer"] += 1
        return []
    if type_.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        counts["value"] += 1
        number = int.from_bytes(content(place, 8, context) or b"", "little")
        expected = int(theirs.referenced_value().address)
        return [] if number == expected else [f"{where}: {place} is {number:#x}, gdb says {expected:#x}"]
    if theirs.address is not None and not variable.is_static:
        counts["address"] += 1
        address = int(theirs.address)
        return [] if place == InMemory(address) else [f"{where}: {place}, gdb says at {address:#x}"]
    if isinstance(place, OptimisedOut):
        return [f"{where}: {place}, gdb says {theirs}"]
    if (type_.code in SCALARS and type_.sizeof <= 8) or (type_.code == gdb.TYPE_CODE_FLT and type_.sizeof in (4, 8)):
        counts["value"] += 1
        data = content(place, type_.sizeof, context)
        if data is None:
            return [f"{where}: {place}, gdb says {theirs}"]
        number = as_number(data, type_)
        expected = float(theirs) if type_.code == gdb.TYPE_CODE_FLT else int(theirs)
        same = number == expected or (number != number and expected != expected)
        return [] if same else [f"{where}: {place} is {number}, gdb says {theirs}"]
    if type_.code == gdb.TYPE_CODE_STRUCT:
        return compare_fields(where, place, theirs, type_, context, counts)
    return []


def compare_fields(where: str, place, theirs, type_, context, counts: dict[str, int]) -> list[str]:
    problems = []
    data = content(place, type_.sizeof, context)
    for field in type_.fields():
        if data is None or not hasattr(field, "bitpos") or field.type.strip_typedefs().code not in SCALARS:
            continue  # static, or not a number
        inner = theirs[field]
        if inner.is_optimized_out:
            continue
        counts["field"] += 1
        width = field.bitsize or field.type.sizeof * 8
        number = int.from_bytes(data, "little") >> field.bitpos & (1 << width) - 1
        if int(inner) < 0:
            number -= 1 << width
        if number != int(inner):
            problems.append(f"{where}.{field.name}: {place} is {number}, gdb says {inner}")
    return problems


def main() -> None:
    asked = json.loads(os.environ["INSIDE_GDB"])
    elf, source = Path(asked["elf"]), asked["source"]
    gdb.execute("set pagination off")
    gdb.execute("set width 0")
    gdb.execute("set disable-randomization on")
    gdb.execute("break main")
    gdb.execute("run > /dev/null 2>&1")
    image = Image.parse(elf.read_bytes(), str(elf))
    target = Target(image.isa, frozenset({source}))
    main_symbol = next(s for s in target.add(image, 0).symbols.all if s.name == "main")
    bias = int(gdb.parse_and_eval("(long)&main")) - main_symbol.address
    target = Target(image.isa, frozenset({source}))
    target.add(image, bias)
    counts = dict.fromkeys(("stops", "address", "value", "field", "optimised out", "implicit pointer"), 0)
    problems = []
    entries = [function for function in target.functions() if not function.library]
    for function in entries:
        gdb.execute(f"break *{function.low:#x}", to_string=True)
    for _ in range(asked["stops"]):
        try:
            frame = gdb.newest_frame()
        except gdb.error:
            break
        at = target.function_at(frame.pc())
        if at is None or at.library:
            gdb.execute("finish" if frame.older() is not None else "continue", to_string=True)
            continue
        counts["stops"] += 1
        problems += compare(target, frame, counts)
        while frame.type() == gdb.INLINE_FRAME:
            frame = frame.older()
        outer = frame.older()
        if outer is not None and outer.type() == gdb.NORMAL_FRAME:
            problems += compare(target, outer, counts)
        gdb.newest_frame().select()
        gdb.execute("stepi", to_string=True)
    unreadable = target.modules[0].debug_info_problem
    answer = {"problems": problems, "counts": counts, "unreadable": unreadable}
    Path(asked["answer"]).write_text(json.dumps(answer))


main()
