"""What it costs to find a moment among many, and to draw a deep stack: `python -m bench.moments [--json] [--rounds N]`.

Each is measured at two sizes, in milliseconds of processor time for each call or frame: where the larger size takes
more for each, the time grows faster than the work. The figures are medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import stackglass
from stackglass.explain.decoded_calls import DecodedCalls
from stackglass.recording.arrivals import resolve
from stackglass.recording.replay import Recorded
from stackglass.views.calls import CallTreeOptions, call_tree
from stackglass.views.text import PictureOptions, picture

LOOP = """static int f(int n) { int twice = 2 * n; return twice; }
int main(void) { int s = 0; for (int i = 0; i < SIZE; i++) s += f(i); return s & 1; }
"""
DEEP = """static int f(int n) { int here = n; if (n == SIZE - 1) return 0; return f(n + 1) + here; }
int main(void) { return f(0) & 1; }
"""
LAST = "n == {last}"


def find(recording: Recorded, size: int) -> None:
    """The last of the calls, by a condition that every call is asked for."""
    resolve(recording, "f", when=LAST.format(last=size - 1))


def draw(recording: Recorded, size: int) -> None:
    """The deepest stack, every frame of it."""
    picture(recording.at("deepest"), PictureOptions(unfold=True))


def list_calls(recording: Recorded, size: int) -> None:
    """The tree of all calls."""
    call_tree(DecodedCalls(recording), CallTreeOptions(limit=None))


MEASURED: dict[str, tuple[str, Callable[[Recorded, int], None]]] = {
    "--when, one call after the other": (LOOP, find),
    "--when, each call inside the one before": (DEEP, find),
    "--unfold": (DEEP, draw),
    "calls": (LOOP, list_calls),
}
SIZES = (1000, 8000)


def milliseconds(source: str, job: Callable[[Recorded, int], None], size: int) -> float:
    """Processor time of the job for each call or frame, on a recording of its own."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.c"
        program.write_text(source.replace("SIZE", str(size)))
        recording = stackglass.record(program)
    start = time.process_time()
    job(recording, size)
    return (time.process_time() - start) / size * 1000


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> dict[str, dict[int, float]]:
    """For each of what is measured, the median at each size."""
    return {
        name: {
            size: statistics.median(milliseconds(source, job, size) for _ in range(rounds)) for size in sorted(sizes)
        }
        for name, (source, job) in MEASURED.items()
    }


def table(measured: dict[str, dict[int, float]]) -> str:
    """The figures for people."""
    lines = [f"{'milliseconds for each':42}" + "".join(f"{f'of {size:,}':>11}" for size in SIZES)]
    for name, figures in measured.items():
        lines.append(f"{name:42}" + "".join(f"{figure:11.3f}" for figure in figures.values()))
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Measures, and prints a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.moments", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    options = parser.parse_args(arguments)
    measured = measure(options.rounds)
    print(json.dumps(measured, indent=1) if options.json else table(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
