"""The frames of a moment by index: where each begins and ends, where it will go on, and its registers.

A frame's registers are those that its callee will give back: what the callee saved, read from where it saved it, and
what it left alone. They are found from frame to frame, from the innermost outwards, and some are kept on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from stackglass.errors import BadDebugInfo, UnreadableMemory
from stackglass.model import AddressRange, FoundBy
from stackglass.stack.facts import Facts
from stackglass.stack.resumed import resumed
from stackglass.stack.shared_code import way_into
from stackglass.stack.sources import Activation, Moment
from stackglass.stack.stack_memory import StackMemory
from stackglass.stack.stacks import Regions, Stacks
from stackglass.stack.straight_lines import source_of
from stackglass.unwind.call_frames import FrameTable
from stackglass.unwind.recover import caller_of, cfa_of, preserved, register_rules
from stackglass.unwind.rules import RegisterOffset, Row, SavedAt

if TYPE_CHECKING:
    from stackglass.stack.variables import FrameVariables

_KEPT = 32
"""The registers of every so-manieth frame are kept, and of twice as many that were asked for last."""

SavedWithoutRules = Callable[["FrameChain", int], Mapping[str, int]]
"""Where a frame of a chain saved its caller's registers, found in other ways than by call-frame information."""


class _Plan(NamedTuple):
    """The rules at a pc, where they are of the simplest kind: CFA = register + offset, and words at CFA + offset."""

    register: str
    offset: int
    saved: tuple[tuple[str, int], ...]


