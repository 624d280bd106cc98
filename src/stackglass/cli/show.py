"""`stackglass show`: the stack, drawn, at one moment or several."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from stackglass.cli.requests import DrawingRequest, PictureRequest, ProgramRequest
from stackglass.cli.run import unsupported_words
from stackglass.cli.running import note_fault, record, warn_of_debug_info
from stackglass.cli.terminal import columns, complain, glyphs, note, print_json, print_lines
from stackglass.errors import UsageError

if TYPE_CHECKING:
    from stackglass.model import Snapshot
    from stackglass.recording.replay import Recorded
    from stackglass.views.json import SnapshotJson
    from stackglass.views.text import PictureOptions

_STATUS_OF_A_REFUSAL = 2
_LONGEST_OUTPUT = 4000
"""Bytes of the program's output that are shown."""


def show(
    program: ProgramRequest,
    drawing: DrawingRequest,
    picture: PictureRequest,
    *,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHERE",
            help="The moment: deepest (unless said), FUNC, FUNC#3, FUNC:entry, FUNC:return, LINE, FILE:LINE, LINE#2, "
            "step:N, crash, end. May be repeated.",
        ),
    ] = None,
    when: Annotated[
        str | None,
        typer.Option(metavar="EXPR", help="Only moments at which this C expression over the variables there is true."),
    ] = None,
    registers: Annotated[bool, typer.Option("--registers", help="A table of the registers too.")] = False,
    output: Annotated[bool, typer.Option("--output", help="What the program has written by then too.")] = False,
) -> int:
    """Draw the stack, at its deepest or elsewhere.

    The program is compiled if it is a source, and runs in an emulator, to its end; then any of its steps can be shown.
    """
    from stackglass.recording.locations import parse

    wheres = at or ["deepest"]
    for where in wheres:
        parse(where)  # before the run, which may be long
    recording = record(program)
    steps, refusals = _steps(recording, wheres, when, drawing)
    if drawing.json:
        print_json([_as_json(recording, step, picture, output=output) for step in steps])
    else:
        options = picture_options(drawing, picture)
        for number, step in enumerate(steps):
            if number:
                sys.stdout.write("\n")
            _draw(recording, recording.snapshot(step), drawing, options, registers=registers, output=output)
    _notes(recording, shown=steps)
    for refusal in refusals:
        complain(refusal)
    return _STATUS_OF_A_REFUSAL if refusals else 0


def _steps(
    recording: Recorded, wheres: Sequence[str], when: str | None, drawing: DrawingRequest
) -> tuple[list[int], list[UsageError]]:
    """The steps of those moments that come, and what to say of the others. Raises that if none comes."""
    steps: list[int] = []
    refusals: list[UsageError] = []
    for where in wheres:
        try:
            steps.append(_step(recording, where, when, drawing))
        except UsageError as refusal:
            refusals.append(refusal)
    if not steps:
        raise refusals[0]
    return steps, refusals


def _step(recording: Recorded, where: str, when: str | None, drawing: DrawingRequest) -> int:
    from stackglass.recording.arrivals import resolve

    return resolve(recording, where, when=when, library=drawing.library)


def picture_options(drawing: DrawingRequest, picture: PictureRequest) -> PictureOptions:
    """How to draw, from what was asked for."""
    from stackglass.views.text import PictureOptions

    return PictureOptions(
        width=columns(drawing),
        grow="up" if picture.grow.value == "up" else "down",
        writers=picture.writers,
        library=drawing.library,
        start=picture.start,
        unfold=picture.unfold,
        frames=picture.frames,
        legend=picture.legend,
        offsets=picture.offsets.value,
        glyphs=glyphs(drawing.addresses),
    )


def _draw(
    recording: Recorded,
    snapshot: Snapshot,
    drawing: DrawingRequest,
    options: PictureOptions,
    *,
    registers: bool,
    output: bool,
) -> None:
    from stackglass.views.lines import Line
    from stackglass.views.text import picture

    print_lines(picture(snapshot, options), drawing)
    if registers:
        from stackglass.views.registers import register_table

        print_lines([Line(), *register_table(snapshot, options.width, options.glyphs)], drawing)
    if output and snapshot.step is not None:
        sys.stdout.write("\n" + _output_words(recording.output_until(snapshot.step)))


def _output_words(written: bytes) -> str:
    from stackglass.views.wording import count

    if not written:
        return "the program has written nothing by then\n"
    left_out = len(written) - _LONGEST_OUTPUT
    kept = written[-_LONGEST_OUTPUT:].decode(errors="backslashreplace")
    heading = "written by then:" if left_out <= 0 else f"written by then, without the first {count(left_out, 'byte')}:"
    return "\n".join([heading, *(f"  {line}" for line in kept.splitlines())]) + "\n"


def _as_json(recording: Recorded, step: int, picture: PictureRequest, *, output: bool) -> SnapshotJson:
    from stackglass.views.json import snapshot_json

    data = snapshot_json(recording.snapshot(step), picture.frames)
    if output:
        return {**data, "output": recording.output_until(step).decode(errors="backslashreplace")}  # type: ignore[typeddict-unknown-key]
    return data


def _notes(recording: Recorded, shown: list[int]) -> None:
    """What whoever looks at the pictures should know of the run."""
    warn_of_debug_info(recording)
    if recording.last_step not in shown:
        note_fault(recording)
    if recording.unsupported_system_calls:
        note(f"system calls that are not supported: {unsupported_words(recording.unsupported_system_calls)}")
