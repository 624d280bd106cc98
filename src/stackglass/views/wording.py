"""Numbers, places and pointers in plain words, the same in every view."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stackglass.model import CallSite, Frame, FrameOutline, Pointee, PointeeKind, Position, Variable, Writer
from stackglass.views.glyphs import Glyphs
from stackglass.views.templates import folded


def count(number: int, noun: str, plural: str | None = None) -> str:
    """'1 byte', '4,080 bytes'."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def size_of(size: int) -> str:
    """'27 bytes', '4.0 KiB', '128 TiB': three digits at most, rounded down."""
    if size < 1024:
        return count(size, "byte")
    power = min((size.bit_length() - 1) // 10, len(_UNITS))
    tenths = size * 10 >> 10 * power
    number = f"{tenths // 10}.{tenths % 10}" if tenths < 1000 else f"{tenths // 10}"
    return f"{number} {_UNITS[power - 1]}"


def ordinal(number: int) -> str:
    """'1st', '2nd', '3rd', '11th', '1,021st'."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{suffix}"


def short_file(path: str) -> str:
    """The last component of a source path."""
    return path.rsplit("/", 1)[-1]


def line_of(file: str | None, line: int | None) -> str:
    """'call.c:8', 'call.c', or '' where the file is not known."""
    if file is None:
        return ""
    return short_file(file) if line is None else f"{short_file(file)}:{line}"


def place_of(position: Position) -> str:
    """'calculate, call.c:8', with the address where there is no function, and no line where there is none."""
    where = line_of(position.file, position.line)
    name = folded(position.function or f"{position.pc:#x}")
    if position.function is None and isinstance(position, CallSite) and position.entry is not None:
        name += f" in {named(None, position.entry)}"
    return f"{name}, {where}" if where else name


def named(function: str | None, entry: int) -> str:
    """A function's name as a picture shows it; for one without a name, where it begins (or where it is, at least)."""
    return folded(function) if function else f"code at {entry:#x}"


def name_of(frame: Frame | FrameOutline) -> str:
    """The name of a frame's function, as headings show it."""
    return named(frame.function, frame.pc if frame.entry is None else frame.entry)


def stack_address(variable: Variable) -> int | None:
    """Where on the stack a variable lies; None for one that is elsewhere."""
    return memory_address(variable) if variable.location.startswith("stack ") else None


def memory_address(variable: Variable) -> int | None:
    """Where in memory a variable lies; None for one that doesn't."""
    kind, _, where = variable.location.partition(" ")
    return int(where.split()[0].rstrip(",:;"), 16) if kind in ("stack", "heap", "static") else None


def arguments_of(parameters: Sequence[Variable], glyphs: Glyphs) -> str:
    """'a=3, b="hello"': parameters with their values as a heading lists them.

    Those of the compiler's own making ('__in_chrg') are left out where they have no value.
    """
    shown = [
        parameter for parameter in parameters if not parameter.name.startswith("__") or parameter.value is not None
    ]
    return ", ".join(
        f"{parameter.name}={short_value(parameter.value, parameter.points_to, glyphs)}" for parameter in shown
    )


_ARGUMENT_LIMIT = 28


def short_value(value: str | None, points_to: Pointee | None, glyphs: Glyphs) -> str:
    """A value in a few characters: what a pointer leads to instead of the pointer, '?' for none."""
    if points_to is not None and points_to.kind in _SPEAKING:
        return pointee_words(points_to, glyphs, 24)
    return shortened(glyphs.value(value) if value is not None else "?", glyphs.ellipsis)


def shortened(value: str, ellipsis: str) -> str:
    """A value cut to a few characters: one between braces at a member's end or its name's, and its braces closed."""
    if len(value) <= _ARGUMENT_LIMIT:
        return value
    cuts = [(_ARGUMENT_LIMIT, "")] if not value.startswith("{") else []
    closing, quote, at = "", "", 0
    while at < _ARGUMENT_LIMIT:
        char = value[at]
        if quote:
            at += char == "\\"  # the escaped character is no quote
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "{}":
            closing = "}" + closing if char == "{" else closing[1:]
        at += 1
        if not quote and closing and (char == "{" or value[:at].endswith((", ", " = "))):
            cuts.append((at, closing))
    end, closing = cuts[-1] if cuts else (_ARGUMENT_LIMIT, "")
    return value[:end] + ellipsis + closing


def pointee_words(pointee: Pointee, glyphs: Glyphs, limit: int = 40) -> str:
    """What a pointer leads to: '"hello"', '&x in main', 'function compare', 'NULL', 'a dead frame of f'."""
    match pointee.kind:
        case PointeeKind.STRING:
            return quoted(pointee.text or "", glyphs, limit)
        case PointeeKind.NULL:
            return "NULL"
        case PointeeKind.FUNCTION | PointeeKind.CODE:
            return _with_offset(pointee, "code")
        case PointeeKind.VARIABLE:
            return "&" + _with_offset(pointee, "a variable")
        case PointeeKind.HEAP:
            return _with_offset(pointee, "the heap") if pointee.name else "the heap"
        case PointeeKind.DATA:
            return _with_offset(pointee, "static data") if pointee.name else "static data"
        case PointeeKind.STACK:
            return _with_offset(pointee, "the stack")
        case PointeeKind.DEAD:
            return f"dead bytes of {pointee.name}" if pointee.name else "dead bytes below the stack"
        case PointeeKind.UNMAPPED:
            return "nowhere: not mapped"


_SPEAKING = frozenset({PointeeKind.STRING, PointeeKind.FUNCTION, PointeeKind.VARIABLE, PointeeKind.NULL})


def _with_offset(pointee: Pointee, anonymous: str) -> str:
    name = folded(pointee.name) if pointee.name else anonymous
    return f"{name}+{pointee.offset}" if pointee.offset else name


def quoted(text: str, glyphs: Glyphs, limit: int) -> str:
    """`text` between double quotes as C writes it, cut after `limit` characters."""
    escaped = "".join(_C_ESCAPES.get(char, char) for char in text)
    return f'"{escaped}"' if len(escaped) <= limit else f'"{escaped[:limit]}"{glyphs.ellipsis}'


def quoted_bytes(content: bytes) -> str:
    """Characters as C writes them between double quotes, every byte told."""
    return '"' + "".join(_C_ESCAPES.get(chr(byte)) or _byte(byte) for byte in content) + '"'


def _byte(byte: int) -> str:
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


_C_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def notes_of(what: str) -> tuple[str, ...]:
    """What a variable is, at lesser and lesser length: 'parameter 1, came in edi', 'param 1, edi', 'param 1'."""
    brief = what
    for longer, shorter in _BRIEFLY.items():
        brief = brief.replace(longer, shorter)
    shortest = re.split(r"[;,]|(?<=\d) of ", brief)[0]
    if "overwritten " in what:  # that matters more than where it came from
        kept = "" if shortest.startswith("overwritten") else f"{shortest}, "
        return tuple(dict.fromkeys((what, brief, f"{kept}overwritten", "overwritten")))
    return tuple(dict.fromkeys((what, brief, shortest)))


_BRIEFLY = {
    "parameter ": "param ",
    "argument ": "arg ",
    "its address came ": "its address ",
    "came in ": "",
    "came on the ": "",
}


def writer_words(writer: Writer | None, function: str | None) -> str:
    """'step 38, call.c:2'; with the writer's name where it isn't `function`, whose frame it wrote into."""
    if writer is None:
        return ""
    where = line_of(writer.file, writer.line)
    if writer.function != function or not where:
        where = f"{folded(writer.function) if writer.function else f'{writer.pc:#x}'}{', ' + where if where else ''}"
    return f"step {writer.step}, {where}"
