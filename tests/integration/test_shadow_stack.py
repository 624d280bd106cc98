"""At every step of every example, the recorder's shadow stack and a walk by call-frame information must agree.

Where there are rules, that is: in `_start` they say that there is no caller. A walk that ends there must have found all
frames. What is left out is listed by name, with the reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass import Recording
from stackglass import isa as isas
from stackglass.errors import UnreadableMemory
from stackglass.stack.sources import Activation, Moment
from tests.integration import chosen_steps
from tests.integration.call_frames import CallFrameTables
from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".c", ".cpp", ".s", ".S"))

OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("stacks/mixed.c", {"optimise": "2"}),
    ("stacks/mixed.c", {"optimise": "2", "cc": "clang"}),
    ("stacks/mixed.c", {"optimise": "2", "cflags": "-mindirect-branch=thunk -mfunction-return=thunk"}),
    ("stacks/mixed.c", {"optimise": "s", "cflags": "-mstackrealign -fomit-frame-pointer -fstack-protector-all"}),
    ("stacks/odd_prologues.s", {}),
    ("truth/alloca.c", {"optimise": "2"}),
    ("truth/exceptions.cpp", {"optimise": "2"}),
    ("truth/exceptions.cpp", {"optimise": "2", "cc": "clang"}),
    ("truth/tail_calls.c", {"optimise": "2"}),
    ("truth/vla.c", {"optimise": "2"}),
    ("kernel/jumps.c", {"optimise": "2"}),
    ("kernel/signals.c", {"optimise": "2"}),
]
"""Programs of tests/programs with what they are built with: what optimisers and people do to frames."""

OVERRUNS = {"overrun.c": "greet", "canary.c": "greet"}
"""Functions that overwrite what they saved for their callers: a walk by what memory holds goes no further."""

NOT_COMPARED = {
    "__longjmp": "its rules take the jump buffer for its frame, since it has restored the registers from there",
    "__x86_indirect_thunk_rax": "calls itself to replace its return address, for which its rules know no frame",
    "__x86_indirect_thunk_rbx": "as above",
    "__x86_indirect_thunk_rdx": "as above",
    "__x86_return_thunk": "as above",
}
"""Functions in which the rules don't say what the call stack is. Their callers are compared as everywhere."""

NOT_COMPARED_ON = {
    "i386": {
        "memcpy": "pushes eax, which its rules leave out",
        "_start": "calls a place of its own to find out where it is, for which it has no rules",
    },
    "powerpc": {
        "memset": "keeps lr in r0 while it asks where it is (bcl), which its rules leave out",
        "_Exit": "asks where it is (bcl) without keeping lr, since it never returns",
    },
    "aarch64": {"_start": "its rules also cover call_weak_fn behind it, which _init calls"},
}
"""The same, of one instruction set's C library."""

INSTALLS = "uw_install_context"
"""How libgcc names what writes the registers of the frame that an exception goes to over those that the unwinder saved:
from there until the unwinder has left, the rules lead into that frame already."""

OUTERMOST = "_start"
"""Here the rules end a walk: nobody called it."""

ALL_STEPS = 30_000
"""A longer recording is looked at in every step of the program's own functions, and in a sample of the library's."""
ARRIVALS = 400
"""Of such a recording so many of each own instruction: a deep recursion comes by everywhere many thousand times."""
SAMPLE = 3000
DEPTH = 24
"""Frames of a deep recursion that are compared at each step: all would take the square of their number."""


