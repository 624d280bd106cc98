"""A series of events in words: each instruction, calls in one line, loops folded after two rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stackglass.debuginfo.types import BaseType, EnumType, PointerType, Type
from stackglass.explain import numbers
from stackglass.explain.changes import touched
from stackglass.explain.convention import Passing, passing
from stackglass.explain.course import Courses
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.loops import Loop, Node, events_of
from stackglass.explain.narration import narrate
from stackglass.explain.passing import arguments, result_of
from stackglass.explain.source import RecordedState, Source
from stackglass.explain.state import Origin, Trail
from stackglass.explain.trace import Event
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.passing import Place
from stackglass.isa.words import NumberKind
from stackglass.model import Role
from stackglass.model.explanation import ExplainedStep, FoldedSteps, FoldKind, Told
from stackglass.stack.values import is_signed

_ROUNDS_TOLD = 2
_FEWEST_FOLDED = 2
"""Folding fewer rounds would save no line worth saving."""
_MOST_CHANGES = 6
_LONGEST_EXIT = 6


class Teller:
    """Tells events of one activation in order of time, keeping in mind where values came from."""

    def __init__(self, source: Source, *, full: bool, purposes: Mapping[int, str] | None = None) -> None:
        self._source = source
        self._full = full
        self._purposes = purposes or {}
        self._trail = Trail()
        self._courses = Courses()
        self._state: RecordedState | None = None

    def tell(self, nodes: Sequence[Node], part: str | None = None) -> tuple[Told, ...]:
        """The nodes in words. `part` is the part of the call that they are."""
        told: list[Told] = []
        for node in nodes:
            if isinstance(node, Loop):
                told.extend(self._loop(node, part))
            else:
                told.extend([self._skipped(node)] if node.skipped else self._event(node, part))
        return tuple(told)

    def knows_result(self, name: str, rules: Passing | None) -> None:
        """Takes note that a call to `name` has just returned: the register of its result, if it has one, holds that."""
        taken = rules.stack_bytes if rules is not None else 0
        self._trail = Trail(arguments=taken, address_words=self._trail.address_words)
        place = rules.places.result if rules is not None else None
        if rules is None or place is None or not _is_one_register(place):
            return
        size = rules.result_type.strip().size if rules.result_type is not None else 0
        kind = self._kind(place.registers[0], size)
        phrase = f"{name}'s result"
        origin = Origin(
            phrase,
            phrase,
            size=size,
            kind=kind,
            unsigned=_lacks_sign(rules.result_type),
            is_address=_is_address(rules.result_type),
        )
        self._trail = replace(self._trail, origins={place.registers[0]: origin})

    def knows_arguments(self, rules: Passing | None) -> None:
        """Takes note that a function has just been entered: the registers of its arguments hold those."""
        self._courses = Courses(entered=True)
        if rules is None:
            return
        origins = {}
        for name, type_, place in zip(rules.names, rules.types, rules.places.arguments, strict=True):
            if _is_one_register(place):
                size = type_.strip().size
                kind = self._kind(place.registers[0], size)
                origins[place.registers[0]] = Origin(
                    name,
                    f"{name}'s value",
                    size=size,
                    kind=kind,
                    unsigned=_lacks_sign(type_),
                    is_address=_is_address(type_),
                )
        self._trail = Trail(origins)

    def _kind(self, register: str, size: int) -> NumberKind:
        """How a value of so many bytes that is passed in a register is to be read."""
        if register not in self._source.isa.float_arguments:
            return "integer"
        if self._source.isa.register(register).holds_doubles:
            return "double"
        return {4: "single", 8: "double"}.get(size, "bytes")  # type: ignore[return-value]

    # ---- one instruction ----

    def _event(self, event: Event, part: str | None) -> list[Told]:
        told: list[Told] = [self._instruction(event, part)]
        if event.called is not None and event.after > event.end:
            told.append(self._call(event, event.called))
        return told

    def _instruction(self, event: Event, part: str | None) -> ExplainedStep:
        times = event.end - event.step if event.instruction.kind is InstructionKind.REPEATED else 1
        before = self._at(event.step)
        ranges = before.keep(event.instruction, times)
        after = self._at(event.end)
        if event.instruction.members:
            # What one member computes may be the address that the next one writes to.
            ranges = [*ranges, *touched(self._source.isa, event.instruction, after)]
        name = None
        if event.instruction.kind is InstructionKind.SYSTEM_CALL:
            name = system_call_name(self._source.isa, before.registers)
        explained, self._trail = narrate(
            self._source.isa,
            event.instruction,
            before,
            after,
            trail=self._trail,
            part=part,
            times=times,
            ranges=ranges,
            purpose=self._purposes.get(event.step),
            system_call=name,
            course=self._courses.course(event),
        )
        pointer = self._source.isa.stack_pointer
        self._courses.follow(event, after.registers[pointer] - before.registers[pointer])
        return explained

    def _at(self, step: int) -> RecordedState:
        if self._state is None or self._state.step != step:
            self._source.seek(step)
            self._state = RecordedState(self._source)
        return self._state

    # ---- a call ----

    def _call(self, event: Event, row: int) -> FoldedSteps:
        source = self._source
        function = source.target.function_at(source.calls.entry(row))
        name = function.name if function is not None else f"{source.calls.entry(row):#x}"
        rules = passing(source, row)
        given = arguments(source, row, rules, {}) if rules is not None else ()
        shown = f"{name}({', '.join(value.value or '?' for value in given)})" if rules is not None else name
        back = source.calls.return_step(row)
        steps = numbers.count(event.after - event.end, "step")
        returned = result_of(source, row) if back is not None else None
        result = returned.value if returned is not None else None
        if back is None:
            ending = f"{shown} runs for {steps}, to the end: it never returns"
        elif source.calls.left_by(row) == "jump":
            ending = f"{shown} runs for {steps}, and is left by a jump"
        else:
            ending = f"{shown} runs for {steps} and returns{f' {result}' if result is not None else ''}"
        self.knows_result(name, rules if back is not None else None)
        return FoldedSteps(
            FoldKind.CALL, event.end, event.after, event.instruction.pc, ending, function=name, result=result
        )

    # ---- a loop ----

    def _loop(self, loop: Loop, part: str | None) -> list[Told]:
        rounds = loop.rounds
        if self._full or len(rounds) < _ROUNDS_TOLD + _FEWEST_FOLDED:
            return [told for each in rounds for told in self.tell(each, part)]
        told = [told for each in rounds[:_ROUNDS_TOLD] for told in self.tell(each, part)]
        last = rounds[-1]
        kept = _exit_of(self._source.isa, last)
        folded = events_of([node for each in rounds[_ROUNDS_TOLD:-1] for node in each]) + events_of(
            last[: len(last) - kept]
        )
        told.append(self._folded(loop, folded, len(rounds) - _ROUNDS_TOLD))
        return [*told, *self.tell(last[len(last) - kept :], part)]

    def _folded(self, loop: Loop, events: Sequence[Event], rounds: int) -> FoldedSteps:
        first, end = events[0].step, events[-1].after
        calls = sum(event.called is not None for event in events)
        # Behind a part that was skipped the loop has been left, and with it the scope of its variables.
        changed = self._variables_changed(first, end - 1 if events[-1].skipped else end)
        if any(event.skipped for event in events):
            rounds = 0
            words = f"the loop goes on like this for {numbers.count(end - first, 'step')}"
        else:
            words = f"the loop goes on like this: {numbers.count(rounds, 'more round')}"
        words += f" with {numbers.count(calls, 'call')}" if calls else ""
        words += f"; {', '.join(changed)}" if changed else ""
        self._trail = Trail()
        self._courses.lose()
        return FoldedSteps(FoldKind.LOOP, first, end, loop.head, words, times=rounds)

    def _skipped(self, event: Event) -> FoldedSteps:
        self._trail = Trail()
        self._courses.lose()
        words = f"goes on for {numbers.count(event.after - event.step, 'step')} that are not told one by one"
        return FoldedSteps(FoldKind.LEFT_OUT, event.step, event.after, event.instruction.pc, words)

    def _variables_changed(self, first: int, end: int) -> list[str]:
        """What the frame's variables were before and are after: 'i: 2 → 100'."""
        values = []
        for step in (first, end):
            self._source.seek(step)
            frame = self._source.snapshot().frames[0]
            slots = [slot for slot in frame.slots if slot.name and slot.role in (Role.LOCAL, Role.PARAMETER)]
            values.append({(slot.name, slot.address): slot.value for slot in slots})
        before, after = values
        changed = [
            f"{name}: {before[name, address]} → {value}"
            for (name, address), value in after.items()
            if (name, address) in before and value is not None and before[name, address] not in (None, value)
        ]
        return [text for text in changed if len(text) < 80][:_MOST_CHANGES]


