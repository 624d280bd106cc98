"""Every example does what its comments say of it.

A header states, each on a line of its own: `expect-stack:` the program's own functions at the moment that the header's
first command shows, innermost first (`down * 3` for three in a row); `expect-output:` a line of its standard output;
`expect-exit:` its status, as a shell tells it (0 if not said); `expect-fault:` the kind of its fault. The commands are
the lines that begin with `stackglass`. Assembly for another instruction set than x86-64 is named by it.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

import stackglass
from stackglass import isa as instruction_sets
from stackglass.cli import main
from stackglass.model import Snapshot
from stackglass.toolchain import build
from tests.needs import qemu, require

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = sorted(path for path in EXAMPLES.rglob("*") if path.suffix in (".c", ".cpp", ".s"))
_FACT = re.compile(r"^(?://|#) expect-(\w+): (.*)$", re.MULTILINE)
_COMMAND = re.compile(r"^(?://|#)   (stackglass .*?)(?: {2,}.*)?$", re.MULTILINE)
_PROGRESS = re.compile(r"(stackglass: )?running: ")
_REPEATED = re.compile(r"(\S+) \* (\d+)")


class Example(NamedTuple):
    """What a header says."""

    path: Path
    commands: tuple[tuple[str, ...], ...]
    stack: tuple[str, ...]
    output: str
    status: int
    fault: str | None

    @property
    def isa(self) -> str | None:
        """The instruction set that its name says, if it does."""
        return self.path.stem if self.path.stem in instruction_sets.names() else None

    @property
    def is_foreign(self) -> bool:
        """Whether it is for another instruction set than this machine's."""
        return self.isa is not None and instruction_sets.get(self.isa).system_calls.machine != platform.machine()

    def require_compiler(self) -> None:
        if self.path.suffix == ".cpp":
            require("g++")
        elif self.isa is not None and self.is_foreign:
            require(f"{instruction_sets.get(self.isa).gnu_triplet}-gcc")

    @property
    def flags(self) -> dict[str, str]:
        """The compiler options of the first command, as `record` takes them."""
        first = self.commands[0]
        options = {"-O": "optimise", "--cflags": "cflags"}
        return {options[name]: value for name, value in itertools.pairwise(first) if name in options}

    @property
    def where(self) -> str:
        first = self.commands[0]
        return first[first.index("--at") + 1] if "--at" in first else "deepest"


def read(path: Path) -> Example:
    text = path.read_text()
    facts: dict[str, list[str]] = {}
    for name, value in _FACT.findall(text):
        facts.setdefault(name, []).append(value)
    assert facts.keys() <= {"stack", "output", "exit", "fault"}
    stack = _REPEATED.sub(lambda match: " ".join([match[1]] * int(match[2])), facts.get("stack", [""])[0])
    return Example(
        path,
        tuple(tuple(shlex.split(command)[1:]) for command in _COMMAND.findall(text)),
        tuple(stack.split()),
        "".join(f"{line}\n" for line in facts.get("output", [])),
        int(facts.get("exit", ["0"])[0]),
        facts.get("fault", [None])[0],
    )


def recording_of(example: Example) -> stackglass.Recording:
    example.require_compiler()
    flags = example.flags
    return stackglass.record(
        example.path, isa=example.isa, optimise=flags.get("optimise"), cflags=flags.get("cflags", "")
    )


