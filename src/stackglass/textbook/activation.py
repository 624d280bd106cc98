"""The ways of keeping activation records: what a function's first and last instructions do, under each.

Whichever it is, a frame begins with the return address at 0(FP) and the caller's FP at 4(FP), so that the code between
is the same.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from stackglass.textbook.instructions import FrameSize, Instruction, at, imm, mem, reg
from stackglass.textbook.scope import Static

LINKS = 8
"""Bytes of return address and saved FP, where a frame begins."""


class Activation(enum.Enum):
    """How activation records are kept."""

    STACK = "stack"
    STATIC = "static"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a program is compiled: where frames are, and which variables have one place for all calls."""

    activation: Activation = Activation.STACK
    allow_recursion: bool = False
    """Whether static frames let a function be called that is still running."""
    static_locals: bool = False
    static_parameters: bool = False


def prologue(strategy: Strategy, frame: Static, size: FrameSize) -> list[Instruction]:
    """Makes the frame, and keeps the return address and the caller's FP in it."""
    match strategy.activation:
        case Activation.STACK:
            return [
                Instruction("SUB", imm(size), reg("SP")),
                Instruction("MOVE", reg("RA"), mem("SP", 0)),
                Instruction("MOVE", reg("FP"), mem("SP", 4)),
                Instruction("MOVE", reg("SP"), reg("FP")),
            ]
        case Activation.STATIC:
            return [
                Instruction("MOVE", reg("RA"), at(frame)),
                Instruction("MOVE", reg("FP"), at(frame, 4)),
                Instruction("MOVE", imm(0, frame), reg("FP")),
            ]
        case Activation.RECORDS:
            return [
                Instruction("NEW", imm(size), reg("R23")),
                Instruction("MOVE", reg("RA"), mem("R23", 0)),
                Instruction("MOVE", reg("FP"), mem("R23", 4)),
                Instruction("MOVE", reg("R23"), reg("FP")),
            ]


def epilogue(
    strategy: Strategy, size: FrameSize, *, gives_back: bool = False, moves_stack_pointer: bool = False
) -> list[Instruction]:
    """Goes back to the caller's frame, and to the caller.

    `gives_back`: nothing can refer to the function's record. `moves_stack_pointer`: SP may stand below the frame.
    """
    back, link = Instruction("MOVE", mem("FP", 0), reg("RA")), Instruction("MOVE", mem("FP", 4), reg("FP"))
    leave = Instruction("RET")
    match strategy.activation:
        case Activation.STACK:
            up = [Instruction("MOVE", reg("FP"), reg("SP"))] if moves_stack_pointer else []
            return [*up, back, link, Instruction("ADD", imm(size), reg("SP")), leave]
        case Activation.RECORDS if gives_back:
            return [back, Instruction("MOVE", reg("FP"), reg("R23")), link, Instruction("FREE", reg("R23")), leave]
        case _:
            return [back, link, leave]
