"""What conditions are about: two values compared, now or by an earlier instruction, and the sentence that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.explain import numbers
from stackglass.explain.decoding import vocabulary
from stackglass.explain.numbers import is_nan
from stackglass.explain.operands import OperandView
from stackglass.explain.state import Compared
from stackglass.isa.words import EQUAL, LESS, LESS_UNSIGNED, UNORDERED, Comparing

if TYPE_CHECKING:
    from stackglass.explain.scene import Scene


def condition_words(scene: Scene) -> str:
    """The condition of a conditional instruction as a sentence that is true: 'n (3) is not less than 2'."""
    code = scene.instruction.condition or ""
    condition = vocabulary(scene.isa).conditions[code]
    which = 0 if scene.taken else 1
    earlier = scene.trail.compared.get(scene.instruction.flag_set)
    compared = earlier if scene.compares is None else compared_by(scene, scene.compares)
    if compared is not None:
        side = 1 if condition.unsigned else 0
        left, right = compared.left[side], compared.right[side]
        if compared.unordered:
            return f"{left} and {right} cannot be compared, for one of them is no number"
        if compared.kind == "difference" and condition.result[which]:
            return f"{compared.result} is {condition.result[which]}"
        if compared.kind in ("compared", "floats", "difference"):
            relation = (condition.floats if compared.kind == "floats" else condition.compared)[which]
            if relation:
                return f"{left} is {relation} {right}"
        state = (condition.result if compared.kind == "result" else condition.tested)[which]
        if state and compared.kind in ("tested", "logic", "result"):
            return f"{left} is {state}"
    return f"the condition '{code}' of the flags {'does not hold' if which else 'holds'}"


def compared_by(scene: Scene, comparing: Comparing) -> Compared:
    """What an instruction compares, in words; its operands as they are before it, a result as it is after."""
    kind, left = comparing.kind, scene.operands[comparing.left]
    result = f"the result ({scene.operands[0].now})"
    if kind in ("logic", "result"):
        return Compared(kind, (result, result), ("", ""))
    right = _right(scene, comparing)
    one, other = _sides(left), _sides(right or left)
    if scene.instruction.mnemonic in vocabulary(scene.isa).unsigned:
        one, other = (one[1], one[1]), (other[1], other[1])
    if kind == "bit":
        number = right.number_in(scene.before) if right is not None else 0
        text = f"bit {number} of {one[0]}"
        return Compared("tested", (text, text), ("", ""))
    if kind == "difference":
        return Compared(kind, _plainly(left), other, result=result)
    same = right is None or (left.full is not None and left.full == right.full)
    if kind == "tested" and not same:
        text = f"{one[0]} & {other[0]}"
        return Compared(kind, (text, text), ("", ""))
    unordered = kind == "floats" and any(_no_number(view, scene) for view in (left, right) if view is not None)
    return Compared(kind, one, other, same, unordered)


def _right(scene: Scene, comparing: Comparing) -> OperandView | None:
    number = comparing.right
    return scene.operands[number] if number is not None and number < len(scene.operands) else None


def _sides(view: OperandView) -> tuple[str, str]:
    return view.subject(unsigned=False), view.subject(unsigned=True)


def _plainly(view: OperandView) -> tuple[str, str]:
    """A value that may be overwritten by what compares it: 'the 20 that x2 was'."""
    signed, unsigned = (text.removeprefix(f"{view.name} (").removesuffix(")") for text in _sides(view))
    return f"the {signed} of before", f"the {unsigned} of before"


def _no_number(view: OperandView, scene: Scene) -> bool:
    number = view.number_in(scene.before)
    return number is not None and is_nan(number, view.kind)


def relation(scene: Scene) -> int:
    """How the values compare that a conditional instruction compares itself: EQUAL, LESS and so on."""
    comparing = scene.compares
    assert comparing is not None
    left = scene.operands[comparing.left]
    right = _right(scene, comparing)
    one = left.number_in(scene.before) or 0
    other = (right.number_in(scene.before) or 0) if right is not None else 0
    if comparing.kind == "bit":
        return EQUAL if not one >> other & 1 else 0
    if comparing.kind == "floats":
        return _float_relation(one, other, left)
    bits = left.size * 8
    is_less = numbers.signed(one, bits) < numbers.signed(other, bits)
    mask = (1 << bits) - 1
    return EQUAL * (one & mask == other & mask) | LESS * is_less | LESS_UNSIGNED * (one & mask < other & mask)


def _float_relation(one: int, other: int, view: OperandView) -> int:
    if is_nan(one, view.kind) or is_nan(other, view.kind):
        return UNORDERED
    left, right = (numbers.as_float(value, view.kind) for value in (one, other))
    return EQUAL * (left == right) | LESS * (left < right)
