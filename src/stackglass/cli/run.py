"""`stackglass run`: the program as if it ran by itself, then a summary."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from stackglass.cli.requests import ProgramRequest
from stackglass.cli.running import record, warn_of_debug_info

if TYPE_CHECKING:
    from stackglass.model import Fault
    from stackglass.recording.replay import Recorded
    from stackglass.views.json import FaultJson

_STATUS_OF_A_BUDGET = 124
"""As timeout(1) tells that time ran out."""
_STATUS_OF_OURS = 2
_SIGNALS = {
    **dict.fromkeys(
        ("stack_overflow", "null_pointer", "read_only_write", "unmapped_read", "unmapped_write"), "SIGSEGV"
    ),
    **dict.fromkeys(("not_executable", "jump_to_nowhere"), "SIGSEGV"),
    "illegal_instruction": "SIGILL",
    "division_error": "SIGFPE",
    "trap": "SIGTRAP",
    "abort": "SIGABRT",
    "interrupted": "SIGINT",
}
"""The signals that go with kinds of faults."""


class DeepestJson(TypedDict):
    """The deepest moment among the program's own functions: `bytes` in use, over `frames` frames, `on_stack` or each in
    a place of its own. `stack_size` is how much stack there is; an overflow has moved SP to below that."""

    function: str | None
    frames: int
    bytes: int
    on_stack: bool
    stack_size: int
    step: int


class SummaryJson(TypedDict):
    """What a run was."""

    program: str
    steps: int
    calls: int
    own_calls: int
    deepest: DeepestJson | None
    fault: FaultJson | None
    led_astray: list[str]
    """What to say of returns into functions that nobody had called."""
    unsupported_system_calls: dict[str, int]
    missed_paths: list[str]
    """What it wanted to open and no root folder shows."""
    exit_status: int | None


def run(
    program: ProgramRequest,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object, on standard error.")] = False,
) -> int:
    """Run a program, then sum the run up.

    It runs as if by itself; the summary is on standard error. Exits with the program's status, or 128 + the signal that
    would have ended it.
    """
    recording = record(program, live=True, data_on_stderr=as_json)
    summary = summarise(recording)
    sys.stderr.write(json.dumps(summary) + "\n" if as_json else words_of(summary, has_root=program.root is not None))
    warn_of_debug_info(recording)
    return exit_status(recording)


def exit_status(recording: Recorded) -> int:
    """The status that a shell would tell: the program's own, or 128 + signal; 124 if the budget ended it.

    Where there are no signals, as on the textbook machine, it is the one that Linux would send for the same fault.
    """
    fault = recording.fault
    if fault is None:
        return (recording.exit_status or 0) & 0xFF
    return _fault_status(fault)


def _fault_status(fault: Fault) -> int:
    from stackglass.emulator.kernel.signals import number_of
    from stackglass.model import FaultKind

    if fault.kind is FaultKind.BUDGET:
        return _STATUS_OF_A_BUDGET
    name = fault.signal or _SIGNALS.get(fault.kind.value)
    return _STATUS_OF_OURS if name is None else 128 + number_of(name)


def summarise(recording: Recorded) -> SummaryJson:
    """What the run was, in numbers."""
    from stackglass.recording.deepest import own_entries
    from stackglass.views.json import fault_json

    own = own_entries(recording)
    return {
        "program": recording.program,
        "steps": recording.last_step,
        "calls": len(recording.calls) - 1,
        "own_calls": sum(row > 0 for row in recording.calls.rows_of(own)),
        "deepest": _deepest(recording, own),
        "fault": None if recording.fault is None else fault_json(recording.fault),
        "led_astray": recording.led_astray(),
        "unsupported_system_calls": dict(recording.unsupported_system_calls),
        "missed_paths": list(recording.missed_paths),
        "exit_status": recording.exit_status,
    }


def _deepest(recording: Recorded, own: set[int]) -> DeepestJson | None:
    calls = recording.calls
    rows = calls.deepest_first(own, 1)
    if not rows:
        return None
    call = calls.call(rows[0])
    return {
        "function": call.function or f"code at {call.entry:#x}",
        "frames": call.depth + 1,
        "bytes": recording.initial_stack_pointer - calls.own_lowest_sp(rows[0]),
        "on_stack": recording.has_stack,
        "stack_size": recording.initial_stack_pointer - recording.stack_area[0],
        "step": call.call_step + 1,
    }


def words_of(summary: SummaryJson, *, has_root: bool = False) -> str:
    """The summary for people, a few lines. `has_root` if the program was shown a folder."""
    return "".join(f"stackglass: {line}\n" for line in _lines(summary, has_root))


def _of_what(deepest: DeepestJson) -> str:
    if not deepest["on_stack"]:
        return "in all"
    return "of stack" + (f", where there are {deepest['stack_size']:,}" * (deepest["bytes"] > deepest["stack_size"]))


def _lines(summary: SummaryJson, has_root: bool) -> list[str]:
    from stackglass.views.wording import count

    ended = f"exit status {summary['exit_status']}" if summary["fault"] is None else summary["fault"]["words"]
    calls = f"{count(summary['calls'], 'call')} ({summary['own_calls']:,} of the program's own functions)"
    lines = [f"{count(summary['steps'], 'step')}, {calls}; {ended}"]
    deepest = summary["deepest"]
    if deepest is not None:
        lines.append(
            f"deepest: {deepest['function']}, {count(deepest['frames'], 'frame')}, "
            f"{count(deepest['bytes'], 'byte')} {_of_what(deepest)}"
        )
    lines += summary["led_astray"]
    unsupported = summary["unsupported_system_calls"]
    if unsupported:
        lines.append("system calls that are not supported: " + unsupported_words(unsupported))
    if summary["missed_paths"]:
        missed = ", ".join(summary["missed_paths"])
        hint = "" if has_root else " (--root FOLDER would show it a folder)"
        lines.append(f"files that it did not find: {missed}{hint}")
    return lines


def unsupported_words(unsupported: Mapping[str, int]) -> str:
    """'clone (2 times), futex (once)'."""
    from stackglass.recording.nearby import times

    return ", ".join(f"{name} ({times(count)})" for name, count in sorted(unsupported.items()))
