"""One executed instruction in words: `step` for one alone, `narrate` for one of a series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from stackglass.errors import UnreadableMemory
from stackglass.explain import numbers
from stackglass.explain.changes import changes, touched
from stackglass.explain.conditions import compared_by
from stackglass.explain.course import Course
from stackglass.explain.decoding import LONGEST, Instruction, decode, vocabulary
from stackglass.explain.fields import fill
from stackglass.explain.operands import OperandView
from stackglass.explain.scene import CANARY, Scene
from stackglass.explain.spots import Spot
from stackglass.explain.state import Compared, Origin, StepState, Trail
from stackglass.isa import Isa, get
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.words import EVERY_SET, Idiom
from stackglass.model import AddressRange, Role
from stackglass.model.explanation import ExplainedStep

_NO_TRAIL = Trail()
_UNKNOWN_COURSE = Course()


def step(isa: Isa, before: StepState, after: StepState, *, part: str | None = None) -> ExplainedStep:
    """What the instruction at the program counter of `before` does, told from the states before and after it.

    `part` is the part of a call it belongs to ('prologue', 'epilogue', 'after'), where that is known.
    """
    return narrate(isa, instruction_at(isa, before), before, after, part=part)[0]


def instruction_at(isa: Isa, state: StepState) -> Instruction:
    """The instruction that is about to run in a state."""
    pc = state.registers[isa.pc]
    return decode(isa, pc, read_code(state, pc), other_encoding=isa.in_other_encoding(state.registers))


def read_code(state: StepState, pc: int) -> bytes:
    """The bytes of code from `pc` on: LONGEST of them, or as many as are mapped."""
    for size in range(LONGEST, 0, -1):
        try:
            return state.read_memory(pc, size)
        except UnreadableMemory:
            continue
    return b""


def narrate(
    isa: Isa,
    instruction: Instruction,
    before: StepState,
    after: StepState,
    *,
    trail: Trail = _NO_TRAIL,
    part: str | None = None,
    times: int = 1,
    ranges: Sequence[AddressRange] | None = None,
    purpose: str | None = None,
    system_call: str | None = None,
    course: Course = _UNKNOWN_COURSE,
) -> tuple[ExplainedStep, Trail]:
    """The step in words, and the trail for the next step of the same activation.

    `ranges` is the memory to compare (by default what the operands can reach), `purpose` what the step is for
    ('argument 1 (a)'), `times` the rounds of a repeated instruction between the two states, `course` what the
    activation's steps before it tell.
    """
    reach = touched(isa, instruction, before, times) if ranges is None else ranges
    changed = changes(isa, instruction, before, after, reach)
    told = [change.words for change in changed if change.kind.value != "flags"]
    scene = Scene(
        isa,
        instruction,
        before,
        after,
        trail=trail,
        part=part,
        times=times,
        changes=told,
        system_call=system_call,
        course=course,
    )
    position = before.names.position(instruction.pc)
    words = _group_words(scene) if instruction.members else _words(scene)
    explained = ExplainedStep(
        step=before.step,
        end_step=after.step,
        pc=instruction.pc,
        code=instruction.code,
        disassembly=instruction.text,
        words=f"{purpose}: {words}" if purpose else words,
        changes=changed,
        function=position.function,
        file=position.file,
        line=position.line,
        times=times,
    )
    next_trail = _follow_group(scene) if instruction.members else _follow(scene)
    for change in changed:
        if change.address is not None:
            next_trail = next_trail.written(change.address, change.size)
    return explained, next_trail


@cache
def _by_mnemonic(name: str) -> Mapping[str, tuple[Idiom, ...]]:
    table: dict[str, tuple[Idiom, ...]] = {}
    for idiom in vocabulary(get(name)).idioms:
        for mnemonic in idiom.mnemonics.split():
            table[mnemonic] = (*table.get(mnemonic, ()), idiom)
    return table


def _words(scene: Scene) -> str:
    if not scene.instruction.predicated:
        return _said(scene)
    return f"{fill(scene, '{condition}')}, so {_said(scene) if scene.taken else 'does nothing'}"


_UNKNOWN = "is an instruction that the disassembler doesn't know"


def _said(scene: Scene) -> str:
    rows = _by_mnemonic(scene.isa.name).get(scene.instruction.mnemonic, ())
    row = next((row for row in rows if scene.fits(row)), None)
    if row is None and not scene.instruction.known:
        return fill(scene, _UNKNOWN + (": {changes}" if scene.changes else "; no register changes"))
    return fill(scene, row.words if row is not None else "{mnemonic}: {changes}") + scene.lost


# ---- groups ----


def _group_words(scene: Scene) -> str:
    """A group whose members depend on a condition. The engine doesn't stop between them, so only where one alone ran
    it is known what that one did."""
    ran = _ran(scene)
    if ran is None:
        return fill(scene, "makes the instructions behind it depend on a condition, and they change it: {changes}")
    if len(ran) == 1:
        return _words(ran[0])
    condition = fill(scene.member(scene.instruction.members[0]), "{condition}")
    if not ran:
        return f"{condition}, so nothing of the group runs"
    names = [f"`{each.instruction.text}`" for each in ran]
    return f"{condition}, so {', '.join(names[:-1])} and {names[-1]} run: {fill(scene, '{changes}')}"


def _ran(scene: Scene) -> list[Scene] | None:
    """The members that ran, as scenes of their own; None where one of them changed what the others depend on."""
    members = [scene.member(member) for member in scene.instruction.members]
    ran = [member for member in members if member.instruction.condition is None or member.taken]
    return ran if scene.after.step - scene.before.step == 1 + len(ran) else None


def _follow_group(scene: Scene) -> Trail:
    ran = _ran(scene)
    if ran is None or any(each.instruction.writes_flags for each in ran[:-1]):
        return _NO_TRAIL
    if len(ran) == 1:
        return _follow(ran[0])
    writes = frozenset().union(*(each.instruction.writes for each in ran))
    return replace(scene.trail.without(writes), arguments=0)


def _follow(scene: Scene) -> Trail:
    """What is known after the step of where values came from and what was compared."""
    instruction = scene.instruction
    if instruction.predicated and not scene.taken:
        return replace(scene.trail, arguments=0)
    if instruction.kind in (InstructionKind.CALL, InstructionKind.RETURN):
        return _NO_TRAIL
    trail = replace(scene.trail.without(instruction.writes), arguments=0)
    for register, origin in _origins(scene):
        trail = trail.with_origin(register, origin)
    if (copied := _copied(scene)) is not None:
        trail = replace(trail, copied={**trail.copied, **copied})
    words = vocabulary(scene.isa)
    if instruction.mnemonic in words.kept_apart:
        return replace(trail, kept_apart=_compared(scene))
    if instruction.mnemonic in words.fetches_comparison:
        return replace(trail, compared={instruction.flag_set: trail.kept_apart})
    if not instruction.writes_flags:
        return trail
    if instruction.flag_set == EVERY_SET:
        return replace(trail, compared={})
    return replace(trail, compared={**trail.compared, instruction.flag_set: _compared(scene)})


def _copied(scene: Scene) -> Mapping[str, str] | None:
    """The register that got all of what another one held, and that one."""
    isa = scene.isa
    if scene.instruction.mnemonic not in vocabulary(isa).copies or len(scene.operands) != 2:
        return None
    target, source = scene.operands
    place = source.operand
    if target.full is not None and place.kind == "memory" and place.base == isa.stack_pointer and not source.size:
        return None if place.index or place.displacement else {target.full: isa.stack_pointer}
    if target.full is None or source.full is None or source.operand.modifier:
        return None
    if not 8 * target.size == isa.register(target.full).bits == 8 * source.size == isa.register(source.full).bits:
        return None
    return {target.full: scene.trail.copied.get(source.full, source.full)}


def _origins(scene: Scene) -> Iterator[tuple[str, Origin]]:
    """The registers that got a value whose origin is known, with that origin."""
    operands, count = scene.operands, scene.instruction.targets
    if scene.instruction.mnemonic not in vocabulary(scene.isa).copies:
        return
    if not operands:  # widens a register in place
        held = next((name for name in scene.instruction.writes if name in scene.trail.origins), None)
        if held:
            yield held, scene.trail.origins[held]
    elif len(operands) == 2 * count:
        for target, source in zip(operands[:count], operands[count:], strict=True):
            origin = _origin(scene, target, source) if target.full is not None else None
            if target.full is not None and origin is not None:
                yield target.full, origin


def _origin(scene: Scene, target: OperandView, source: OperandView) -> Origin | None:
    if target.is_element or source.is_element:
        return None
    if source.full is not None:
        known = scene.trail.origins.get(source.full)
        return known if target.size >= min(source.size, 4) else None
    if scene.reads_canary(source.operand):
        return Origin(CANARY, "the canary's value", source.location, source.size)
    spot = source.spot_in(scene.before)
    if spot is None or not spot.named or spot.offset or spot.size != source.size:
        return None
    if spot.role is Role.RETURN_ADDRESS:
        return Origin("the return address", "the return address", source.location, source.size, source.kind)
    unsigned = _lacks_sign(spot, source.number_in(scene.before))
    return Origin(spot.called, f"{spot.called}'s value", source.location, source.size, source.kind, unsigned)


def _lacks_sign(spot: Spot, number: int | None) -> bool | None:
    """Whether a variable's type has no sign, by how its value is written; None where both ways are the same."""
    if number is None or not number >> spot.size * 8 - 1:
        return None
    return {str(number): True, str(numbers.signed(number, spot.size * 8)): False}.get(spot.value or "")


def _compared(scene: Scene) -> Compared | None:
    comparing = vocabulary(scene.isa).comparisons.get(scene.instruction.mnemonic)
    decides = scene.instruction.condition is not None and not scene.taken  # then it set the flags to something else
    return None if comparing is None or not scene.operands or decides else compared_by(scene, comparing)
