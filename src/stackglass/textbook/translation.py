"""Functions of the textbook machine as functions of Python.

A function's code is cut into blocks where jumps lead, and where calls come back. From each block's start a trace runs
on through what follows it without a jump being taken; conditional jumps leave it. So a loop's body and its test are one
trace that jumps to its own start. Steps are counted at each jump; what writes memory knows its own step by adding how
far it is from the last count.

    def run(q, b):            q is the list of registers, b the block to begin with
        r1 = q[1]; ...
        while True:
            if b < 2: ...     a tree of comparisons, with a trace at each leaf

It returns the address where another function goes on, or -1 - the address where the machine is to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import CodeType
from typing import Any

from stackglass.isa.textbook_code import COMPARISONS, JUMPS, NUMBER
from stackglass.textbook.accesses import Frame, python_name
from stackglass.textbook.activation import Activation
from stackglass.textbook.instructions import Instruction
from stackglass.textbook.program import Function, Program
from stackglass.textbook.semantics import Semantics, registers_of
from stackglass.textbook.state import COMPARED, LIMIT, LOW_WORDS, ONE_STEP, STEP

Run = Callable[[list[Any], int], int]

_LONGEST_TRACE = 120
_ENDS = frozenset(("JUMP", "CALL", "RET", "LIB"))


@dataclass(frozen=True, slots=True)
class Translated:
    """A function in Python. `blocks` are the numbers of the blocks by address; `lines` says of each line of the Python
    code which instruction it belongs to and how many steps after the last count that runs."""

    run: Run
    blocks: dict[int, int]
    lines: dict[int, tuple[int, int]]
    source: str


class Translation:
    """Translates one function. `stops` are addresses before which it returns."""

    def __init__(
        self, program: Program, function: Function, stops: Collection[int] = (), *, watch: bool = False
    ) -> None:
        self._program = program
        self._function = function
        self._stops = frozenset(stops)
        self._watch = watch
        self._instructions = function.instructions
        self._position = {one.address: at for at, one in enumerate(self._instructions)}
        self._lines: list[str] = []
        self._marks: dict[int, tuple[int, int]] = {}
        self._leaders = self._find_leaders()
        self._numbers = {address: number for number, address in enumerate(self._leaders)}
        activation = program.strategy.activation
        fixed = function.code.frame.address if function.code is not None else 0
        self._frame = Frame(activation, fixed) if function.code is not None else None

    def _find_leaders(self) -> list[int]:
        leaders = {self._function.low} | {stop for stop in self._stops if stop in self._position}
        for at, one in enumerate(self._instructions):
            if one.op in JUMPS:
                leaders.add(one.target_address)
            if one.op in _ENDS and at + 1 < len(self._instructions):
                leaders.add(self._instructions[at + 1].address)
        return sorted(leaders)

    def translate(self, names: dict[str, Any]) -> Translated:
        """The function, its globals being `names`."""
        self._write()
        source = "\n".join(self._lines) + "\n"
        code: CodeType = compile(source, f"<textbook {self._function.label}>", "exec")
        scope: dict[str, Any] = dict(names)
        exec(code, scope)
        run: Run = scope["run"]
        return Translated(run, dict(self._numbers), self._marks, source)

    # ---- the Python function ----

    def _write(self) -> None:
        used = sorted(set().union(*(registers_of(one) for one in self._instructions)) | {"SP", "FP"})
        self._used = [name for name in used if name]
        self._add(0, "def run(q, b):")
        for name in self._used:
            self._add(1, f"{python_name(name)} = q[{NUMBER[name]}]")
        self._add(1, f"n = q[{STEP}]; limit = q[{LIMIT}]; f = fp >> 2; ca = q[{COMPARED}]; cb = q[{COMPARED + 1}]")
        self._add(1, f"L, LB, Lb, LH, Lh = q[{LOW_WORDS}:{LOW_WORDS + 5}]")
        starts = ", ".join(str(-1 - address) for address in self._leaders)
        self._add(1, f"if n >= limit: return ({starts},)[b]")
        if self._frame is not None:
            self._add(1, f"if b and not ({self._fp_is_good()}): return generally(q, b, {self._function.low})")
        self._add(1, "try:")
        self._add(2, "while True:")
        self._tree(3, 0, len(self._leaders))
        self._add(1, "except BaseException:")
        self._save(2)
        self._add(2, "raise")

    def _fp_is_good(self) -> str:
        """Whether FP points to a frame of this function, as far as its code relies on it."""
        assert self._frame is not None
        size = self._function.frame_size
        match self._frame.activation:
            case Activation.STACK:
                return f"stack_low <= fp <= {-size} and not fp & 3"
            case Activation.STATIC:
                return f"fp == {self._frame.fixed}"
            case Activation.RECORDS:
                return f"{self._program.data_start} <= fp <= 4 * len(L) - {size} and not fp & 3"

    def _tree(self, depth: int, low: int, high: int) -> None:
        if high - low == 1:
            self._trace(depth, low)
            return
        middle = (low + high) // 2
        self._add(depth, f"if b < {middle}:")
        self._tree(depth + 1, low, middle)
        self._add(depth, "else:")
        self._tree(depth + 1, middle, high)

    def _add(self, depth: int, line: str, mark: tuple[int, int] | None = None) -> None:
        self._lines.append(" " * depth + line)
        if mark is not None:
            self._marks[len(self._lines)] = mark

    def _save(self, depth: int) -> None:
        pairs = [(f"q[{NUMBER[name]}]", python_name(name)) for name in self._used]
        pairs.append((f"q[{STEP}]", "n"))
        if self._stops:
            pairs += [(f"q[{COMPARED}]", "ca"), (f"q[{COMPARED + 1}]", "cb")]
        self._add(depth, "; ".join(f"{place} = {name}" for place, name in pairs))

    # ---- one trace ----

    def _trace(self, depth: int, number: int) -> None:
        """The instructions from a block's start on, up to where nothing follows without a jump."""
        start = self._leaders[number]
        end = self._trace_end(start)
        # What jumps back to the trace's start stays inside a loop of its own.
        loops = any(
            one.op in JUMPS and one.target_address == start for one in self._instructions[self._position[start] : end]
        )
        if loops:
            self._add(depth, "while True:")
        self._body(depth + loops, start, end, loops)

    def _trace_end(self, start: int) -> int:
        at = self._position[start]
        limit = at + _LONGEST_TRACE
        while at < len(self._instructions):
            if self._instructions[at].op in _ENDS:
                return at + 1
            at += 1
            behind = at < len(self._instructions) and self._instructions[at].address in self._numbers
            if behind and (at >= limit or self._instructions[at].address in self._stops):
                return at
        return at

    def _body(self, depth: int, start: int, end: int, loops: bool) -> None:
        semantics = Semantics(self._program, self._frame, watch=self._watch)
        counted = 0
        leave = "break" if loops else "continue"
        at = self._position[start]
        if start in self._stops:
            self._save(depth)
            self._add(depth, f"return {-1 - start}")
            return
        while at < end:
            one = self._instructions[at]
            k = f"n + {counted * ONE_STEP + one.address}"
            following = self._instructions[at + 1] if at + 1 < end else None
            if one.op in COMPARISONS and following is not None and self._fusible(following):
                pair = semantics.operands(one)
                self._flush(depth, semantics, one, counted)
                counted = self._fused(depth, semantics, pair, one, following, counted, start, leave)
                at += 2
                continue
            if one.op in JUMPS or one.op in _ENDS:
                self._leave(depth, semantics, one, counted + 1, k, start, leave)
                counted = 0
                at += 1
                continue
            semantics.write(one, k)
            self._flush(depth, semantics, one, counted)
            counted += 1
            at += 1
        if self._instructions[end - 1].op in _ENDS:
            return
        self._add(depth, f"n += {counted * ONE_STEP}")
        self._go(depth, self._instructions[end].address, leave)

    def _flush(self, depth: int, semantics: Semantics, one: Instruction, counted: int) -> None:
        for line in semantics.lines:
            self._add(depth, line, (one.address, counted))
        semantics.lines.clear()

    def _fusible(self, following: Instruction) -> bool:
        """A comparison and what asks for it are one, where nothing comes between them: nobody else asks."""
        conditional = following.op in JUMPS and following.op != "JUMP"
        return conditional and following.address not in self._numbers

    def _fused(
        self,
        depth: int,
        semantics: Semantics,
        pair: tuple[str, str],
        compare: Instruction,
        jump: Instruction,
        counted: int,
        start: int,
        leave: str,
    ) -> int:
        condition = semantics.condition(jump.op[1:], *pair)
        # The step count moves first; a fault in the comparison is told from where it was.
        self._add(depth, f"if {condition}:", (compare.address, counted))
        self._jump(depth + 1, jump, counted + 2, start, leave)
        return counted + 2

    def _leave(
        self, depth: int, semantics: Semantics, one: Instruction, counted: int, k: str, start: int, leave: str
    ) -> None:
        if one.op == "JUMP":
            self._jump(depth, one, counted, start, leave)
            return
        if one.op in JUMPS:
            self._add(depth, f"n += {counted * ONE_STEP}")
            self._add(depth, f"if {semantics.condition(one.op[1:])}:")
            self._jump(depth + 1, one, 0, start, leave)
            return
        mark = one.address, counted - 1
        if one.op == "LIB":
            self._save(depth)
            assert one.source is not None
            self._add(depth, f"service({int(one.source.number)}, n + {(counted - 1) * ONE_STEP + one.address})", mark)
            self._add(depth, f"q[{STEP}] += {counted * ONE_STEP}")
            self._add(depth, f"return {one.address + one.size}")
            return
        if one.op == "RET":
            self._add(depth, f"x = leave(n + {(counted - 1) * ONE_STEP}, ra, sp)", mark)
            self._add(depth, f"n += {counted * ONE_STEP}")
            self._save(depth)
            self._add(depth, "return x")
            return
        back = one.address + one.size
        if one.target is not None:
            self._add(depth, f"x = {one.target_address}")
        else:
            assert one.source is not None
            self._add(depth, f"x, y = called({semantics.load(one.source)})", mark)
            self._add(depth, "if y is not None: sl = y")
        self._add(depth, f"enter(n + {(counted - 1) * ONE_STEP}, {one.address}, x, {back}, sp)", mark)
        self._add(depth, f"ra = {back}; n += {counted * ONE_STEP}")
        self._save(depth)
        self._add(depth, "return x")

    def _jump(self, depth: int, one: Instruction, counted: int, start: int, leave: str) -> None:
        """Goes to a jump's target; on the way back to earlier code, looks whether it is time to stop."""
        target = one.target_address
        self._add(depth, f"n += {counted * ONE_STEP}" if counted else "pass")
        if target <= one.address:
            self._add(depth, "if n >= limit:")
            self._save(depth + 1)
            self._add(depth + 1, f"return {-1 - target}")
        if target == start:
            self._add(depth, "continue")
        else:
            self._go(depth, target, leave)

    def _go(self, depth: int, target: int, leave: str) -> None:
        self._add(depth, f"b = {self._numbers[target]}")
        self._add(depth, leave)


