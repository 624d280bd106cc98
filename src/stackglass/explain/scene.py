"""An executed instruction as the tests and templates of `isa.words` see it."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from stackglass.explain import numbers
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.operands import OperandView, register_value
from stackglass.explain.spots import Spot
from stackglass.explain.state import StepState, Trail
from stackglass.isa import Isa
from stackglass.isa.table import InstructionKind
from stackglass.isa.words import Idiom, NumberKind

_LETTERS = "abcd"


class Scene:
    """One instruction between two states. `part` is the part of a call that it is in, where that is known; `times` the
    rounds of a repeated one; `changes` what it changed, in words."""

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
        changes: Sequence[str] = (),
        system_call: str | None = None,
    ) -> None:
        self.isa = isa
        self.instruction = instruction
        self.before = before
        self.after = after
        self.trail = trail
        self.times = times
        self._part = part
        self._changes = changes
        self._system_call = system_call
        self._words = vocabulary(isa)

    # ---- facts ----

    @cached_property
    def operands(self) -> tuple[OperandView, ...]:
        """Its operands, with their phrases."""
        mnemonic = self.instruction.mnemonic
        kinds: tuple[NumberKind, ...] = self._words.number_kinds.get(mnemonic, ())
        unsigned = mnemonic in self._words.unsigned
        return tuple(
            OperandView(
                self.isa,
                self.instruction,
                number,
                self.before,
                self.after,
                self.trail,
                kinds[number] if number < len(kinds) else "integer",
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
        condition = self._words.conditional.get(self.instruction.mnemonic)
        if condition is not None:
            return self._words.conditions[condition].holds(self._flags)
        return self.pc_after != self.instruction.next_pc

    @property
    def _flags(self) -> int:
        name = next(register.name for register in self.isa.registers if register.kind == "flags")
        return self.before.registers.get(name, 0)

    @property
    def stack_moved(self) -> int:
        """By how many bytes SP went up; negative if it went down."""
        pointer = self.isa.stack_pointer
        return self.after.registers[pointer] - self.before.registers[pointer]

    @cached_property
    def _written(self) -> Spot | None:
        """The slot that it wrote: its first operand in memory, or what it pushed."""
        first = self.operands[0] if self.operands else None
        if first is not None and first.operand.kind == "memory" and self.stack_moved >= 0:
            return first.spot_in(self.after)
        if self.stack_moved < 0:
            return self.after.names.spot(self.after.registers[self.isa.stack_pointer], -self.stack_moved)
        return None

    @cached_property
    def _read(self) -> Spot | None:
        """The slot that it read: its last operand in memory, or what it popped."""
        memory = [view for view in self.operands if view.operand.kind == "memory"]
        if memory and self.stack_moved <= 0:
            return memory[-1].spot_in(self.before)
        if self.stack_moved > 0:
            return self.before.names.spot(self.before.registers[self.isa.stack_pointer], self.isa.word_size)
        return None

    # ---- tests ----

    def fits(self, idiom: Idiom) -> bool:
        """Whether all tests of a row hold."""
        return all(self.holds(test) for test in idiom.when.split())

    def holds(self, test: str) -> bool:
        """Whether one test of `isa.words` holds."""
        subject, _, rest = test.partition(":")
        if subject in _LETTERS:
            number = _LETTERS.index(subject)
            return self._operand_is(self.operands[number] if number < len(self.operands) else None, rest)
        if subject in ("reads", "writes"):
            spot = self._read if subject == "reads" else self._written
            return spot is not None and spot.role is not None and spot.role.value == rest
        if subject == "sp":
            moved = self.stack_moved
            return {"down": moved < 0, "up": moved > 0, "same": moved == 0}[rest]
        if test in ("prologue", "epilogue", "after"):
            return self._part == test
        return bool(getattr(self, f"_is_{test}"))

    def _operand_is(self, view: OperandView | None, quality: str) -> bool:
        if view is None or quality == "none":
            return view is None and quality == "none"
        if quality.isdigit():
            return view.size == int(quality)
        if quality in ("register", "memory", "immediate"):
            return view.operand.kind == quality
        special = {"sp": self.isa.stack_pointer, "fp": self.isa.frame_pointer}
        if quality in special:
            return view.full == special[quality]
        if quality == "incoming":
            came_in = self._written.came_in if self._written is not None else ()
            return view.full is not None and view.full in {self.isa.full_name(name) for name in came_in}
        return self._memory_is(view, quality)

    def _memory_is(self, view: OperandView, quality: str) -> bool:
        operand = view.operand
        if quality == "canary":
            at = (operand.segment, operand.displacement, operand.base)
            return at == (self.isa.thread_pointer, self.isa.canary_thread_offset, None)
        assert quality == "linear", f"no such test: {quality}"
        plain = (self.isa.stack_pointer, self.isa.frame_pointer, self.isa.pc, None)
        base = self.isa.full_name(operand.base) if operand.base else None
        return operand.kind == "memory" and (operand.index is not None or base not in plain)

    @property
    def _is_same(self) -> bool:
        return (
            len(self.operands) > 1 and self.operands[0].full is not None and len({v.full for v in self.operands}) == 1
        )

    @property
    def _is_taken(self) -> bool:
        return self.taken

    @property
    def _is_leaves(self) -> bool:
        """Whether control went to another function, or to the start of this one: a tail call."""
        here, there = self.before.names.function(self.instruction.pc), self.before.names.function(self.pc_after)
        return there is not None and (here is None or there[0] != here[0])

    @property
    def _is_direct(self) -> bool:
        return self.instruction.target is not None

    @property
    def _is_repeated(self) -> bool:
        return self.instruction.kind is InstructionKind.REPEATED

    @property
    def _is_none(self) -> bool:
        counter = self.isa.repeat_counter
        return self._is_repeated and counter is not None and self.before.registers[counter] == 0

    # ---- fields ----

    def fill(self, template: str) -> str:
        """The template with its fields filled in."""
        return _Filler(self).vformat(template, (), {})

    def field(self, name: str) -> object:
        """A field of `isa.words` that is no operand."""
        if name in REGISTER_FIELDS:
            return _RegisterField(self, name)
        value: object = getattr(self, f"_field_{name}")
        return value

    @property
    def _field_mnemonic(self) -> str:
        return self.instruction.mnemonic

    @property
    def _field_sp(self) -> str:
        return f"{self.after.registers[self.isa.stack_pointer]:#x}"

    @property
    def _field_moved(self) -> int:
        return abs(self.stack_moved)

    @property
    def _field_back(self) -> str:
        return f"{self.instruction.next_pc:#x}"

    @property
    def _field_caller(self) -> str:
        return self.before.names.caller() or "its caller"

    @property
    def _field_spot(self) -> str:
        spot = self._written
        if spot is None or not spot.named:
            return "it"
        argument = spot.slot.note if spot.slot is not None and spot.slot.note else None
        return f"{spot.name} ({argument})" if argument and argument.startswith("argument") else spot.name

    @property
    def _field_target(self) -> str:
        pc, names = self.pc_after, self.after.names
        function = names.function(pc)
        returns = self.instruction.kind is InstructionKind.RETURN
        position = names.position(pc - 1 if returns else pc)  # the line of the call, not of what follows it
        line = f"{_short(position.file)}:{position.line}" if position.file and position.line else ""
        if function is None:
            return f"{pc:#x}"
        here = names.function(self.instruction.pc)
        if returns:
            return f"{function[0]}, {line}" if line else f"{function[0]}+{function[1]:#x}"
        if function[1] == 0:
            return function[0]
        if here is not None and here[0] == function[0]:
            return f"{pc:#x}{f', line {position.line}' if line else ''}"
        return f"{function[0]}+{function[1]:#x}"

    @property
    def _field_condition(self) -> str:
        return condition_words(self)

    @property
    def _field_canary(self) -> str:
        return "so it is unchanged" if self.operands[0].number_in(self.after) == 0 else "so it has been CHANGED"

    @property
    def _field_bytes(self) -> str:
        return numbers.count(self.times * self.operands[0].size, "byte")

    @property
    def _field_rounds(self) -> str:
        return numbers.count(self.times, "round")

    @property
    def _field_system_call(self) -> str:
        table = self.isa.system_calls
        number = self.before.registers[table.number]
        asked = ", ".join(f"{name} = {self.register_text(self.before, name)}" for name in table.arguments[:3])
        named = f"{self._system_call} (system call {number})" if self._system_call else f"system call {number}"
        if self.after.step == self.before.step:
            return f"{named}, with {asked}"
        return f"{named}, with {asked}; it answers {self.register_text(self.after, table.result)}"

    @property
    def _field_changes(self) -> str:
        return "; ".join(self._changes) or "no register and no memory that is shown here changes"

    def register_text(self, state: StepState, name: str, *, unsigned: bool = False) -> str:
        """A register of any width as a number, or as an address where it is one."""
        value = register_value(self.isa, state, name)
        if value is None:
            return "?"
        full = self.isa.register(self.isa.full_name(name) or name)
        bits = next((bits for part, bits, _ in full.parts if part == name), full.bits)
        meaning = state.names.meaning(value) if bits == self.isa.word_size * 8 and value >= 0x1000 else None
        if meaning is not None:
            return f"{value:#x}{meaning and ', '}{meaning}"
        return numbers.integer(value, bits // 8, unsigned=unsigned)


REGISTER_FIELDS: Mapping[str, tuple[str, bool, bool]] = {
    # state, without sign, in hex
    "reg": ("after", False, False),
    "reg_was": ("before", False, False),
    "unsigned": ("after", True, False),
    "unsigned_was": ("before", True, False),
    "pointer": ("after", True, True),
    "pointer_was": ("before", True, True),
}
"""Fields that take a register's name as their format: `{reg:rcx}`."""


