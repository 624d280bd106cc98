"""Running C on the textbook machine, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.machine import Machine
from stackglass.textbook.program import Program, compile_text
from stackglass.textbook.traps import Ended, Trap

PROGRAMS = Path(__file__).resolve().parents[2] / "programs" / "textbook"
BUDGET = 20_000_000


class Outcome(NamedTuple):
    """What a program did: its output, its exit status (None if it didn't end), and the trap that stopped it."""

    output: str
    status: int | None
    trap: Trap | None
    steps: int


def compiled(source: str, activation: str = "stack", **options: bool) -> Program:
    """A program of some C."""
    return compile_text(source, Path("test.c"), Strategy(Activation(activation), **options))


def loaded(program: Program, stdin: bytes = b"") -> tuple[Machine, bytearray]:
    """A machine at its first step, and where its output goes."""
    output = bytearray()
    given = [stdin]

    def read(size: int) -> bytes:
        data, given[0] = given[0][:size], given[0][size:]
        return data

    machine = Machine(program, read_input=read, write_output=lambda stream, data: output.extend(data))
    machine.start(["test"])
    return machine, output


def run(source: str, activation: str = "stack", stdin: bytes = b"", budget: int = BUDGET, **options: bool) -> Outcome:
    """What some C does."""
    machine, output = loaded(compiled(source, activation, **options), stdin)
    machine.run(budget)
    ended = machine.ended
    return Outcome(
        output.decode(),
        ended.status if isinstance(ended, Ended) else None,
        ended if isinstance(ended, Trap) else None,
        machine.step,
    )


def of(name: str) -> str:
    """The source of one of the programs for tests."""
    return (PROGRAMS / name).read_text()
