"""Whether a textbook program goes round for ever: everything is as it was some steps before, so it will be again."""

from __future__ import annotations

from stackglass.textbook.machine import Machine, Reason

_LONGEST_ROUND = 50_000
_MOST_VISITS = 2_000
_LARGE = 4 << 20
"""Bytes of memory from which on it is not compared often."""


def round_of(machine: Machine) -> int | None:
    """How many steps a round takes, if the machine goes round from where it stands. Runs on to find out.

    None where it doesn't come back to this state within some steps: then it may still do so later.
    """
    start, here = machine.step, machine.save()
    visits = _MOST_VISITS if machine.memory.low_end < _LARGE else _MOST_VISITS // 100
    for _ in range(visits):
        if machine.run(start + _LONGEST_ROUND, {here.pc}) is not Reason.ARRIVAL:
            return None
        if machine.is_as(here):
            return machine.step - start
    return None
