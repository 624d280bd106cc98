"""The instructions of a caller that set up the arguments of a call, found by following values back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackglass.explain.convention import Passing, together
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.source import Source
from stackglass.explain.trace import Event, trace
from stackglass.isa import Isa
from stackglass.model import Role

_STEPS_LOOKED_AT = 80
_CALLS_LOOKED_AT = 8
UNNAMED = "an argument without a name"
"""What a step is for that passes one of a variadic function's further arguments."""


@dataclass(slots=True)
class Setup:
    """The events from the first instruction that serves the call up to the call itself, and what each step is for."""

    events: list[Event] = field(default_factory=list)
    purposes: dict[int, str] = field(default_factory=dict)


def setup_of(source: Source, row: int, rules: Passing | None) -> Setup:
    """How the caller of `row` set up its arguments."""
    caller = source.calls.tail_of(row)
    caller = source.calls.parent(row) if caller is None else caller
    if caller is None:
        return Setup()
    call_step = source.calls.call_step(row)
    start = _window(source, caller, row)
    events = trace(source, caller, start, call_step)
    source.seek(call_step)
    if rules is None:
        return Setup(_latest_loads(source, events))
    return _slice(source, events, rules)


def _window(source: Source, caller: int, row: int) -> int:
    """A step from which on at most so many of the caller's own steps, and so many of its calls, lead to the call."""
    calls = source.calls
    left, end, child = _STEPS_LOOKED_AT, calls.call_step(row), row
    first = 0 if caller == 0 else calls.call_step(caller) + 1
    for _ in range(_CALLS_LOOKED_AT):
        earlier = _previous_child(source, caller, child)
        back = None if earlier is None else calls.return_step(earlier)
        begin = first if earlier is None or back is None else back
        if end - begin >= left or earlier is None:
            return max(begin, end - left)
        left -= end - begin
        end, child = calls.call_step(earlier) + 1, earlier
    return end - 1


def _previous_child(source: Source, caller: int, child: int) -> int | None:
    """The call that the caller made before `child`, None if that was its first."""
    row: int | None = child - 1
    while row is not None and row > caller:
        if source.calls.parent(row) == caller:
            return row
        row = source.calls.parent(row)
    return None


def _slice(source: Source, events: Sequence[Event], rules: Passing) -> Setup:
    """The events from the first on that an argument's value went through.

    Every argument's last load counts, wherever it is; what led to it, as far as it belongs to the call's source line.
    """
    isa = source.isa
    final = rules.registers(isa)
    stack = _stack_writers(source, rules)
    if rules.is_variadic:
        passing = (*isa.integer_arguments, *isa.float_arguments, *isa.wide_arguments)
        unnamed = [name for name in passing if name not in final]
        optional = dict.fromkeys(unnamed, UNNAMED)
    else:
        optional = {}
    wanted = {*final, *optional}
    steady = {isa.stack_pointer, isa.frame_pointer_with(source.registers()), isa.pc}
    found: dict[int, str] = {}
    first = len(events)
    line = _line(source, source.registers()[isa.pc])
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if event.called is not None:
            served = wanted & _results(source)
        else:
            served = {register for register in wanted if _writes(isa, event.instruction, register)}
        on_line = line is not None and _line(source, event.instruction.pc) == line
        loaded = sorted(served & (final.keys() | (optional.keys() if on_line else set())))
        if event.step in stack:
            found[event.step] = together(stack[event.step])
        elif not loaded and not (served and on_line):
            continue
        first = index
        if loaded:
            uses = [final.pop(register) if register in final else optional.pop(register) for register in loaded]
            found[event.step] = together(uses)
        wanted -= served
        if event.called is None and not _sets_constant(isa, event):
            wanted |= event.instruction.reads - steady
    kept = _with_room(source, events, first) if stack else list(events[first:])
    return Setup(kept, found)


def _writes(isa: Isa, instruction: Instruction, register: str) -> bool:
    """Whether an instruction writes a register, or the part of one that `register` names."""
    full = isa.full_name(register) or register
    if full not in instruction.writes or register == full:
        return full in instruction.writes
    named = {o.register for o in instruction.operands if o.register and isa.full_name(o.register) == full}
    return not named or bool(named & {register, full})