class _RegisterField:
    """`{reg:rcx}`: a register by the format's name of it."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._scene = scene
        self._state, self._unsigned, self._hex = REGISTER_FIELDS[name]

    def __format__(self, register: str) -> str:
        state: StepState = getattr(self._scene, self._state)
        if self._hex:
            value = register_value(self._scene.isa, state, register) or 0
            meaning = state.names.meaning(value)
            return f"{value:#x}{f' ({meaning})' if meaning else ''}"
        return self._scene.register_text(state, register, unsigned=self._unsigned)


class _Filler(string.Formatter):
    """Asks the scene for each field, when the template names it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        name = str(key)
        return self._scene.operands[_LETTERS.index(name)] if name in _LETTERS else self._scene.field(name)


def condition_words(scene: Scene) -> str:
    """The condition of a conditional instruction as a sentence that is true: 'n (3) is not less than 2'."""
    words = vocabulary(scene.isa)
    code = words.conditional[scene.instruction.mnemonic]
    condition = words.conditions[code]
    which = 0 if scene.taken else 1
    compared = scene.trail.compared
    if compared is not None:
        side = 1 if condition.unsigned else 0
        left, right = compared.left[side], compared.right[side]
        if compared.unordered:
            return f"{left} and {right} cannot be compared, for one of them is no number"
        if compared.kind in ("compared", "floats"):
            relation = (condition.compared if compared.kind == "compared" else condition.floats)[which]
            if relation:
                return f"{left} is {relation} {right}"
        state = (condition.result if compared.kind == "result" else condition.tested)[which]
        if state and compared.kind in ("tested", "logic", "result"):
            return f"{left} is {state}"
    return f"the condition '{code}' of the flags {'does not hold' if which else 'holds'}"


def _short(path: str) -> str:
    return path.rsplit("/", 1)[-1]
