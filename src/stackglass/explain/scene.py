"""An executed instruction as the tests of `isa.words` see it."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

from stackglass.explain import numbers
from stackglass.explain.conditions import relation
from stackglass.explain.course import Course
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.following import CANARY, follow, new_addresses, origins
from stackglass.explain.kept import is_kept, lost_words
from stackglass.explain.operands import (
    OperandView,
    is_for_address,
    reads_as_address,
    register_bits,
    register_value,
)
from stackglass.explain.spots import Spot
from stackglass.explain.state import Origin, StepState, Trail
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.words import Comparing, Idiom, Operand
from stackglass.model import Role
from stackglass.stack.code import readable

LETTERS = "abcd"
"""What the tests and templates of `isa.words` call the operands."""
_UNKNOWN_COURSE = Course()


class Scene:
    """One instruction between two states. `part` is the part of a call that it is in, where that is known; `times` the
    rounds of a repeated one; `course` what led to it."""

    changes: Sequence[str] = ()
    """What it changed, in words."""

    def __init__(
        self,
        isa: Isa,
        instruction: Instruction,
        before: StepState,
        after: StepState,
        *,
        trail: Trail,
        part: str | None = None,
        times: int = 1,
        system_call: str | None = None,
        course: Course = _UNKNOWN_COURSE,
    ) -> None:
        self.isa = isa
        self.instruction = instruction
        self.before = before
        self.after = after
        self.trail = trail
        self.times = times
        self._part = part
        self.system_call = system_call
        self.course = course
        self._words = vocabulary(isa)

    def member(self, instruction: Instruction) -> Scene:
        """A member of the instruction's group, as if it alone were between the two states."""
        made = Scene(
            self.isa,
            instruction,
            self.before,
            self.after,
            trail=self.trail,
            part=self._part,
            system_call=self.system_call,
            course=self.course,
        )
        made.changes = self.changes
        return made

    @property
    def members_that_ran(self) -> list[Scene] | None:
        """Those of the group, as scenes of their own; None where one of them changed what the others depend on."""
        members = [self.member(member) for member in self.instruction.members]
        ran = [member for member in members if member.instruction.condition is None or member.taken]
        return ran if self.after.step - self.before.step == 1 + len(ran) else None

    # ---- facts ----

    @cached_property
    def trail_after(self) -> Trail:
        """What is known after the step of where values came from, but for what it wrote to memory."""
        return follow(self)

    @cached_property
    def new_origins(self) -> Mapping[str, Origin]:
        """The registers that got a value whose origin is known, with that origin."""
        return dict(origins(self))

    @cached_property
    def new_addresses(self) -> frozenset[str]:
        """The registers that got an address, or something that was computed from one."""
        return frozenset(new_addresses(self))

    @cached_property
    def operands(self) -> tuple[OperandView, ...]:
        """Its operands, with their phrases."""
        mnemonic = self.instruction.mnemonic
        unsigned = mnemonic in self._words.unsigned
        return tuple(
            OperandView(
                self.isa,
                self.instruction,
                number,
                self.before,
                self.after,
                self.trail,
                lambda: self.new_origins,
                lambda: self.new_addresses,
                unsigned=unsigned,
            )
            for number in range(len(self.instruction.operands))
        )

    @property
    def pc_after(self) -> int:
        """Where control went."""
        return self.after.registers[self.isa.pc]

    @property
    def taken(self) -> bool:
        """Whether a jump was made, or a condition held."""
        condition = self.instruction.condition
        if condition is None:
            return self.pc_after != self.instruction.next_pc
        return self._words.conditions[condition].holds(self._flags if self.compares is None else relation(self))

    @property
    def compares(self) -> Comparing | None:
        """What it compares itself before it decides; None where it looks at the flags, or at nothing."""
        return self._words.own_comparisons.get(self.instruction.mnemonic)

    @property
    def _frame_pointer(self) -> str:
        return self.isa.frame_pointer_with(self.before.registers)

    @property
    def _flags(self) -> int:
        name = next(register.name for register in self.isa.registers if register.kind == "flags")
        return self.before.registers.get(name, 0)

    @property
    def stack_moved(self) -> int:
        """By how many bytes SP went up; negative if it went down."""
        pointer = self.isa.stack_pointer
        return self.after.registers[pointer] - self.before.registers[pointer]

    @property
    def _targets(self) -> tuple[OperandView, ...]:
        return self.operands[: self.instruction.targets]

    @property
    def _moves_base(self) -> bool:
        """Whether SP moves because it is the base register of a memory operand: that is all then that is touched."""
        return any(view.operand.step for view in self.operands)

    @property
    def written(self) -> Spot | None:
        """The first slot that it wrote."""
        return next(iter(self.all_written), None)

    @property
    def written_size(self) -> int:
        """How many bytes it wrote to that slot."""
        memory = next((view for view in self._targets if view.operand.kind == "memory"), None)
        return abs(self.stack_moved) if memory is None else memory.size

    @cached_property
    def all_written(self) -> tuple[Spot | None, ...]:
        """The slots that it wrote: its targets in memory, or what it pushed."""
        memory = [view for view in self._targets if view.operand.kind == "memory"]
        if memory and (self.stack_moved >= 0 or self._moves_base):
            return tuple(view.spot_in(self.after) for view in memory)
        if self.stack_moved < 0:
            return (self.after.names.spot(self.after.registers[self.isa.stack_pointer], -self.stack_moved),)
        return ()

    @cached_property
    def all_read(self) -> tuple[Spot | None, ...]:
        """The slots that it read: its operands in memory (the last one, if it has one target), or what it popped."""
        memory = [view for view in self.operands if view.operand.kind == "memory"]
        loads_pointer = any(view.full == self.isa.stack_pointer for view in self._targets)
        if memory and (self.stack_moved <= 0 or self._moves_base or loads_pointer):
            return tuple(view.spot_in(self.before) for view in memory[-self.instruction.targets :])
        if self.stack_moved > 0:
            return (self.before.names.spot(self.before.registers[self.isa.stack_pointer], self.isa.word_size),)
        return ()

    @property
    def lost(self) -> str:
        """What of the slots that it read had been overwritten; '' if nothing of them was."""
        read = self.all_read
        if self.stack_moved > 0 and not self._moves_base:  # leave moves SP first
            word = self.isa.word_size
            read = (*read, self.before.names.spot(self.after.registers[self.isa.stack_pointer] - word, word))
        return lost_words(self.isa, self.instruction, self.after, read)

    # ---- tests ----

    def fits(self, idiom: Idiom) -> bool:
        """Whether all tests of a row hold, and the instruction has the operands that its words speak of."""
        if len(self.operands) < _operands_told(idiom.words):
            return False
        return all(self.holds(test.removeprefix("!")) != test.startswith("!") for test in idiom.when.split())

    def holds(self, test: str) -> bool:
        """Whether one test of `isa.words` holds."""
        subject, _, rest = test.partition(":")
        if subject in LETTERS:
            number = LETTERS.index(subject)
            return self._operand_is(self.operands[number] if number < len(self.operands) else None, rest)
        if subject in ("reads", "writes"):
            return any(role is not None and role.value == rest for role in self._roles(reads=subject == "reads"))
        if test == "sp:lost":
            return self._has_lost_stack_pointer
        if subject == "sp":
            moved = self.stack_moved
            return {"down": moved < 0, "up": moved > 0, "same": moved == 0}[rest]
        if test == "over:arguments":
            return self._leaves_only_arguments
        if test in ("prologue", "epilogue", "after"):
            return self._part == test
        return bool(getattr(self, f"_is_{test}"))

    @property
    def _has_lost_stack_pointer(self) -> bool:
        pointer, size = self.after.registers[self.isa.stack_pointer], self.isa.stack_alignment
        return not (readable(self.after.read_memory, pointer, 1) or readable(self.after.read_memory, pointer - size, 1))

    @property
    def _leaves_only_arguments(self) -> bool:
        """Whether SP went up over the arguments of the call that has just returned, and what keeps SP aligned."""
        taken = self.trail.arguments
        return 0 < taken <= self.stack_moved < taken + self.isa.stack_alignment

    def _roles(self, *, reads: bool) -> list[Role | None]:
        return [spot.role if spot is not None else None for spot in (self.all_read if reads else self.all_written)]

    def _operand_is(self, view: OperandView | None, quality: str) -> bool:
        if view is None or quality == "none":
            return view is None and quality == "none"
        if quality.isdigit():
            return view.size == int(quality)
        if quality in LETTERS:
            number = LETTERS.index(quality)
            return view.full is not None and number < len(self.operands) and self.operands[number].full == view.full
        if quality in ("register", "memory", "immediate"):
            return view.operand.kind == quality
        special = {"sp": self.isa.stack_pointer, "fp": self._frame_pointer, "pc": self.isa.pc}
        if quality in special:
            return view.full == special[quality]
        if quality == "oldsp":
            return view.full is not None and self.trail.copied.get(view.full) == self.isa.stack_pointer
        if quality == "zero":
            return view.operand.kind == "immediate" and view.operand.value == 0
        if quality == "integral":
            return view.operand.number == "integer"
        if quality == "incoming":
            came_in = self.written.came_in if self.written is not None else ()
            return view.full is not None and view.full in {self.isa.full_name(name) for name in came_in}
        return self._memory_is(view, quality)

    def reads_canary(self, operand: Operand) -> bool:
        """Whether it is the stack protector's word in the thread's own memory."""
        pointer = self.isa.thread_pointer
        at = (operand.segment, operand.base) in ((pointer, None), (None, pointer))
        return at and operand.index is None and operand.displacement == self.isa.canary_thread_offset

    def _memory_is(self, view: OperandView, quality: str) -> bool:
        operand = view.operand
        if quality == "canary" and view.full is not None:
            origin = self.trail.origins.get(view.full)
            return origin is not None and origin.name in (CANARY, self.isa.canary_variable)
        if quality == "canary":
            if self.reads_canary(operand):
                return True
            spot = view.spot_in(self.before) if self.isa.canary_variable else None
            return spot is not None and spot.slot is None and spot.name == self.isa.canary_variable
        if quality == "constant":
            return operand.kind == "memory" and (operand.base, operand.index, operand.segment) == (None, None, None)
        if quality == "mapped":
            return operand.kind == "memory" and self.before.names.meaning(view.location) is not None
        assert quality == "linear", f"no such test: {quality}"
        plain = (self.isa.stack_pointer, self._frame_pointer, self.isa.pc, None)
        base = self.isa.full_name(operand.base) if operand.base else None
        return operand.kind == "memory" and (operand.index is not None or base not in plain)

    @property
    def _is_same(self) -> bool:
        return (
            len(self.operands) > 1 and self.operands[0].full is not None and len({v.full for v in self.operands}) == 1
        )

    @property
    def _is_saves(self) -> bool:
        return self._keeps_registers(reads=False)

    @property
    def _is_restores(self) -> bool:
        return self._keeps_registers(reads=True)

    def _keeps_registers(self, *, reads: bool) -> bool:
        """Whether each register that it moves goes to, or comes from, the slot that is there for it."""
        spots, count = self.all_read if reads else self.all_written, self.instruction.targets
        registers = self.operands[:count] if reads else self.operands[count : 2 * count]
        if not spots or len(spots) != len(registers):
            return False
        copied = {} if reads else self.trail.copied
        return all(is_kept(self.isa, view, spot, copied) for view, spot in zip(registers, spots, strict=True))

    @property
    def _is_conditional(self) -> bool:
        return self.instruction.condition is not None

    @property
    def _is_taken(self) -> bool:
        return self.taken

    @property
    def _is_leaves(self) -> bool:
        """Whether control went to another function, or to the start of this one: a tail call."""
        if self.course.in_helper:
            return False
        here, there = self.before.names.function(self.instruction.pc), self.before.names.function(self.pc_after)
        return there is not None and (here is None or there[0] != here[0])

    @property
    def _is_calls(self) -> bool:
        return self.course.calls

    @property
    def _is_frame(self) -> bool:
        return self._part == "prologue" or self.course.opens

    @property
    def returns(self) -> bool:
        """Whether it is a return instruction, or the jump by which a function has returned."""
        kind = self.instruction.kind
        if self.course.calls:
            return False
        return kind is InstructionKind.RETURN or (kind is InstructionKind.JUMP and self._part == "return")

    @property
    def _is_returns(self) -> bool:
        return self.returns

    @property
    def _is_encoding(self) -> bool:
        return self.isa.in_other_encoding(self.before.registers)

    @property
    def _is_switches(self) -> bool:
        """Whether the processor goes on in another encoding than before."""
        return self.isa.in_other_encoding(self.before.registers) != self.isa.in_other_encoding(self.after.registers)

    @property
    def _is_direct(self) -> bool:
        return self.instruction.target is not None

    @property
    def _is_repeated(self) -> bool:
        return self.instruction.kind is InstructionKind.REPEATED

    @property
    def _is_descends(self) -> bool:
        return any(view.went_down for view in self.operands)

    @property
    def _is_none(self) -> bool:
        counter = self.isa.repeat_counter
        return self._is_repeated and counter is not None and self.before.registers[counter] == 0

    # ---- words ----

    def register_text(self, state: StepState, name: str, *, unsigned: bool = False) -> str:
        """A register of any width as a number, or as an address where it is one."""
        value = register_value(self.isa, state, name)
        if value is None:
            return "?"
        full = self.isa.register(self.isa.full_name(name) or name)
        bits = register_bits(self.isa, name)
        if bits == numbers.EXTENDED_BITS:
            return numbers.extended(value)
        is_word = bits == self.isa.word_size * 8
        known = (self.trail if state is self.before else self.trail_after).addresses
        is_likely = reads_as_address(self.isa, full.name, value, known)
        meaning = state.names.meaning(value) if is_word and is_likely else None
        if meaning is not None:
            return f"{value:#x}{meaning and ', '}{meaning}"
        is_address = value >= 0x1000 and bits == self.isa.word_size * 8
        if is_address and is_for_address(self.isa, full.name, self.before, self.after):
            return f"{value:#x}"
        return numbers.integer(value, bits // 8, unsigned=unsigned)


@cache
def _operands_told(template: str) -> int:
    """How many operands an instruction must have at least for the template to be filled in."""
    fields = (field for _, field, _, _ in string.Formatter().parse(template) if field)
    return max((LETTERS.index(field[0]) + 1 for field in fields if field.split(".")[0] in LETTERS), default=0)