def _line(source: Source, pc: int) -> int | None:
    return source.target.position(pc).line


def _results(source: Source) -> frozenset[str]:
    """The registers that a call's result may be in."""
    return frozenset((*source.isa.integer_results, *source.isa.float_results))


def _sets_constant(isa: Isa, event: Event) -> bool:
    """Whether the instruction's result doesn't depend on what it reads: one register combined with itself."""
    if event.instruction.mnemonic in vocabulary(isa).copies:
        return False
    registers = {operand.register for operand in event.instruction.operands}
    return len(event.instruction.operands) == 2 and len(registers) == 1 and None not in registers


def _stack_writers(source: Source, rules: Passing) -> Mapping[int, Sequence[str]]:
    """The steps that last wrote arguments on the stack, and which. The source stands at the call."""
    moment = source.moment()
    writers: dict[int, list[str]] = {}
    if moment.writes is None:
        return writers
    pointer = source.registers()[source.isa.stack_pointer]
    slots = rules.stack_slots(pointer, source.isa)
    if rules.is_variadic:
        slots += _unnamed_slots(source, pointer + rules.places.stack_bytes)
        source.seek(moment.step or 0)
    for low, high, purpose in slots:
        for run in moment.writes.runs(low, high):
            if run.step is not None:
                writers.setdefault(run.step, []).append(purpose)
    return writers


def _unnamed_slots(source: Source, low: int) -> list[tuple[int, int, str]]:
    """The stack slots, from `low` on, of arguments that the prototype has no names for."""
    frames = source.snapshot(source.step + 1).frames
    slots = frames[1].slots if len(frames) > 1 else ()
    unnamed = [slot for slot in slots if slot.role is Role.OUTGOING_ARGUMENT and slot.address >= low]
    return [(slot.address, slot.end, UNNAMED) for slot in unnamed]


def _with_room(source: Source, events: Sequence[Event], first: int) -> list[Event]:
    """The events from `first` on, with the instruction before them that made room on the stack, if there was one."""
    pointer = source.isa.stack_pointer
    if 0 < first < len(events):
        before = events[first - 1].instruction
        function: Any = source.target.function_at(before.pc)
        in_body = function is None or before.pc >= source.target.body_address(function)
        if in_body and pointer in before.writes and before.operands[:1] and before.operands[0].register == pointer:
            first -= 1
    return list(events[first:])


def _latest_loads(source: Source, events: Sequence[Event]) -> list[Event]:
    """Without knowing the parameters: the last instructions in a row, after any other call, that load a register in
    which the ABI passes arguments, or that lead to such a load.

    Where lines are known those of the call's own line, and of lines behind it, where arguments may stand; unless the
    compiler has mixed the loads with what is before it.
    """
    last = next((i for i in range(len(events) - 1, -1, -1) if events[i].called is not None), -1)
    recent = list(events[last + 1 :][-12:])
    loads = [index for index, event in enumerate(recent) if _passes(source.isa, event.instruction)]
    if not loads:
        return []
    line = _line(source, source.registers()[source.isa.pc])
    begins = max((i + 1 for i, event in enumerate(recent) if _is_before(source, event, line)), default=0)
    return recent[begins if line is not None and begins <= loads[-1] else loads[0] :]


def _passes(isa: Isa, instruction: Instruction) -> bool:
    """Whether an instruction loads a register that the ABI passes arguments in; where it has none, whether it moves SP,
    or stores something at it."""
    registers = {*isa.integer_arguments, *isa.float_arguments, *isa.wide_arguments}
    if registers:
        return bool(instruction.writes & registers)
    targets = instruction.operands[: instruction.targets]
    return isa.stack_pointer in (*instruction.writes, *(operand.base for operand in targets))


def _is_before(source: Source, event: Event, line: int | None) -> bool:
    """Whether an instruction is of an earlier line."""
    own = _line(source, event.instruction.pc)
    return line is not None and own is not None and own < line
