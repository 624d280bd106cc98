"""A call told instruction by instruction: what `explain` makes and the views draw."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from stackglass.model.slots import Pointee
from stackglass.model.snapshot import Snapshot


class ChangeKind(enum.Enum):
    """What sort of thing an instruction changed."""

    REGISTER = "register"
    SLOT = "slot"
    FLAGS = "flags"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that holds something else after a step than before it.

    A register's `name` is its full-width name. A slot's is the variable's ('a', 'p.x', 'x of main'), its role's
    ('return address', 'saved rbp') or, for bytes that have no name, its address. A flags' is 'eflags'. `before` and
    `after` are written for people: '3', '0x7fffffffe560', '[c5 00]', 'ZF'. `words` is the whole: 'a (rbp-4): 0 → 3'.
    """

    kind: ChangeKind
    name: str
    before: str
    after: str
    words: str
    address: int | None = None
    """Lowest address of a slot's changed bytes; None for a register."""
    size: int = 0
    """How many bytes from `address` on were written, or how many the register has."""
    points_to: Pointee | None = None
    """What the new value leads to, where it is a pointer that is known."""


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One executed instruction in words. `step` is the state before it, `end_step` the state after.

    A repeated string instruction is one ExplainedStep with `times` rounds. `file` and `line` are the source line that
    the instruction belongs to.
    """

    step: int
    end_step: int
    pc: int
    code: bytes
    disassembly: str
    words: str
    changes: tuple[Change, ...]
    function: str | None = None
    file: str | None = None
    line: int | None = None
    times: int = 1


class FoldKind(enum.Enum):
    """Why a run of steps is told in one line."""

    CALL = "call"
    LOOP = "loop"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class FoldedSteps:
    """The steps [step, end_step) in one line: a call that the function makes, further rounds of a loop, or too many.

    `function` is the function that was called, `result` what it gave back, as C would write it; `times` how many
    rounds of a loop are folded, 0 where nobody counted them.
    """

    kind: FoldKind
    step: int
    end_step: int
    pc: int
    words: str
    function: str | None = None
    result: str | None = None
    times: int = 1


Told = ExplainedStep | FoldedSteps


class PhaseName(enum.Enum):
    """The parts of a call, in order of time."""

    ARGUMENTS = "arguments"
    CALL = "call"
    PROLOGUE = "prologue"
    BODY = "body"
    EPILOGUE = "epilogue"
    RETURN = "return"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a call: `title` says in a few words what happens in it; `told` is in order of steps."""

    name: PhaseName
    title: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class PassedValue:
    """How one argument or the result was passed: `place` is 'edi', 'rsp+8 at the call', 'rdi and xmm0', 'st0'.

    `name` is the parameter's (None for a result), `reason` the ABI's rule in words, `step` where the value was put
    into its place, None where that was not found.
    """

    name: str | None
    type: str
    value: str | None
    place: str
    reason: str
    step: int | None = None
    points_to: Pointee | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The stack at one moment of the call; `title` says which: 'after the call', 'after the prologue', ..."""

    title: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class ExplainedCall:
    """One call of a function, from the set-up of its arguments in the caller to the instruction after its return.

    `number` counts the calls of this function from 1. `return_step` is None where it never returned; `left_by` is then
    'jump', 'tail call' or 'end', else 'return'. `psabi` names the text whose rules `arguments` follow.
    """

    function: str
    number: int
    caller: str | None
    call_step: int
    return_step: int | None
    left_by: str
    psabi: str
    arguments: tuple[PassedValue, ...]
    result: PassedValue | None
    phases: tuple[Phase, ...]
    pictures: tuple[Picture, ...]
    unnamed_arguments: str | None = None
    """Of a variadic function, by which rule the arguments travel that have no names; None if it takes none."""
    handed_to: str | None = None
    """Of a call that ended in a tail call, the function that it jumped to; that begins at `return_step`."""
    caller_goes_on: int | None = None
    """The step at which the caller of such a call goes on, None where it never does."""
    note: str | None = None
    """What a reader should know about the whole: that the call never returned, that steps were left out."""
