"""How fast a recording is made, beside the bare engine and gdb's `record full`: `python -m bench.recording [--json]`.

`--isa NAME` takes another instruction set than this machine's, `--isa all` every one that there is a compiler for.
Each program is run by turns by the bare engine (no hooks at all) and by a full recording (shadow stack, call log, last
writers to the byte, checkpoints), several times in one process; the figures are medians of processor time, which other
programs on the machine disturb least. gdb, where it is installed, records as many steps as it can in about two seconds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import stackglass
from stackglass import isa as instruction_sets
from stackglass.emulator.native import library as native
from stackglass.isa import Isa
from stackglass.recording.making import Options, prepare
from stackglass.toolchain import compilers
from stackglass.toolchain.programs import Language

PROGRAMS = {"fib": "fib(30): calls", "scatter": "random increments in 1 MB: memory"}
FOLDER = Path(__file__).parent / "programs"
FLAGS = ("-O0", "-g", "-static", "-nostdlib", "-fno-stack-protector", "-fno-omit-frame-pointer")
ALL = "all"
GDB_STEPS = 8000


def build(name: str, isa: Isa, folder: Path) -> Path:
    """The ELF of one of the programs. NoCompiler if there is no compiler for `isa`."""
    elf = folder / f"{name}.{isa.name}"
    compiler = compilers.find(None, Language.C, isa)
    flags = (*compiler.target_flags, *compiler.own_flags, *FLAGS)
    subprocess.run([*compiler.command, *flags, str(FOLDER / f"{name}.c"), "-o", str(elf)], check=True)
    return elf


def full(elf: Path) -> tuple[float, int]:
    """Seconds of processor time that the recording takes, and its steps."""
    prepared = prepare(elf, Options())
    start = time.process_time()
    prepared.recording.run(10**12)
    seconds = time.process_time() - start
    if prepared.recording.exit_status != 0:
        raise SystemExit(f"{elf} did not run right: {prepared.recording.fault}")
    return seconds, prepared.recording.last_step


def bare(elf: Path, last_pc: int) -> float:
    """Seconds that the bare engine takes to come to the program's last instruction, its system call."""
    engine = prepare(elf, Options(), recorder=False).machine.engine
    start = time.process_time()
    error = native.engine().uc_emu_start(engine._uc, engine.read(engine.isa.pc), last_pc, 0, 0)
    seconds = time.process_time() - start
    native.check(error, f"run {elf}")
    return seconds


def last_system_call(elf: Path) -> int:
    """The address of the instruction that ends the program."""
    recording = stackglass.record(elf)
    recording.seek(recording.last_step - 1)
    return recording.registers()[recording.isa.pc]


def gdb(elf: Path) -> float | None:
    """Steps a second of gdb's `record full`; None without gdb."""
    if not shutil.which("gdb"):
        return None
    script = f"""
import gdb, time
gdb.execute("set pagination off")
gdb.execute("break run")
gdb.execute("run")
gdb.execute("set record full insn-number-max unlimited")
gdb.execute("record full")
start = time.perf_counter()
gdb.execute("stepi {GDB_STEPS}", to_string=True)
print("SECONDS", time.perf_counter() - start)
gdb.execute("kill")
"""
    command = ["gdb", "-nx", "-batch", "-ex", f"python exec({script!r})", str(elf)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    seconds = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("SECONDS")]
    return GDB_STEPS / seconds[0] if seconds else None


def measure(name: str, isa: Isa, folder: Path, rounds: int) -> dict[str, object]:
    """One program's row: millions of steps a second, and the recording's share of the bare engine's speed."""
    elf = build(name, isa, folder)
    last_pc = last_system_call(elf)
    bare_seconds, full_seconds, ratios, steps = [], [], [], 0
    for _ in range(rounds):
        bare_seconds.append(bare(elf, last_pc))
        seconds, steps = full(elf)
        full_seconds.append(seconds)
        ratios.append(bare_seconds[-1] / seconds)
    by_gdb = gdb(elf) if isa is compilers.default_isa() else None
    return {
        "isa": isa.name,
        "program": PROGRAMS[name],
        "steps": steps,
        "bare": steps / statistics.median(bare_seconds) / 1e6,
        "recording": steps / statistics.median(full_seconds) / 1e6,
        "ratio": statistics.median(ratios),
        "gdb_record_full": by_gdb / 1e6 if by_gdb else None,
    }


def table(rows: Sequence[dict[str, object]]) -> str:
    """The rows for people."""
    title = f"{'million steps/s':45}{'bare':>8}{'recording':>11}{'ratio':>7}{'gdb record full':>17}"
    lines = [title]
    for row in rows:
        by_gdb = "-" if row["gdb_record_full"] is None else f"{row['gdb_record_full']:.4f}"
        lines.append(
            f"{row['isa']:9}{row['program']:36}{row['bare']:8.1f}{row['recording']:11.1f}{row['ratio']:7.2f}{by_gdb:>17}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Measures, and prints a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.recording", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    default = compilers.default_isa().name
    parser.add_argument("--isa", choices=(*instruction_sets.emulated(), ALL), default=default)
    options = parser.parse_args(arguments)
    wanted = instruction_sets.emulated() if options.isa == ALL else (options.isa,)
    with tempfile.TemporaryDirectory() as folder:
        isas = [instruction_sets.get(name) for name in wanted]
        rows = [measure(name, isa, Path(folder), options.rounds) for isa in isas for name in PROGRAMS]
    print(json.dumps(rows, indent=1) if options.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
