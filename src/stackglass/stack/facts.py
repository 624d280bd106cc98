"""What is known of a program's code whatever moment one looks at: asked of the target once, and kept.

Debug or call-frame information that can't be read counts as absent here: a frame is still shown, by what else is
known of it. `problems` keeps what was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import TypeVar

from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.subprograms import Subprogram
from stackglass.debuginfo.target import Function, Target
from stackglass.errors import BadDebugInfo, UnreadableMemory
from stackglass.isa.passing import CallPlaces
from stackglass.model import Position
from stackglass.stack.call_places import find_call_places
from stackglass.stack.canary_stores import CanaryStore, canary_stores
from stackglass.stack.code import Code, Instruction, Store, decode_one, readable
from stackglass.stack.depth import Depths
from stackglass.unwind.call_frames import CallFrames, FrameTable
from stackglass.unwind.rules import RegisterOffset, Row

Read = Callable[[int, int], bytes]
Result = TypeVar("Result")
Other = TypeVar("Other")

_LONGEST_INSTRUCTION = 16
_LONGEST_CALLEE = 4096
"""Bytes of a function's code that are looked at for whether it takes its arguments off the stack, at most."""


class Facts:
    """Functions, lines, call-frame information and code of one target, by run-time address."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.isa = target.isa
        self.preserved = frozenset((*self.isa.callee_saved, self.isa.thread_pointer))
        """The registers that a call gives back as it got them: the callee-saved ones and the thread's."""
        self.problems: list[BadDebugInfo] = []
        self._functions: dict[int, Function | None] = {}
        self._positions: dict[int, Position] = {}
        self._call_frames: dict[Module, CallFrames] = {}
        self._tables: dict[int, FrameTable | None] = {}
        self._codes: dict[int, Code] = {}
        self._canaries: dict[int, tuple[CanaryStore, ...]] = {}
        self._fixed: dict[int, int] = {}
        self._bodies: dict[int, int] = {}
        self._stores: dict[int, tuple[Store, ...]] = {}
        self._depths: dict[int, Depths] = {}
        self._taken_off: dict[int, int] = {}
        self._call_places: dict[tuple[int, Subprogram], CallPlaces | None] = {}

    def function_at(self, pc: int) -> Function | None:
        """The function whose code `pc` lies in, or None."""
        if pc not in self._functions:
            self._functions[pc] = self.safely(lambda: self.target.function_at(pc), None)
        return self._functions[pc]

    def subprogram_at(self, pc: int) -> Subprogram | None:
        """What debug information tells of that function, or None."""
        function = self.function_at(pc)
        return None if function is None else self.safely(lambda: function.subprogram, None)

    def position(self, pc: int) -> Position:
        """Function, file and line of `pc`."""
        if pc not in self._positions:
            nothing = Position(pc, None, None, None)
            self._positions[pc] = self.safely(lambda: self.target.position(pc), nothing)
        return self._positions[pc]

    def table_at(self, pc: int) -> FrameTable | None:
        """The call-frame information that covers `pc`, or None."""
        if pc not in self._tables:
            self._tables[pc] = self.safely(lambda: self._read_table(pc), None)
        return self._tables[pc]

    def row_at(self, pc: int) -> Row | None:
        """The rules of call-frame information at `pc`, or None."""
        table = self.table_at(pc)
        return None if table is None else table.row_at(pc)

    def body_address(self, function: Function) -> int:
        """Where the function's body begins, behind its prologue; its first instruction where that isn't known."""
        if function.low not in self._bodies:
            self._bodies[function.low] = self.safely(lambda: self.target.body_address(function), function.low)
        return self._bodies[function.low]

    def code_of(self, function: Function, read: Read) -> Code:
        """The function's instructions; none where its code can't be read."""
        if function.low not in self._codes:
            try:
                data = read(function.low, function.high - function.low)
            except UnreadableMemory:
                data = b""
            self._codes[function.low] = Code(
                self.isa, function.low, data, other_encoding=self.target.in_other_encoding(function.low)
            )
        return self._codes[function.low]

    def stores_at(self, pc: int, read: Read) -> tuple[Store, ...]:
        """What the instruction at `pc` stores, also in a part of a function that was moved away."""
        if pc not in self._stores:
            code, other = readable(read, pc, _LONGEST_INSTRUCTION), self.target.in_other_encoding(pc)
            one = decode_one(self.isa, pc, code, other_encoding=other)
            self._stores[pc] = () if one is None else tuple(one.stores)
        return self._stores[pc]

    def canary_stores(self, function: Function, read: Read) -> tuple[CanaryStore, ...]:
        """Where the function puts the stack protector's canary; () if it has none."""
        if function.low not in self._canaries:
            self._canaries[function.low] = tuple(canary_stores(self, function, read))
        return self._canaries[function.low]

    def fixed_size(self, function: Function, read: Read) -> int:
        """Bytes from the CFA down to where SP stands after the prologue."""
        if function.low not in self._fixed:
            self._fixed[function.low] = self._find_fixed_size(function, read)
        return self._fixed[function.low]

    def depths_of(self, function: Function, read: Read) -> Depths:
        """How deep SP stands in the function, apart from what is allocated at run time."""
        if function.low not in self._depths:
            code, frame_pointer = self.code_of(function, read), self.frame_pointer_at(function.low)
            self._depths[function.low] = Depths(
                code,
                self.isa,
                frame_pointer,
                self.target.is_of_statement,
                lambda entry: self.arguments_taken_off(entry, read),
                self.body_address(function),
            )
        return self._depths[function.low]

    def arguments_taken_off(self, entry: int, read: Read) -> int:
        """Bytes of its arguments that the function at `entry` takes off the stack; 0 where that isn't known."""
        if entry not in self._taken_off:
            function, found = self.function_at(entry), 0
            is_short = function is not None and function.high - function.low <= _LONGEST_CALLEE
            if self.isa.cfa_minus_sp_at_entry and function is not None and function.low == entry and is_short:
                code = self.code_of(function, read)
                found = Depths(code, self.isa, self.frame_pointer_at(entry)).arguments_taken_off()
            self._taken_off[entry] = found
        return self._taken_off[entry]

    def call_places(self, function: Function, subprogram: Subprogram, read: Read) -> CallPlaces | None:
        """Where a call of the function passes its arguments, and its result; None if that can't be told."""
        key = function.low, subprogram
        if key not in self._call_places:
            self._call_places[key] = find_call_places(self, subprogram, function, read)
        return self._call_places[key]

    def safely(self, ask: Callable[[], Result], otherwise: Other) -> Result | Other:
        """The answer, or `otherwise` where the debug information that it rests on can't be read."""
        try:
            return ask()
        except BadDebugInfo as problem:
            if not any(str(known) == str(problem) for known in self.problems):
                self.problems.append(problem)
            return otherwise

    def _read_table(self, pc: int) -> FrameTable | None:
        module = self.target.module_at(pc)
        if module is None:
            return None
        if module not in self._call_frames:
            sections = self.target.cfi_sections(pc)
            if sections is None:
                return None
            self._call_frames[module] = CallFrames(
                *sections,
                word_size=self.isa.word_size,
                byte_order=self.isa.byte_order,
                own=self.isa.frame_instructions,
            )
        return self._call_frames[module].table_at(pc)

    def frame_pointer_at(self, pc: int) -> str:
        """The register that is the frame pointer of the code at `pc`."""
        return self.isa.frame_pointer_in(other_encoding=self.target.in_other_encoding(pc))

    def cfa_offset(self, pc: int, base: str, displacement: int) -> int | None:
        """`base` + `displacement` as an offset from the CFA, by the rules at `pc`."""
        row = self.row_at(pc)
        if row is None or not isinstance(row.cfa, RegisterOffset):
            return None
        register = self.isa.by_dwarf(row.cfa.register)
        return displacement - row.cfa.offset if register is not None and register.name == base else None

    def _makes_room(self, function: Function, one: Instruction, read: Read) -> bool:
        """Whether an instruction that takes a constant off SP makes room by that, for an alloca of constant size."""
        return self.target.is_of_statement(one.pc) and one.pc in self.depths_of(function, read).constant_rooms

    def _find_fixed_size(self, function: Function, read: Read) -> int:
        """Follows SP through the prologue, as far as it moves by constants.

        Where nothing is taken off SP before the body, the first such instruction of the body counts too: an optimiser
        moves it down. Pushes in the body are arguments, but for those that save a register: in assembly nothing tells
        where the body begins.
        """
        body, depth, taken_off = self.body_address(function), self.isa.cfa_minus_sp_at_entry, False
        fixed = depth
        changed: set[str] = set()
        for one in self.code_of(function, read).leading():
            if one.stack_delta is None or (one.pc >= body and taken_off):
                break
            depth -= one.stack_delta
            takes_off = one.stack_delta < 0 and not one.pushes
            if takes_off and self._makes_room(function, one, read):
                break
            if one.pc < body or takes_off or self._saves(one, changed):
                fixed, taken_off = depth, taken_off or takes_off
            changed |= one.spoils | one.writes & {self.isa.return_register}
        return fixed

    def _saves(self, one: Instruction, changed: Set[str]) -> bool:
        """Whether it pushes registers that are the caller's, or the return address, and still as they were; with them
        may come another that keeps SP aligned."""
        kept = {*self.isa.callee_saved, self.isa.return_register} - changed
        return one.pushes and any(store.register in kept for store in one.stores)