def _lacks_sign(type_: Type | None) -> bool | None:
    """Whether a type's numbers have no sign; None for what isn't a number."""
    plain = type_.strip() if type_ is not None else None
    return not is_signed(plain) if isinstance(plain, BaseType | EnumType) else None


def _is_address(type_: Type | None) -> bool:
    return type_ is not None and isinstance(type_.strip(), PointerType)


def _is_one_register(place: Place) -> bool:
    """Whether a value is in the low bits of one register, as it is."""
    part = place.parts[0] if len(place.parts) == 1 else None
    whole = part is not None and part.register is not None and not part.shift and not part.float_bits
    return whole and not place.by_reference


def _exit_of(isa: Isa, last: Sequence[Node]) -> int:
    """How many nodes at the end of a loop's last round to tell: the jump that left it, the comparison before it, and
    what loaded the compared registers right before that."""
    if not last or not isinstance(last[-1], Event):
        return 0
    if last[-1].instruction.kind is not InstructionKind.JUMP:
        return 0
    wanted = _compared_registers(isa, last[-1].instruction)
    count = 1
    for node in reversed(last[:-1]):
        if not isinstance(node, Event) or node.called is not None or count >= _LONGEST_EXIT:
            break
        instruction = node.instruction
        serves = instruction.writes_flags if wanted is None else bool(instruction.writes & wanted)
        if not serves:
            break
        wanted = instruction.reads if wanted is None else (wanted - instruction.writes) | instruction.reads
        count += 1
    return count


def _compared_registers(isa: Isa, jump: Instruction) -> frozenset[str] | None:
    """The registers that a jump compares itself; None where it looks at the flags."""
    return jump.reads if jump.mnemonic in vocabulary(isa).own_comparisons else None


def system_call_name(isa: Isa, registers: Mapping[str, int]) -> str | None:
    """The name of the system call that a program is about to make: 'write'; None if there is none of that number."""
    from system_calls import NoSuchSystemCall, syscalls

    try:
        name: str = syscalls().get_name(registers[isa.system_calls.number], isa.system_calls.table)
    except NoSuchSystemCall:
        return None
    return name
