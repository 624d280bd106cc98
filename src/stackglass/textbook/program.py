"""A compiled program: code at addresses, data behind it, and what each is called."""

from __future__ import annotations

import bisect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from stackglass.errors import NoSuchProgram, ProgramError
from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.frame_alignment import align_frames
from stackglass.textbook.functions import FunctionCode
from stackglass.textbook.instructions import Instruction, Label, Operand, text
from stackglass.textbook.memory import HEAP_LIMIT
from stackglass.textbook.parsing import parse
from stackglass.textbook.preprocessing import Place
from stackglass.textbook.refusals import UNKNOWN_HERE, Trouble, refuse
from stackglass.textbook.scope import Static
from stackglass.textbook.types import WORD
from stackglass.textbook.unit import Unit

CODE = 1024
"""Where code begins: what lies below belongs to nobody, so that a null pointer is caught."""
PAGE = 4096


@dataclass(slots=True, eq=False)
class Function:
    """A function's code: `high` is the address behind it; `body` where its prologue ends, `epilogue` where it leaves.

    `code` is None for the library's, whose one service is `service`.
    """

    name: str
    label: str
    low: int
    high: int
    instructions: list[Instruction]
    code: FunctionCode | None = None
    service: str | None = None
    body: int = 0
    epilogue: int = 0

    @property
    def is_library(self) -> bool:
        """Whether it is none of the program's own."""
        return self.code is None or self.code.is_library

    @property
    def frame_size(self) -> int:
        """Bytes of its frames."""
        return self.code.size.size if self.code is not None else 0