def steps_of(recording: Recording) -> list[int]:
    last = recording.last_step
    if last <= ALL_STEPS:
        return list(range(last + 1))
    rows = chosen_steps.first_calls(recording, among=range(last))
    chosen = {*chosen_steps.own(recording, ARRIVALS), *chosen_steps.edges(recording, rows), last}
    return sorted(step for step in chosen | set(range(0, last, last // SAMPLE)) if 0 <= step <= last)


def installing(recording: Recording) -> set[int]:
    """The steps in which an unwinder has overwritten what it saved."""
    calls, target = recording.calls, recording.target
    entries = [one.low for one in target.functions() if one.name and one.name.startswith(INSTALLS)]
    found: set[int] = set()
    for row in calls.rows_of(entries):
        unwinder = calls.parent(row)
        assert unwinder is not None
        found.update(range(calls.call_step(row), calls.return_step(unwinder) or 0))
    return found


class Names:
    """The names of the functions that hold an address, each looked up once."""

    def __init__(self, recording: Recording) -> None:
        self._target = recording.target
        self._known: dict[int, str | None] = {}

    def at(self, pc: int) -> str | None:
        if pc not in self._known:
            function = self._target.function_at(pc)
            self._known[pc] = None if function is None else function.name
        return self._known[pc]


def trusted(names: Names, activations: Sequence[Activation], example: Path) -> int:
    """How many frames can be walked: those up to the one that overran."""
    overruns = OVERRUNS.get(example.name)
    for at, activation in enumerate(activations if overruns is not None else ()):
        if names.at(activation.entry or 0) == overruns:
            return at + 1
    return DEPTH


def difference(recording: Recording, moment: Moment, tables: CallFrameTables, names: Names, limit: int) -> str | None:
    """What the two say differently of the moment at which the recording stands; None if nothing. `limit` frames."""
    count = len(moment.activations)
    innermost = moment.activations[: DEPTH + 1]
    registers = moment.registers
    try:
        walked = tables.walk(registers, recording.read_memory, limit=limit)
    except UnreadableMemory as error:
        return str(error)
    expected = [registers[recording.isa.pc], *(one.return_address for one in innermost if one.return_address)]
    for frame, activation, pc in itertools.zip_longest(walked, innermost[: len(walked)], expected[: len(walked)]):
        if activation is None or pc != frame.pc or (activation.cfa is not None and activation.cfa != frame.cfa):
            return f"the rules say {frame}, the shadow stack {activation}"
    if walked and names.at(walked[-1].pc) == OUTERMOST and len(walked) != count:
        return f"the rules know {len(walked)} frames, the shadow stack {count}"
    return None


def check(recording: Recording, example: Path, steps: Iterable[int]) -> None:
    tables = CallFrameTables(recording.target.modules[0].image.data, recording.isa)
    names = Names(recording)
    wrong: list[str] = []
    compared = 0
    left_out = installing(recording)
    exempt = NOT_COMPARED.keys() | NOT_COMPARED_ON.get(recording.isa.name, {}).keys()
    for step in steps:
        if step in left_out:
            continue
        recording.seek(step)
        pc = recording.register(recording.isa.pc)
        if names.at(pc) in exempt:
            continue
        compared += 1
        moment = recording.moment()
        limit = trusted(names, moment.activations[: DEPTH + 1], example)
        differs = difference(recording, moment, tables, names, limit)
        if differs:
            wrong.append(f"step {step} at {pc:#x} in {names.at(pc) or '?'}: {differs}")
    assert not wrong, f"{len(wrong)} of {compared} steps:\n" + "\n".join(wrong[:20])
    assert compared > 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_shadow_stack_matches_the_call_frame_information(example: Path) -> None:
    require("g++" if example.suffix == ".cpp" else "gcc", "static libc")
    recording = stackglass.record(example, static=True)
    check(recording, example, steps_of(recording))


@pytest.mark.parametrize(("source", "options"), OTHERS, ids=str)
def test_the_shadow_stack_matches_in_unusual_programs(source: str, options: dict[str, Any]) -> None:
    require(options.get("cc", "gcc"), "g++" if source.endswith(".cpp") else "gcc", "static libc")
    program = ROOT / "tests" / "programs" / source
    recording = stackglass.record(program, **{"cc": "gcc", "static": True, **options})
    main = chosen_steps.main_call(recording)  # what comes before and after is the same everywhere
    check(recording, program, [step for step in steps_of(recording) if step in main])


@pytest.mark.parametrize(
    "name", ("call.c", "recursion.c", "arguments8.c", "longjmp.c", "qsort_callback.c", "tail_call.c", "exceptions.cpp")
)
@pytest.mark.parametrize("isa", ("i386", "arm", "aarch64", "riscv64", "powerpc"))
@pytest.mark.parametrize("optimise", ("0", "2"))
def test_it_does_on_other_instruction_sets(name: str, isa: str, optimise: str) -> None:
    require(f"{isas.get(isa).gnu_triplet}-{'g++' if name.endswith('.cpp') else 'gcc'}")
    example = ROOT / "examples" / name
    recording = stackglass.record(example, static=True, isa=isa, optimise=optimise)
    check(recording, example, steps_of(recording))
