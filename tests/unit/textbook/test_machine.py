"""Running fast and stepping slowly come to the same: the machine's two ways to carry out an instruction agree."""

from __future__ import annotations

import pytest

from stackglass.isa.textbook_code import decode, written
from stackglass.textbook.activation import Strategy
from stackglass.textbook.library.services import implemented
from stackglass.textbook.library.signatures import SIGNATURES, signature
from stackglass.textbook.machine import Machine, Reason
from stackglass.textbook.parsing import parse
from stackglass.textbook.preprocessing import HEADERS
from stackglass.textbook.unit import Unit
from tests.unit.textbook.running import compiled, loaded, of

FAR = 1 << 40


def state(machine: Machine) -> tuple[object, ...]:
    """All that a program could see, and who wrote it."""
    memory = machine.memory.save()
    return (machine.registers(), memory.low, memory.stack.lstrip(b"\0"), memory.writers.lstrip(b"\0"),
            memory.low_writers, memory.bytes_, tuple(machine.active), machine.step)  # fmt: skip


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_single_steps_agree_with_running(activation: str) -> None:
    program = compiled(of("everything.c"), activation)
    slow, _ = loaded(program)
    fast, _ = loaded(program)
    last = _last_step(program_machine := loaded(program)[0])
    assert program_machine.ended is not None
    for step in range(1, last + 1):
        slow.run(step)  # one step at a time
        if step % 97 == 0 or step == last:
            fast.run(step)  # in long runs
            assert state(slow) == state(fast), step


def test_going_back_gives_the_same_state() -> None:
    machine, _ = loaded(compiled(of("everything.c")))
    last = _last_step(loaded(compiled(of("everything.c")))[0])
    machine.run(last // 3)
    saved, then = machine.save(), state(machine)
    machine.run(last)
    end = state(machine)
    machine.restore(saved)
    assert state(machine) == then
    machine.run(last)
    assert state(machine) == end


def test_arrivals_are_found_wherever_they_are() -> None:
    """Stopping at an address: the same steps as looking at each step says."""
    program = compiled(of("counting.c"))
    address = program.by_entry[program.functions[0].low].instructions[6].address
    slow, _ = loaded(program)
    expected = []
    while slow.run(slow.step + 1) is not Reason.ENDED:
        if slow.pc == address:
            expected.append(slow.step)
    fast, _ = loaded(program)
    found = []
    while fast.run(FAR, {address}) is Reason.ARRIVAL:
        found.append(fast.step)
    assert found == expected
    assert len(found) == 3


def test_writes_are_found() -> None:
    program = compiled("int g; int main(void) { for (g = 0; g < 5; g++) ; return g; }")
    place = next(one.address for one in program.statics if one.label == "g")
    machine, _ = loaded(program)
    machine.watch(place, place + 4)
    assert machine.run(FAR) is Reason.WRITE
    assert machine.watched_step == 4


def _last_step(machine: Machine) -> int:
    machine.run(FAR)
    return machine.step


def test_instructions_are_what_their_bytes_say() -> None:
    program = compiled(of("everything.c"))
    for function in program.functions:
        for one in function.instructions:
            decoded = decode(one.encode(), one.address)
            assert decoded is not None
            assert (decoded.op, decoded.size) == (one.op, one.size)
            for part, operand in ((decoded.source, one.source), (decoded.destination, one.destination)):
                assert (part is None) == (operand is None)
                if part is not None and operand is not None:
                    assert (part.kind, part.register) == (operand.kind, operand.register)
                    assert written(part)


def test_the_library_has_what_its_headers_declare() -> None:
    in_c = {"qsort", "bsearch"}
    assert set(SIGNATURES) - in_c == implemented()
    includes = "".join(f"#include <{path.relative_to(HEADERS)}>\n" for path in sorted(HEADERS.rglob("*.h")))
    unit = Unit(Strategy())
    unit.compile(parse(includes, "headers.c"))
    declared = set(unit.library)
    assert declared == {name for name in SIGNATURES if not name.startswith("__builtin_")}
    for name, symbol in unit.library.items():
        short = signature(name)
        assert short is not None
        assert symbol.type.size == 0
        assert len(short.parameters or ()) == len(symbol.type.parameters or ()), name  # type: ignore[attr-defined]
        assert [one.size for one in short.parameters or ()] == [
            one.size
            for one in symbol.type.parameters or ()  # type: ignore[attr-defined]
        ], name
