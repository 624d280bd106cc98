"""One executed instruction in words: `step` for one alone, `narrate` for one of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from stackglass.errors import UnreadableMemory
from stackglass.explain.changes import changes, touched
from stackglass.explain.decoding import LONGEST, Instruction, decode, vocabulary
from stackglass.explain.numbers import is_nan
from stackglass.explain.operands import OperandView
from stackglass.explain.scene import Scene
from stackglass.explain.state import Compared, Origin, StepState, Trail
from stackglass.isa import Isa, get
from stackglass.isa.table import InstructionKind
from stackglass.isa.words import Idiom, NumberKind
from stackglass.model import AddressRange, ExplainedStep

_NO_TRAIL = Trail()


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
) -> tuple[ExplainedStep, Trail]:
    """The step in words, and the trail for the next step of the same activation.

    `ranges` is the memory to compare (by default what the operands can reach), `purpose` what the step is for
    ('argument 1 (a)'), `times` the rounds of a repeated instruction between the two states.
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
    )
    words = _words(scene)
    position = before.names.position(instruction.pc)
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
    next_trail = _follow(scene)
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
    rows = _by_mnemonic(scene.isa.name).get(scene.instruction.mnemonic, ())
    row = next((row for row in rows if scene.fits(row)), None)
    return scene.fill(row.words if row is not None else "{mnemonic}: {changes}")


def _follow(scene: Scene) -> Trail:
    """What is known after the step of where values came from and what was compared."""
    instruction = scene.instruction
    if instruction.kind in (InstructionKind.CALL, InstructionKind.RETURN):
        return _NO_TRAIL
    trail = scene.trail.without(instruction.writes)
    origin = _origin(scene)
    if origin is not None:
        trail = trail.with_origin(*origin)
    if instruction.writes_flags:
        trail = Trail(trail.origins, _compared(scene))
    return trail


def _origin(scene: Scene) -> tuple[str, Origin] | None:
    """The register that got a value whose origin is known, with that origin."""
    copies = vocabulary(scene.isa).copies
    if scene.instruction.mnemonic not in copies:
        return None
    if not scene.operands:  # widens a register in place
        held = next((name for name in scene.instruction.writes if name in scene.trail.origins), None)
        return (held, scene.trail.origins[held]) if held else None
    if len(scene.operands) != 2 or scene.operands[0].full is None:
        return None
    target, source = scene.operands
    if source.full is not None:
        known = scene.trail.origins.get(source.full)
        return (target.full or "", known) if known and target.size >= min(source.size, 4) else None
    spot = source.spot_in(scene.before)
    if spot is None or not spot.named or spot.offset or spot.size != source.size:
        return None
    phrase = f"{spot.called}'s value"
    return target.full or "", Origin(spot.called, phrase, source.location, source.size, source.kind)


def _compared(scene: Scene) -> Compared | None:
    kind = vocabulary(scene.isa).comparisons.get(scene.instruction.mnemonic)
    if kind is None or not scene.operands:
        return None
    first = scene.operands[0]
    if kind in ("logic", "result"):
        text = f"the result ({first.now})"
        return Compared(kind, (text, text), ("", ""))
    second = scene.operands[1] if len(scene.operands) > 1 else first
    sides = tuple((view.subject(unsigned=False), view.subject(unsigned=True)) for view in (first, second))
    same = first.full is not None and first.full == second.full
    if kind == "tested" and not same:
        text = f"{sides[0][0]} & {sides[1][0]}"
        return Compared(kind, (text, text), ("", ""))
    unordered = kind == "floats" and any(_no_number(view, scene) for view in (first, second))
    return Compared(kind, sides[0], sides[1], same, unordered)


def _no_number(view: OperandView, scene: Scene) -> bool:
    kind: NumberKind = vocabulary(scene.isa).number_kinds.get(scene.instruction.mnemonic, ("integer",))[0]
    number = view.number_in(scene.before)
    return number is not None and is_nan(number, kind)
