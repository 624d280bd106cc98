"""Where the time of `stackglass show` goes: `python -m bench.show [--json] [--rounds N] [PROGRAM]`.

Each round runs the command untouched, for the total, then with stopwatches in it, for its parts, and then the compiler
by itself, without linking. Seconds of processor time, the compiler's too, and on the clock; the figures are medians.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.stopwatches import BUILD, IMPORTS, NOTHING, PARTS, REST, Cost, now
from stackglass import toolchain

EXAMPLE = Path(__file__).parents[1] / "examples" / "call.c"
PYTHON, COMPILE, LINK, TOTAL = "Python's start and end", "compile", "link", "total, without stopwatches"
ORDER = (PYTHON, IMPORTS, COMPILE, LINK, *dict.fromkeys(PARTS.values()), REST, TOTAL)


def cost_of(command: Sequence[str]) -> tuple[Cost, str]:
    """What a command costs from its start to its end, and what it writes to standard error."""
    before = now()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} fails:\n{done.stderr}")
    return now() - before, done.stderr


def one_round(program: Path, compile_only: Sequence[str]) -> dict[str, Cost]:
    """What the parts and the whole command cost."""
    total, _ = cost_of([sys.executable, "-m", "stackglass", "show", str(program)])
    watched, written = cost_of([sys.executable, "-m", "bench.stopwatches", str(program)])
    costs = {part: Cost(*cost) for part, cost in json.loads(written).items()}
    costs[PYTHON] = functools.reduce(Cost.__sub__, costs.values(), watched)
    if compile_only:
        compiled, _ = cost_of(compile_only)
        built = costs.pop(BUILD)
        costs |= {COMPILE: compiled, LINK: built - compiled}
    return {**costs, TOTAL: total}


def measure(program: Path, rounds: int) -> dict[str, Cost]:
    """The medians of the parts that there are, in the order in which they happen, and of the total."""
    with tempfile.TemporaryDirectory() as folder:
        command = toolchain.build(program).command
        compile_only = [*command[:-1], f"{folder}/object", "-c"] if command else []
        measured = [one_round(program, compile_only) for _ in range(rounds)]
    return {part: median([costs.get(part, NOTHING) for costs in measured]) for part in ORDER if part in measured[0]}


def median(costs: Sequence[Cost]) -> Cost:
    """The medians of both figures, each by itself."""
    return Cost(statistics.median(cost.processor for cost in costs), statistics.median(cost.clock for cost in costs))


def table(costs: dict[str, Cost]) -> str:
    """The costs for people."""
    lines = [f"{'seconds':36}{'processor':>11}{'clock':>8}"]
    return "\n".join(lines + [f"{part:36}{cost.processor:11.3f}{cost.clock:8.3f}" for part, cost in costs.items()])


def main(arguments: Sequence[str]) -> int:
    """Measures, and prints a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.show", description=__doc__)
    parser.add_argument("program", nargs="?", type=Path, default=EXAMPLE, help="what is shown (default: a small one)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured")
    options = parser.parse_args(arguments)
    costs = measure(options.program, options.rounds)
    print(
        json.dumps({part: cost._asdict() for part, cost in costs.items()}, indent=1) if options.json else table(costs)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
