"""One executed instruction in words: `step` for one alone, `narrate` for one of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from stackglass.errors import UnreadableMemory
from stackglass.explain.changes import changes, touched
from stackglass.explain.course import Course
from stackglass.explain.decoding import LONGEST, Instruction, decode, vocabulary
from stackglass.explain.fields import fill
from stackglass.explain.scene import Scene
from stackglass.explain.state import StepState, Trail
from stackglass.isa import Isa, get
from stackglass.isa.words import Idiom
from stackglass.model import AddressRange
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
    scene = Scene(
        isa,
        instruction,
        before,
        after,
        trail=trail,
        part=part,
        times=times,
        system_call=system_call,
        course=course,
    )
    reach = touched(isa, instruction, before, times) if ranges is None else ranges
    next_trail = scene.trail_after
    changed = changes(isa, instruction, before, after, reach, trails=(trail, next_trail))
    scene.changes = [change.words for change in changed if change.kind.value != "flags"]
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
    ran = scene.members_that_ran
    if ran is None:
        return fill(scene, "makes the instructions behind it depend on a condition, and they change it: {changes}")
    if len(ran) == 1:
        return _words(ran[0])
    condition = fill(scene.member(scene.instruction.members[0]), "{condition}")
    if not ran:
        return f"{condition}, so nothing of the group runs"
    names = [f"`{each.instruction.text}`" for each in ran]
    return f"{condition}, so {', '.join(names[:-1])} and {names[-1]} run: {fill(scene, '{changes}')}"