class Program:
    """The linked program. Code lies in [CODE, code_end), then read-only data, then data up to `data_end`."""

    def __init__(self, unit: Unit, source: Path) -> None:
        self.unit = unit
        self.strategy: Strategy = unit.strategy
        self.source = source
        self.functions: list[Function] = []
        self.by_entry: dict[int, Function] = {}
        self.statics: list[Static] = []
        self._lows: list[int] = []
        align_frames(unit.functions, unit.strategy, str(source))
        self._place_code()
        self._place_data()
        self.image = self._encode()
        self.names = {one.address: one.label for one in self.statics} | {one.low: one.label for one in self.functions}
        self.by_address = {i.address: i for f in self.functions for i in f.instructions}
        self.before = {b.address: a for f in self.functions for a, b in pairwise(f.instructions)}
        """For an instruction's address, the one that stands before it in its function."""

    # ---- addresses ----

    def _place_code(self) -> None:
        address = CODE
        for code in self.unit.functions:
            address = self._place_function(code, address)
        used = self._used()
        for name, symbol in sorted(self.unit.library.items()):
            if symbol not in used:
                continue
            symbol.address = address
            service = Instruction("LIB", _service(name), address=address)
            back = Instruction("RET", address=address + service.size)
            end = back.address + back.size
            self._add(Function(name, name, address, end, [service, back], service=name))
            address = end
        self.code_end = address

    def _used(self) -> set[Static]:
        """What code or data refers to."""
        found = {symbol for one in self.unit.statics for _, symbol, _ in one.relocations}
        return found.union(*(code.mentioned() for code in self.unit.functions))

    def _place_function(self, code: FunctionCode, address: int) -> int:
        low = code.symbol.address = address
        for item in code.items:
            item.address = address
            if isinstance(item, Instruction):
                address += item.size
        function = Function(code.name, code.symbol.label, low, address, code.instructions, code)
        function.body = code.prologue_end.address
        function.epilogue = code.epilogue_start.address
        self._add(function)
        return address

    def _add(self, function: Function) -> None:
        self.functions.append(function)
        self.by_entry[function.low] = function
        self._lows.append(function.low)

    def _place_data(self) -> None:
        statics = list(self.unit.statics)
        if self.strategy.activation is Activation.STATIC:
            self._must_fit([(code.size.size, code.frame) for code in self.unit.functions])
            for code in self.unit.functions:
                code.frame.data = bytearray(code.size.size)
                code.frame.defined = True
        address = self.code_end
        for read_only in (True, False):
            address = -(-address // 16) * 16
            if not read_only:
                self.data_start = address
                self.frames_start = address
                for code in self.unit.functions:
                    if code.frame.data is not None:
                        align = max((one.type.align for one in code.variables), default=1)
                        address = self._place(code.frame, address, align)
                self.frames_end = address
            # Data that is not zero at the start lies before what is.
            ordered = [one for one in statics if one.read_only == read_only]
            ordered.sort(key=lambda one: not (any(one.data or b"") or one.relocations))
            zeros_start: int | None = None
            for one in ordered:
                address = self._place(one, address, one.type.align)
                if zeros_start is None and not (any(one.data or b"") or one.relocations):
                    zeros_start = one.address
        self.data_end = address
        self.bss_start = address if zeros_start is None else zeros_start
        self._must_fit([(len(one.data or b""), one) for one in self.statics])

    def _must_fit(self, placed: Sequence[tuple[int, Static]]) -> None:
        """All that has a fixed address must be in low memory, with code and the heap."""
        total = self.code_end + sum(-(-size // 4) * 4 for size, _ in placed)
        if total <= HEAP_LIMIT - PAGE:
            return
        size, largest = max(placed, key=lambda one: one[0])
        owner = next((code.name for code in self.unit.functions if code.frame is largest), None)
        what = f"'{largest.label}'" if owner is None else f"the static frame of '{owner}'"
        raise Trouble(
            Place(str(self.source), largest.line),
            f"code and data are too large for the textbook machine: {total:,} bytes, {size:,} of them for {what}, "
            f"where there is room for {HEAP_LIMIT >> 20} MiB",
            "make it smaller, or run it with --isa x86_64",
        )

    def _place(self, symbol: Static, address: int, align: int) -> int:
        align = max(align, WORD)
        address = -(-address // align) * align
        symbol.address = address
        self.statics.append(symbol)
        return address + len(symbol.data or b"")

    # ---- bytes ----

    def _encode(self) -> bytes:
        """The memory from CODE up to `data_end`, as it is when the program starts."""
        image = bytearray(self.data_end - CODE)
        for function in self.functions:
            for instruction in function.instructions:
                self._check(instruction)
                code = instruction.encode()
                image[instruction.address - CODE : instruction.address - CODE + len(code)] = code
        for one in self.statics:
            assert one.data is not None
            start = one.address - CODE
            image[start : start + len(one.data)] = one.data
            for offset, symbol, addend in one.relocations:
                self._must_be_there(symbol, Place(str(self.source), one.line))
                word = (symbol.address + addend) & 0xFFFFFFFF
                image[start + offset : start + offset + 4] = word.to_bytes(4, "little")
        return bytes(image)

    def _check(self, instruction: Instruction) -> None:
        place = Place(instruction.file or str(self.source), instruction.line)
        if isinstance(instruction.target, Static):
            self._must_be_there(instruction.target, place)
        for operand in (instruction.source, instruction.destination):
            if operand is not None and operand.symbol is not None:
                self._must_be_there(operand.symbol, place)

    @staticmethod
    def _must_be_there(symbol: Static, place: Place) -> None:
        if not symbol.defined and not symbol.is_library:
            where = next((one for one in symbol.uses if _is_at(one, place)), place)
            if symbol.label in UNKNOWN_HERE:
                raise refuse(where, symbol.label)
            what = "function" if symbol.is_function else "variable"
            raise Trouble(
                where,
                f"the {what} '{symbol.label}' is used, but nothing defines it",
                "define it in the same source, or run it with --isa x86_64",
            )

    # ---- questions ----

    def function_at(self, address: int) -> Function | None:
        """The function whose code holds an address."""
        at = bisect.bisect_right(self._lows, address) - 1
        found = self.functions[at] if at >= 0 else None
        return found if found is not None and address < found.high else None

    @property
    def main(self) -> Function:
        """Where the program begins."""
        return next(one for one in self.functions if one.label == "main")

    def listing(self, address: Callable[[int], str] = hex) -> str:
        """The whole program as an assembler would write it; `address` says how to write where an instruction is."""
        lines = []
        for function in self.functions:
            lines.append(f"{function.label}:")
            lines += [f"{address(one.address):>10}  {text(one, self.names, address)}" for one in function.instructions]
        return "\n".join(lines) + "\n"


def _service(name: str) -> Operand:
    from stackglass.textbook.library.signatures import SIGNATURES

    return Operand("#", "", list(SIGNATURES).index(name))


LIBRARY_SOURCES = "/usr/src/textbook"
"""Where the library's own sources are said to be: where installed sources are, so that they count as a library's."""
_IN_C = {
    "qsort": "sorting.c",
    "bsearch": "searching.c",
    "div": "division.c",
    "ldiv": "division.c",
    "lldiv": "division.c",
    "imaxdiv": "greatest_division.c",
}
"""The library's functions that are written in C themselves, and where."""


def _add_library(unit: Unit) -> None:
    """Compiles those of the library's functions in C that are used, and that the program does not define itself."""
    used = {one.label for code in unit.functions for one in code.mentioned() if one.is_function and not one.defined}
    used |= {symbol.label for one in unit.statics for _, symbol, _ in one.relocations if not symbol.defined}
    unit.in_library = True
    for name in sorted({_IN_C[name] for name in used if name in _IN_C}):
        path = Path(__file__).parent / "library" / "in_c" / name
        unit.compile(parse(path.read_text(), f"{LIBRARY_SOURCES}/{name}"))


_NESTING = 12_000
"""Python's calls within one another while a source is compiled: a parenthesis takes about a dozen."""


@contextmanager
def _room_for_nesting() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _NESTING))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _compiled(source: str, path: Path, strategy: Strategy, include: Sequence[Path]) -> Program:
    unit = Unit(strategy)
    unit.compile(parse(source, str(path), include))
    _add_library(unit)
    if not any(code.symbol.label == "main" for code in unit.functions):
        raise Trouble(Place(str(path), None), "the program has no function main")
    return Program(unit, path)


def compile_source(path: Path, strategy: Strategy, include: Sequence[Path] = ()) -> Program:
    """Compiles and links a C source. ProgramError (CompileError) where that can't be done."""
    try:
        source = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise NoSuchProgram(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    return compile_text(source, path, strategy, include)


def compile_text(source: str, path: Path, strategy: Strategy, include: Sequence[Path] = ()) -> Program:
    """Compiles and links a C source that is given as text."""
    try:
        with _room_for_nesting():
            return _compiled(source, path, strategy, include)
    except Trouble as trouble:
        raise trouble.as_error(str(path)) from None
    except RecursionError:
        raise ProgramError(f"{path}: it is nested too deeply", help="write it with smaller expressions") from None


def _is_at(use: object, place: Place) -> bool:
    """Whether a use of a name is in what begins at a place, or behind it."""
    return getattr(use, "file", None) == place.file and getattr(use, "line", 0) >= (place.line or 0)


__all__ = ["CODE", "Function", "Label", "Program", "compile_source", "compile_text"]
