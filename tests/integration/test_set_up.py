"""What sets up the arguments of a library function, whose parameters debug information doesn't tell."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from stackglass.model.explanation import ExplainedStep, PhaseName
from tests.needs import require

SOURCE = """\
#include <stdio.h>
int two(int n, int m) { return n * m; }
int main(void)
{
    int a[3] = { 1, 2, 3 }, t = 0;
    for (int i = 0; i < 3; i++)
        t += two(i, 1);
    printf("%d\\n", t);
    a[t % 3] = 9;
    t--;
    puts("x");
    return t;
}
"""
LINES = {"printf": 8, "puts": 11}


@pytest.mark.parametrize("function", LINES)
@pytest.mark.parametrize("isa", [*isas.emulated(), "textbook"])
def test_earlier_statements_are_no_part_of_it(isa: str, function: str, tmp_path: Path) -> None:
    if isa != "textbook":
        require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "calls.c").write_text(SOURCE)
    recording = stackglass.record(tmp_path / "calls.c", isa=isa)
    told = explain.call(recording, function)
    phase = next(phase for phase in told.phases if phase.name is PhaseName.ARGUMENTS)
    steps = [step for step in phase.told if isinstance(step, ExplainedStep)]
    assert {step.line for step in steps} == {LINES[function]}
