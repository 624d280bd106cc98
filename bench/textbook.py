"""How fast the textbook machine runs: `python -m bench.textbook [--json]`.

Each program is run under each activation strategy that it allows, several times; the figures are medians,
of processor time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.machine import Machine
from stackglass.textbook.program import compile_text
from stackglass.textbook.traps import Ended

PROGRAMS = {
    "calls": "int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\nint main(void) { return fib(24) & 1; }\n",
    "loops": "int main(void) { unsigned i, s = 0;"
    " for (i = 0; i < 400000; i++) s = s * 3 + (i ^ s >> 3); return s & 1; }\n",
    "memory": "int t[4096]; int main(void) { unsigned i, x = 1; for (i = 0; i < 300000; i++)"
    " { x = x * 1103515245 + 12345; t[x >> 20] += i; } return 0; }\n",
    "doubles": "int main(void) { double x = 0; int i; for (i = 1; i < 200000; i++) x += 1.0 / i; return x > 12; }\n",
}
RECURSIVE = {"calls"}


def rate(source: str, activation: Activation) -> tuple[float, int]:
    """Millions of instructions a second, and how many there were."""
    machine = Machine(compile_text(source, Path("bench.c"), Strategy(activation)))
    machine.start(["bench"])
    start = time.process_time()
    machine.run(10**12)
    seconds = time.process_time() - start
    if not isinstance(machine.ended, Ended):
        raise SystemExit(f"the program did not run right: {machine.ended}")
    return machine.step / seconds / 1e6, machine.step


def main() -> None:
    """Measures, and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    figures = []
    for name, source in PROGRAMS.items():
        for activation in Activation:
            if name in RECURSIVE and activation is Activation.STATIC:
                continue
            measured = [rate(source, activation) for _ in range(options.times)]
            speed = statistics.median(one[0] for one in measured)
            figures.append({"program": name, "activation": activation.value, "steps": measured[0][1], "rate": speed})
    if options.json:
        print(json.dumps(figures))
        return
    for one in figures:
        print(
            f"{one['program']:8} {one['activation']:8} {one['steps']:>10,} steps  {one['rate']:5.2f} million a second"
        )


if __name__ == "__main__":
    main()
