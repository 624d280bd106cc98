"""Where the values in registers came from, and what was compared: what one step leaves of that for the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stackglass.explain import numbers
from stackglass.explain.conditions import compared_by
from stackglass.explain.decoding import vocabulary
from stackglass.explain.operands import OperandView
from stackglass.explain.spots import Spot
from stackglass.explain.state import Compared, Origin, Trail
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.words import EVERY_SET
from stackglass.model import Role

if TYPE_CHECKING:
    from stackglass.explain.scene import Scene

CANARY = "the canary"
"""The name of what was read from the stack protector's word, where no variable has it."""
_NO_TRAIL = Trail()


def follow(scene: Scene) -> Trail:
    """The trail after the step, but for what it wrote to memory."""
    return _follow_group(scene) if scene.instruction.members else _follow(scene)


def _follow_group(scene: Scene) -> Trail:
    ran = scene.members_that_ran
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
    if instruction.kind is InstructionKind.CALL:
        return Trail(address_words=scene.trail.address_words)
    if instruction.kind is InstructionKind.RETURN:
        return _NO_TRAIL
    trail = replace(scene.trail.without(instruction.writes), arguments=0)
    trail = replace(
        trail,
        computed_addresses=trail.computed_addresses | scene.new_addresses,
        address_words=_address_words(scene),
    )
    for register, origin in scene.new_origins.items():
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


def origins(scene: Scene) -> Iterator[tuple[str, Origin]]:
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
    phrase, is_address = f"{spot.called}'s value", spot.holds_address
    return Origin(spot.called, phrase, source.location, source.size, source.kind, unsigned, is_address)


def _address_words(scene: Scene) -> frozenset[int]:
    """Where in memory addresses are kept that have no name, after the step."""
    words, count = vocabulary(scene.isa), scene.instruction.targets
    if not words.takes_address:
        return frozenset()
    known, is_copy = set(scene.trail.address_words), scene.instruction.mnemonic in words.copies
    for target, source in zip(scene.operands[:count], scene.operands[count:], strict=False):
        if target.operand.kind == "memory":
            known.discard(target.location)
            if is_copy and source.is_address:
                known.add(target.location)
    return frozenset(known)


def new_addresses(scene: Scene) -> Iterator[str]:
    """The registers that got an address, or something that was computed from one."""
    words, mnemonic = vocabulary(scene.isa), scene.instruction.mnemonic
    count = scene.instruction.targets if words.takes_address else 0
    for target, source in zip(scene.operands[:count], scene.operands[count:], strict=False):
        if target.full is None:
            continue
        made = mnemonic in words.takes_address or (mnemonic in words.copies and source.is_address)
        added = mnemonic in words.sums and (target.is_address or source.is_address)
        moved = mnemonic in words.differences and target.is_address and not source.is_address
        if made or added or moved:
            yield target.full


def _lacks_sign(spot: Spot, number: int | None) -> bool | None:
    """Whether a variable's type has no sign, by how its value is written; None where both ways are the same."""
    if number is None or not number >> spot.size * 8 - 1:
        return None
    return {str(number): True, str(numbers.signed(number, spot.size * 8)): False}.get(spot.value or "")


def _compared(scene: Scene) -> Compared | None:
    comparing = vocabulary(scene.isa).comparisons.get(scene.instruction.mnemonic)
    decides = scene.instruction.condition is not None and not scene.taken  # then it set the flags to something else
    return None if comparing is None or not scene.operands or decides else compared_by(scene, comparing)
