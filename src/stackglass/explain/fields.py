"""The fields of `isa.words`: what the words about an executed instruction put in for them."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from stackglass.explain import numbers
from stackglass.explain.conditions import condition_words
from stackglass.explain.kept import restored_words, saved_words
from stackglass.explain.operands import OperandView, part_name, register_value
from stackglass.explain.scene import LETTERS, Scene
from stackglass.explain.state import StepState
from stackglass.isa.places import listed


def fill(scene: Scene, template: str) -> str:
    """The template with its fields filled in."""
    return _Filler(scene).vformat(template, (), {})


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


class Fields:
    """A scene's fields by their names, but for operands and registers."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._isa = scene.isa
        self._instruction = scene.instruction
        self._before = scene.before
        self._after = scene.after

    @property
    def mnemonic(self) -> str:
        return self._instruction.mnemonic

    @property
    def sp(self) -> str:
        return f"{self._after.registers[self._isa.stack_pointer]:#x}"

    @property
    def moved(self) -> int:
        return abs(self._scene.stack_moved)

    @property
    def back(self) -> str:
        return f"{self._instruction.next_pc:#x}"

    @property
    def caller(self) -> str:
        return self._before.names.caller() or "its caller"

    @property
    def returns_to(self) -> str:
        pointer = self._isa.return_register or self._isa.stack_pointer
        value = self._after.registers[pointer]
        if self._isa.return_register is None:
            raw = self._after.read_memory(value, self._isa.word_size)
            value = int.from_bytes(raw, self._isa.byte_order)
        value = self._isa.code_address(value)
        meaning = self._after.names.meaning(value)
        return f"{value:#x} ({meaning})" if meaning else f"{value:#x}"

    @property
    def takes_over(self) -> str:
        stays = self._after.names.jumper_stays()
        return "it gives this frame back with its own" if stays else "it takes over this frame's place"

    @property
    def spot(self) -> str:
        spot = self._scene.written
        if spot is None or not spot.named:
            return "it"
        argument = spot.slot.note if spot.slot is not None and spot.slot.note else None
        name = (
            spot.name
            if spot.offset == 0 and spot.size <= self._scene.written_size
            else part_name(spot, self._scene.written_size)
        )
        return f"{name} ({argument})" if argument and argument.startswith("argument") else name

    @property
    def target(self) -> str:
        pc, names = self._scene.pc_after, self._after.names
        function = names.function(pc)
        returns = self._scene.returns
        position = names.position(pc - 1 if returns else pc)  # the line of the call, not of what follows it
        line = f"{_short(position.file)}:{position.line}" if position.file and position.line else ""
        if function is None:
            return f"{pc:#x}"
        here = names.function(self._instruction.pc)
        if returns:
            return f"{function[0]}, {line}" if line else f"{function[0]}+{function[1]:#x}"
        if function[1] == 0:
            return function[0]
        if here is not None and here[0] == function[0]:
            return f"{pc:#x}{f', line {position.line}' if line else ''}"
        return f"{function[0]}+{function[1]:#x}"

    @property
    def condition(self) -> str:
        return condition_words(self._scene)

    @property
    def canary(self) -> str:
        return "so it is unchanged" if self._scene.operands[0].number_in(self._after) == 0 else "so it has been CHANGED"

    @property
    def bytes(self) -> str:
        return numbers.count(self._scene.times * self._scene.operands[0].size, "byte")

    @property
    def rounds(self) -> str:
        return numbers.count(self._scene.times, "round")

    @property
    def system_call(self) -> str:
        table = self._isa.system_calls
        number = self._before.registers[table.number]
        name, text = self._scene.system_call, self._scene.register_text
        asked = ", ".join(f"{register} = {text(self._before, register)}" for register in table.arguments[:3])
        named = f"{name} (system call {number})" if name else f"system call {number}"
        if self._after.step == self._before.step:
            return f"{named}, with {asked}"
        return f"{named}, with {asked}; it answers {text(self._after, table.result)}"

    @property
    def _moved_values(self) -> list[tuple[OperandView, OperandView]]:
        """(target, source) of each value, of an instruction that moves several."""
        count = self._instruction.targets
        return list(zip(self._scene.operands[:count], self._scene.operands[count : 2 * count], strict=False))

    @property
    def saved(self) -> str:
        sources = (source for _, source in self._moved_values)
        return saved_words(self._isa, zip(sources, self._scene.all_written, strict=False), self._scene.trail.copied)

    @property
    def restored(self) -> str:
        targets = (target for target, _ in self._moved_values)
        return restored_words(self._isa, zip(targets, self._scene.all_read, strict=False))

    @property
    def stored(self) -> str:
        return listed([f"{source.what} into {target.typed}" for target, source in self._moved_values])

    @property
    def loaded(self) -> str:
        return listed([f"{source.place} into {target.name} ({target.now})" for target, source in self._moved_values])

    @property
    def places(self) -> str:
        return listed([view.name for view in self._scene.operands if view.operand.kind == "memory"])

    @property
    def changes(self) -> str:
        return "; ".join(self._scene.changes) or "no register and no memory that is shown here changes"


class _Filler(string.Formatter):
    """Asks the scene for each field, when the template names it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        name = str(key)
        if name in LETTERS:
            return self._scene.operands[LETTERS.index(name)]
        return _RegisterField(self._scene, name) if name in REGISTER_FIELDS else getattr(Fields(self._scene), name)


def _short(path: str) -> str:
    return path.rsplit("/", 1)[-1]
