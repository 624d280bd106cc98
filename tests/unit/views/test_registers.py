"""The table of registers."""

from __future__ import annotations

import dataclasses

from stackglass.model import Region, RegionKind
from stackglass.views.lines import render_plain
from stackglass.views.registers import register_table
from tests.unit.views import goldens, stacks


def table(**registers: int) -> list[str]:
    """The table's lines for the call stack with these registers."""
    snapshot = stacks.call()
    regions = [Region(RegionKind.TEXT, 0x400000, 0x402000, "r-x", "call"), *snapshot.regions]
    changed = dataclasses.replace(snapshot, registers={**snapshot.registers, **registers}, regions=regions)
    return render_plain(register_table(changed)).splitlines()


def test_looks_as_it_did() -> None:
    lines = table(rdi=3, rsi=4, rbx=0, r12=0x403E18, xmm0=0)
    goldens.check("registers", "\n".join(lines) + "\n")


def test_where_the_program_stands_comes_first() -> None:
    lines = table(r12=5, rdi=3)
    assert [line.split()[0] for line in lines] == ["rip", "rsp", "rbp", "rdi", "rax", "r12", "eflags"]


def test_values_that_lead_somewhere_say_where() -> None:
    snapshot = stacks.call()
    main = snapshot.frames[2]
    lines = table(rdi=main.low + 4, rsi=0x401000, rdx=5)
    assert next(line for line in lines if line.startswith("rdi")).endswith("→ main's frame")
    assert next(line for line in lines if line.startswith("rsi")).endswith("→ call")
    assert "→" not in next(line for line in lines if line.startswith("rdx"))


def test_a_machine_without_a_table_still_has_its_registers() -> None:
    snapshot = dataclasses.replace(stacks.call(), isa="textbook", registers={"sp": 5, "acc": 1})
    assert [line.split()[:2] for line in render_plain(register_table(snapshot)).splitlines()] == [
        ["sp", "0x5"],
        ["acc", "0x1"],
    ]