def run_command(arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Runs a command line in this process, from the repository's root: status, output, errors."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capfd.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


every_example = pytest.mark.parametrize(
    "example", [read(path) for path in PROGRAMS], ids=lambda example: example.path.name
)


def test_there_are_examples_and_all_state_something() -> None:
    assert len(PROGRAMS) >= 20
    for example in map(read, PROGRAMS):
        assert example.commands, example.path.name
        assert example.commands[0][0] == "show", example.path.name
        assert example.stack or example.fault, example.path.name


@pytest.mark.parametrize(
    ("cc", "example"),
    [(cc, each) for each in map(read, PROGRAMS) for cc in ("gcc", "clang") if cc == "gcc" or not each.is_foreign],
    ids=lambda value: value.path.name if isinstance(value, Example) else value,
)
def test_what_it_says_is_true_without_us(example: Example, cc: str, tmp_path: Path) -> None:
    """Compiled without a warning by both compilers, and run by this machine, or by qemu."""
    require(cc)
    example.require_compiler()
    emulator = [qemu(str(example.isa))] if example.is_foreign else []
    require(*emulator)
    warnings = "" if example.path.suffix == ".s" else "-Wall -Wextra "
    flags = warnings + example.flags.get("cflags", "")
    chosen = None if example.is_foreign else cc
    built = build(example.path, isa=example.isa, cc=chosen, cflags=flags, optimise=example.flags.get("optimise"))
    assert built.warnings == ""
    program = tmp_path / "program"
    program.write_bytes(built.elf)
    program.chmod(0o755)
    done = subprocess.run([*emulator, program], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == example.output
    assert (done.returncode if done.returncode >= 0 else 128 - done.returncode) == example.status


@every_example
def test_run_is_as_if_it_ran_by_itself(
    example: Example, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    example.require_compiler()
    monkeypatch.chdir(EXAMPLES.parent)
    options = [f"--cflags={value}" if name == "cflags" else f"-O{value}" for name, value in example.flags.items()]
    options += ["--isa", example.isa] if example.isa else []
    status, output, errors = run_command(("run", *options, str(example.path.relative_to(EXAMPLES.parent))), capfd)
    assert (status, output) == (example.status, example.output)
    assert "Traceback" not in errors


@every_example
def test_recording(example: Example) -> None:
    check_what_is_stated(recording_of(example), example)


def check_what_is_stated(recording: stackglass.Recording, example: Example) -> None:
    assert recording.output.decode() == example.output
    assert (recording.fault.kind.value if recording.fault else None) == example.fault
    if not example.fault:
        assert recording.exit_status == example.status
    assert not recording.unsupported_system_calls


def own_functions(snapshot: Snapshot) -> list[str]:
    """The functions of the program's own frames, innermost first, without decoding any frame's slots."""
    outlines = map(snapshot.frames.outline, range(len(snapshot.frames)))
    return [outline.function or "?" for outline in outlines if not outline.library]


@pytest.mark.parametrize(
    "example", [example for example in map(read, PROGRAMS) if example.stack], ids=lambda example: example.path.name
)
def test_stack(example: Example) -> None:
    check_stack(recording_of(example), example)


def check_stack(recording: stackglass.Recording, example: Example) -> None:
    """The functions that the header states, and slots that tile the frames."""
    snapshot = recording.at(example.where)
    assert own_functions(snapshot) == list(example.stack)
    for index in {0, len(snapshot.frames) // 2, len(snapshot.frames) - 1}:
        frame = snapshot.frames[index]
        slots = [slot for slot in frame.slots if not slot.in_red_zone]
        assert [slot.address for slot in slots] == [slot.end for slot in slots[1:]] + [frame.low] * bool(slots)
        assert not slots or slots[0].end == frame.high


@pytest.mark.parametrize(
    ("isa", "example"),
    [
        (isa, example)
        for isa in instruction_sets.emulated()
        if instruction_sets.get(isa).system_calls.machine != platform.machine()
        for example in map(read, PROGRAMS)
        if example.isa is None and example.path.suffix != ".s"
    ],
    ids=lambda value: value.path.name if isinstance(value, Example) else value,
)
def test_the_same_on_every_instruction_set(
    isa: str, example: Example, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = "g++" if example.path.suffix == ".cpp" else "gcc"
    require(f"{instruction_sets.get(isa).gnu_triplet}-{compiler}")
    flags = example.flags
    recording = stackglass.record(example.path, isa=isa, optimise=flags.get("optimise"), cflags=flags.get("cflags", ""))
    check_what_is_stated(recording, example)
    if example.stack:
        check_stack(recording, example)
    monkeypatch.chdir(EXAMPLES.parent)
    status, output, errors = run_command((*example.commands[0], "--isa", isa), capfd)
    assert status == 0, errors
    assert len(output.splitlines()) > 5


@pytest.mark.parametrize(
    ("command", "example"),
    [(command, example) for example in map(read, PROGRAMS) for command in example.commands],
    ids=lambda value: value.path.name if isinstance(value, Example) else " ".join(map(os.path.basename, value)),
)
def test_the_commands_of_the_headers(
    command: tuple[str, ...], example: Example, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    example.require_compiler()
    monkeypatch.chdir(EXAMPLES.parent)
    status, output, errors = run_command(command, capfd)
    assert status == 0, errors
    assert len(output.splitlines()) > 5
    is_noted = example.fault is not None and "crash" not in command  # a picture of the crash says it itself
    noted = [line for line in errors.splitlines() if not _PROGRESS.match(line)]  # a busy machine is told of that
    assert [line.startswith("stackglass: the run ends at step ") for line in noted] == [True] * is_noted