def translate_step(program: Program, one: Instruction, names: dict[str, Any]) -> Callable[[list[Any]], int]:
    """One instruction as a function of Python, which takes nothing for granted. It returns where to go on."""
    semantics = Semantics(program, None)
    used = sorted(registers_of(one))
    lines = [f"{python_name(name)} = q[{NUMBER[name]}]" for name in used]
    lines.append(f"n = q[{STEP}]; ca = q[{COMPARED}]; cb = q[{COMPARED + 1}]")
    lines.append(f"L, LB, Lb, LH, Lh = q[{LOW_WORDS}:{LOW_WORDS + 5}]; x = {one.address + one.size}")
    _one_step(semantics, one)
    saved = [f"q[{NUMBER[name]}] = {python_name(name)}" for name in used]
    saved.append(f"q[{STEP}] = n + {ONE_STEP}; q[{COMPARED}] = ca; q[{COMPARED + 1}] = cb")
    source = "\n ".join(["def run(q):", *lines, *semantics.lines, *saved, "return x"])
    scope = dict(names)
    exec(compile(source, f"<textbook {one.address}>", "exec"), scope)
    run: Callable[[list[Any]], int] = scope["run"]
    return run


def _one_step(semantics: Semantics, one: Instruction) -> None:
    lines = semantics.lines
    if one.op in JUMPS:
        condition = "True" if one.op == "JUMP" else semantics.condition(one.op[1:])
        lines.append(f"if {condition}: x = {one.target_address}")
    elif one.op == "LIB":
        assert one.source is not None
        lines.append(f"service({int(one.source.number)}, n + {one.address})")
    elif one.op == "RET":
        lines.append("x = leave(n, ra, sp)")
    elif one.op == "CALL":
        if one.target is not None:
            lines.append(f"x = {one.target_address}")
        else:
            assert one.source is not None
            lines.append(f"x, y = called({semantics.load(one.source)})")
            lines.append("if y is not None: sl = y")
        lines.append(f"enter(n, {one.address}, x, {one.address + one.size}, sp)")
        lines.append(f"ra = {one.address + one.size}")
    else:
        semantics.write(one, f"n + {one.address}")
