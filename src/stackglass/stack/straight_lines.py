"""Where a register's value came from, in the straight line of code that led to an instruction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stackglass.debuginfo.target import Function, Target
from stackglass.isa import Isa
from stackglass.stack.code import Code, Instruction, readable


def source_of(
    target: Target, function: Function, pc: int, register: str, read: Callable[[int, int], bytes]
) -> str | None:
    """The register, by its full name, from which code right before `pc` made the value of another one: a copy, or one
    that a constant was added to; None where nothing there says so."""
    isa = target.isa
    line = _line_before(target, function, pc, read)
    for number, one in reversed(list(enumerate(line))):
        if register not in one.writes:
            continue
        if register == isa.stack_pointer:
            if one.above_frame_pointer is not None:
                return isa.frame_pointer_in(other_encoding=target.in_other_encoding(pc))
            return _kept_elsewhere(isa, one, line[:number])
        setting = one.setting
        if setting is None or setting.register != register or setting.how not in ("copy", "sum"):
            return None
        bases = [source for source in setting.sources if source.kind != "immediate"]
        is_register = len(bases) == 1 and bases[0].kind == "register"
        return isa.full_name(bases[0].register or "") if is_register else None
    return None


def _kept_elsewhere(isa: Isa, setting: Instruction, before: Sequence[Instruction]) -> str | None:
    """The callee-saved register that SP is copied from, if nothing has just computed that: SP is given back by it."""
    name = setting.stack_pointer_from
    is_kept = name is not None and isa.is_preserved(name) and not any(name in one.writes for one in before)
    return name if is_kept else None


def _line_before(target: Target, function: Function, pc: int, read: Callable[[int, int], bytes]) -> list[Instruction]:
    """The instructions before `pc` from behind the last one from which control may have gone elsewhere."""
    data = readable(read, function.low, pc - function.low) if function.low <= pc < function.high else b""
    line: list[Instruction] = []
    for one in Code(target.isa, function.low, data, other_encoding=target.in_other_encoding(pc)):
        line = [] if one.leaves_straight_line else [*line, one]
    return line
