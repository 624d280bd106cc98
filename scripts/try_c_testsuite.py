"""Runs the programs of c-testsuite on the textbook machine, and says how many pass, and what becomes of the others.

    git clone https://github.com/c-testsuite/c-testsuite
    .venv/bin/python scripts/try_c_testsuite.py c-testsuite/tests/single-exec [stack|static|records ...]

A program passes if it prints what the collection expects, and returns 0. docs/limits.md has the figures.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

MOST_STEPS = 400_000_000
OVER_BUDGET, TRAPPED = 124, 128 + 5
STRATEGIES = ("stack", "static", "records")


def outcome(program: Path, activation: str) -> tuple[str, str]:
    """('passes', 'refused', 'recurs', 'too long' or 'WRONG', the last thing that was said) of one program."""
    machine = [sys.executable, "-m", "stackglass", "run", "--isa", "textbook", "--activation", activation]
    done = subprocess.run([*machine, "--max-steps", str(MOST_STEPS), str(program)], capture_output=True, check=False)
    said = (done.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
    if done.returncode == 0 and done.stdout == Path(f"{program}.expected").read_bytes():
        return "passes", ""
    if done.returncode == 2 and b"fault of stackglass" not in done.stderr:
        return "refused", said
    if done.returncode == TRAPPED and b"while its only frame" in done.stderr:
        return "recurs", said
    return ("too long" if done.returncode == OVER_BUDGET else "WRONG"), said


def report(programs: list[Path], activation: str) -> Iterator[str]:
    """The lines for one strategy."""
    by_outcome: dict[str, list[str]] = defaultdict(list)
    for program in programs:
        what, said = outcome(program, activation)
        by_outcome[what].append(f"{program.name}: {said}")
    yield f"{activation}: " + ", ".join(f"{len(names)} {what}" for what, names in sorted(by_outcome.items()))
    for what in sorted(by_outcome.keys() - {"passes"}):
        yield from (f"  {what}  {line}" for line in by_outcome[what])


def main() -> None:
    """Says it for each strategy that is named, or all three."""
    programs = sorted(Path(sys.argv[1]).glob("*.c"))
    for activation in sys.argv[2:] or STRATEGIES:
        print(*report(programs, activation), sep="\n", flush=True)


if __name__ == "__main__":
    main()
