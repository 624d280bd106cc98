"""The benchmarks run, and measure what they say."""

from __future__ import annotations

from bench import moments, show
from bench.stopwatches import BUILD, IMPORTS, PARTS, REST
from tests.needs import require


def test_show_is_measured_part_by_part() -> None:
    require("gcc")
    costs = show.measure(show.EXAMPLE, rounds=1)
    parts = {show.PYTHON, IMPORTS, show.COMPILE, show.LINK, *PARTS.values(), REST} - {BUILD}
    assert costs.keys() == parts | {show.TOTAL}
    total = costs.pop(show.TOTAL)
    assert 0.3 < sum(cost.clock for cost in costs.values()) / total.clock < 5
    assert "picture" in show.table(costs)


def test_finding_a_moment_and_drawing_a_stack_are_measured_at_each_size() -> None:
    require("gcc")
    measured = moments.measure(1, (10, 20))
    assert measured.keys() == moments.MEASURED.keys()
    assert all(figures.keys() == {10, 20} and min(figures.values()) > 0 for figures in measured.values())
    assert "--unfold" in moments.table(measured)