class FrameChain:
    """The activations of a moment with what they are made of, innermost first."""

    def __init__(
        self, moment: Moment, facts: Facts, memory: StackMemory, saved_without_rules: SavedWithoutRules
    ) -> None:
        self.moment = moment
        self.facts = facts
        self.memory = memory
        self._isa = facts.isa
        self._saved_without_rules = saved_without_rules
        self._kept: dict[int, Mapping[str, int]] = {0: moment.registers}
        self._latest: dict[int, Mapping[str, int]] = {}
        self._plans: dict[int, _Plan | None] = {}
        self._lost: dict[int, Mapping[str, int]] = {}
        self.regions = Regions(moment.regions)
        self.stacks = Stacks(self.regions, facts, moment.initial_stack_pointer)
        self.is_one_stack = moment.is_one_stack and self.stacks.is_own(self._stack_pointer)
        self._activations = moment.activations
        self._length = len(self._activations)
        self._look_ups: dict[int, int] = {}
        self.kept_variables: dict[int, FrameVariables] = {}
        """What `variables.variables_of` has made for frames."""
        if not self.is_one_stack:
            self._activations = self._with_resumed()
            self._look_ups.clear()  # what was found on the way counted fewer frames

    def __len__(self) -> int:
        return self._length

    @property
    def with_kept(self) -> int:
        """How many frames there are with those that are kept although their calls have returned: these come last."""
        return len(self) + len(self.moment.kept)

    def is_kept(self, index: int) -> bool:
        """Whether frame `index` is of a call that has returned."""
        return index >= len(self)

    def activation(self, index: int) -> Activation:
        """The activation of frame `index`."""
        return self._activations[index] if index < self._length else self.moment.kept[index - self._length]

    def extent(self, index: int) -> AddressRange:
        """The bytes [low, high) of frame `index`; see `Frame`."""
        high, low = self.high(index), self.activation(index).low
        if low is not None:
            return AddressRange(low, high)
        below = self._below(index)
        if self.is_one_stack or self.stacks.are_one(below, high):
            return AddressRange(min(below, high), high)
        area = self.stacks.area(high)
        if area is None:
            return AddressRange(high, high)
        if self._has_run_over(index):
            return AddressRange(area.low, high)
        lowest = self.activation(index).lowest
        return AddressRange(lowest if lowest is not None and area.low <= lowest <= high else high, high)

    def not_mapped(self, index: int) -> int:
        """Bytes between the frame and SP that are the frame's, but where no memory is."""
        high, below = self.high(index), self._below(index)
        if self.is_one_stack or self.stacks.are_one(below, high) or not self._has_run_over(index):
            return 0
        return self.extent(index).low - below

    def _has_run_over(self, index: int) -> bool:
        """Whether frame `index` has taken SP below the memory of its stack; not by a frame pointer that was lost."""
        high, below = self.high(index), self._below(index)
        if not self.stacks.has_run_over(below, high):
            return False
        function = None if index else self.facts.function_at(self.pc(0))
        if function is None:
            return True
        source = source_of(self.facts.target, function, self.pc(0), self._isa.stack_pointer, self.memory.read)
        return source is None or self.stacks.are_one(self.moment.registers.get(source, high), high)

    def _below(self, index: int) -> int:
        """SP as frame `index` left it to the next inner one, or has it now."""
        return self.high(index - 1) if index else self._stack_pointer

    @property
    def _stack_pointer(self) -> int:
        return self.moment.registers[self._isa.stack_pointer]

    def high(self, index: int) -> int:
        """The CFA; SP at its entry for a frame that has none."""
        activation = self.activation(index)
        return self._entry_stack_pointer(activation) if activation.cfa is None else activation.cfa

    def rules_cfa(self, index: int) -> int:
        """The CFA as call-frame information means it: also for a frame that nobody called."""
        activation = self.activation(index)
        if activation.cfa is not None:
            return activation.cfa
        return self._entry_stack_pointer(activation) + self._isa.cfa_minus_sp_at_entry

    def _entry_stack_pointer(self, activation: Activation) -> int:
        known = activation.entry_stack_pointer
        return self.moment.initial_stack_pointer if known is None else known

    def pc(self, index: int) -> int:
        """Where frame `index` will go on; for one that is kept, where it was left."""
        if index == 0:
            return self.moment.registers[self._isa.pc]
        left_at = self.activation(index).left_at
        if left_at is not None:
            return left_at
        inner = self.activation(index - 1)
        return inner.return_address or 0 if inner.caller_pc is None else inner.caller_pc

    def _is_switch(self, index: int) -> bool:
        """Whether frame `index` was not called by the frame outside it, which is on another stack."""
        if self.is_one_stack or self.activation(index).caller_pc is None:
            return False
        return not self.stacks.are_one(self.high(index), self.high(index + 1))

    def _with_resumed(self) -> list[Activation]:
        """The activations, with those on a stack that the program has gone back to: nobody called them again.

        A coroutine that goes on is found by walking its stack, from where SP has left that of the activation around.
        """
        self._activations = found = list[Activation]()
        for activation in self.moment.activations:
            index = len(found)
            found.append(activation)
            self._length = len(found)
            if not self.stacks.are_one(self._below(index), self.high(index)):
                found[index:index] = resumed(self, index)
                self._length = len(found)
        return found

    def code_pc(self, index: int) -> int:
        """The pc that tells the function and the line: that of the call, for a frame that waits for one to return.

        For a function that runs code which several share it is where it went there.
        """
        if self.in_shared_code(index):
            return self._way_into_shared_code or self.pc(0)
        return self.pc(index) - (0 < index < len(self))

    def in_shared_code(self, index: int) -> bool:
        """Whether the frame's function runs code that several share: it saves or restores registers there."""
        return index == 0 and self._way_into_shared_code is not None

    @cached_property
    def _way_into_shared_code(self) -> int | None:
        return way_into(self.facts, self.activation(0).entry, self.pc(0), self.memory.read) if len(self) else None

    def look_up(self, index: int) -> int:
        """The pc to ask about the frame's bytes: `code_pc`, or where its function was last where that is nowhere.

        A jump to nowhere leaves the frame as it is: it is still that of the function that was called.
        """
        if index not in self._look_ups:
            code_pc = self.code_pc(index)
            self._look_ups[index] = self._last_in_called() if self.is_lost(index) else code_pc
        return self._look_ups[index]

    def is_lost(self, index: int) -> bool:
        """Whether control has gone to where no function is, out of one that is known."""
        if index or self.facts.function_at(self.code_pc(0)) is not None:
            return False
        entry = self.activation(0).entry
        return entry is not None and self.facts.function_at(entry) is not None

    def _last_in_called(self) -> int:
        """Where the function was before control went to nowhere: behind the call from which that came, at the jump, or
        in its body if nobody recorded that."""
        moment, activation = self.moment, self.activation(0)
        function = self.facts.function_at(activation.entry or 0)
        assert function is not None
        made = moment.calls_made(activation.row) if moment.calls_made and activation.row is not None else []
        call = next((one for one in reversed(made) if one.returned_at == moment.step), None)
        code = self.facts.code_of(function, self.memory.read)
        called = None if call is None else code.at(call.pc)
        if called is not None:
            return called.end if self.facts.function_at(called.end) is function else called.pc
        step = moment.step
        before = moment.registers_at(step - 1) if moment.registers_at and step else None
        pc = None if before is None else before[self._isa.pc]
        is_inside = pc is not None and self.facts.function_at(pc) is function
        return pc if pc is not None and is_inside else self.facts.body_address(function)

    def registers(self, index: int) -> Mapping[str, int]:
        """The registers of frame `index` by name, as far as they are known."""
        if self.is_kept(index):
            return {self._isa.frame_pointer: self.extent(index).low, self._isa.pc: self.pc(index)}
        if index in self._kept:
            return self._kept[index]
        if index in self._latest:
            return self._latest[index]
        at = self._nearest_kept(index)
        known = self._kept[at]
        while at + 1 in self._latest and at < index:
            at += 1
            known = self._latest[at]
        while at < index:
            known = self._caller(at, known)
            at += 1
            if at % _KEPT == 0:
                self._kept[at] = known
            if len(self._latest) >= 2 * _KEPT:
                self._latest.pop(next(iter(self._latest)))
            self._latest[at] = known
        return known

    def _nearest_kept(self, index: int) -> int:
        at = index - index % _KEPT
        while at not in self._kept:
            at -= _KEPT
        return at

    def is_untouched(self, register: str) -> bool:
        """Whether the running function, in a straight line from its first instruction, has not changed a register.

        Then the register holds what the caller gave it, whether or not calls preserve it.
        """
        pc = self.pc(0)
        function = self.facts.function_at(pc)
        if function is None or not function.low <= pc < function.high or register not in self.moment.registers:
            return False
        before = self.facts.code_of(function, self.memory.read).between(function.low, pc)
        return not any(one.leaves_straight_line or register in one.writes for one in before)

    def rules(self, index: int) -> tuple[FrameTable, Row] | None:
        """The call-frame information at frame `index`, if there is any and its CFA is the activation's."""
        look_up = self.look_up(index)
        table = self.facts.table_at(look_up)
        if table is None:
            return None
        row = table.row_at(look_up)
        if self.is_lost(index):  # its registers say nothing any more; where the function keeps things is as it was
            return table, row
        if self.activation(index).found_by is FoundBy.TEXTBOOK:  # it has made its frame itself, and the rules for that
            return table, row
        holds = self._gives_cfa(index, row, self.registers(index)) or self.lost(index)
        return (table, row) if holds else None

    def saves(self, index: int, register: str) -> bool:
        """Whether frame `index` has saved a register: by its rules, or by the stores of its code."""
        rules = self.rules(index)
        ruled = [one.name for one, _ in register_rules(rules[1], self._isa)] if rules is not None else []
        return register in ruled or register in self._saved_without_rules(self, index)

    def rule_registers(self, index: int) -> Mapping[str, int]:
        """The registers that the rules of frame `index` are about: those that it has, or had where one was lost."""
        return {**self.registers(index), **self.lost(index)}

    def gives_cfa(self, index: int) -> bool:
        """Whether the rules at frame `index`'s pc give its CFA: not where there are none for an epilogue."""
        row = self.facts.row_at(self.look_up(index))
        return row is not None and self._gives_cfa(index, row, self.registers(index))

    def lost(self, index: int) -> Mapping[str, int]:
        """What the register was that the rules of frame `index` count from, if it isn't that any more; else nothing.

        A callee that saves the frame pointer gives back what its slot has become: after an overrun that is not what it
        got. The rules are as true as before, and so are the places that they tell.
        """
        row = self.facts.row_at(self.look_up(index))
        if row is None or self.is_lost(index) or self.activation(index).found_by is FoundBy.TEXTBOOK:
            return {}
        if self._gives_cfa(index, row, self.registers(index)):
            return {}
        return self._lost_to(index, row)

    def _lost_to(self, index: int, row: Row) -> Mapping[str, int]:
        if index not in self._lost:
            self._lost[index] = self._find_lost(index, row)
        return self._lost[index]

    def _find_lost(self, index: int, row: Row) -> Mapping[str, int]:
        """That register as it was when the frame made a call, if the same rule gave the right CFA then.

        Another call may have lost it before the one that the frame waits for.
        """
        base = self._isa.by_dwarf(row.cfa.register) if isinstance(row.cfa, RegisterOffset) else None
        name = self.facts.frame_pointer_at(self.look_up(index)) if base is None else base.name
        if row.cfa is None or name == self._isa.stack_pointer:
            return {}
        function = self.facts.function_at(self.look_up(index))
        for earlier in self._registers_at_calls(index):
            if function is None or name not in earlier or self.facts.function_at(earlier[self._isa.pc]) is not function:
                continue
            then = self.facts.row_at(earlier[self._isa.pc])
            if then is None or then.cfa != row.cfa:
                continue
            # What a CFA expression reads may be overwritten too: compilers only write one where nothing else would do.
            if self._gives_cfa(index, row, earlier) or (base is None and function.subprogram is not None):
                return {name: earlier[name]}
        return {}

    def _registers_at_calls(self, index: int) -> Iterator[Mapping[str, int]]:
        """The registers of frame `index` when it made the call that it waits for, and the first of its calls."""
        moment, row = self.moment, self.activation(index).row
        first = None if moment.first_call is None or row is None else moment.first_call(row)
        waited_for = self.activation(index - 1).call_step if index else None
        for step in dict.fromkeys((waited_for, first)):
            if moment.registers_at is not None and step is not None:
                yield moment.registers_at(step) or {}

    def _gives_cfa(self, index: int, row: Row, registers: Mapping[str, int]) -> bool:
        try:
            found = cfa_of(row, registers, self.memory.read, self._isa)
        except (LookupError, UnreadableMemory, BadDebugInfo):
            return False
        # A stack at the top of memory has a CFA that wraps to 0.
        return (found - self.rules_cfa(index)) % (1 << 8 * self._isa.word_size) == 0

    def _caller(self, index: int, registers: Mapping[str, int]) -> Mapping[str, int]:
        """The registers of frame `index` + 1, from those of frame `index`."""
        cfa = self.rules_cfa(index)
        if self._is_switch(index):  # what the other stack's registers were is not to be had from this one's
            return {self._isa.stack_pointer: self.extent(index + 1).low, self._isa.pc: self.pc(index + 1)}
        known = self._quickly(index, registers, cfa)
        if known is None:
            known = self._by_rules(index, registers, cfa)
        if known is None:
            known = preserved(registers, self._isa)
            for name, address in self._saved_without_rules(self, index).items():
                try:
                    data = self.memory.read(address, self._isa.saved_bytes(name))
                    known[name] = int.from_bytes(data, self._isa.byte_order)
                except UnreadableMemory:
                    known.pop(name, None)
        known[self._isa.stack_pointer] = cfa
        known[self._isa.pc] = self.pc(index + 1)
        own = self.activation(index + 1).low
        if own is not None and own < self.high(index + 1):  # it has made its frame, which FP leads to while it waits
            known[self._isa.frame_pointer] = own
        return known

    def _quickly(self, index: int, registers: Mapping[str, int], cfa: int) -> dict[str, int] | None:
        look_up = self.look_up(index)
        if look_up not in self._plans:
            self._plans[look_up] = self._plan(look_up)
        plan = self._plans[look_up]
        if plan is None or registers.get(plan.register, -1) + plan.offset != cfa:
            return None
        known = {name: value for name, value in registers.items() if name in self.facts.preserved}
        try:
            for name, offset in plan.saved:
                known[name] = self.memory.word(cfa + offset)
        except UnreadableMemory:
            return None
        return known

    def _plan(self, look_up: int) -> _Plan | None:
        table = self.facts.table_at(look_up)
        if table is None or table.signal:
            return None
        row = table.row_at(look_up)
        base = self._isa.by_dwarf(row.cfa.register) if isinstance(row.cfa, RegisterOffset) else None
        if base is None or not isinstance(row.cfa, RegisterOffset):
            return None
        saved = []
        for register, rule in register_rules(row, self._isa):
            if register.name == self._isa.pc:
                continue
            if not isinstance(rule, SavedAt) or self._isa.saved_bytes(register.name) != self._isa.word_size:
                return None
            saved.append((register.name, rule.offset))
        return _Plan(base.name, row.cfa.offset, tuple(saved))

    def _by_rules(self, index: int, registers: Mapping[str, int], cfa: int) -> dict[str, int] | None:
        table = self.facts.table_at(self.look_up(index))
        if table is None:
            return None
        row = table.row_at(self.look_up(index))
        if not self._gives_cfa(index, row, registers):
            lost = self._lost_to(index, row)
            if not lost:
                return None
            registers = {**registers, **lost}
        try:
            return dict(caller_of(table, row, cfa, registers, self.memory.read, self._isa).registers)
        except (LookupError, UnreadableMemory, BadDebugInfo):
            return None
