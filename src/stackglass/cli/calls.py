"""`stackglass calls`: who called whom, with what, and how much stack it took."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from stackglass.cli.requests import DrawingRequest, ProgramRequest, number
from stackglass.cli.running import Progress, record, warn_of_debug_info
from stackglass.cli.terminal import columns, glyphs, print_json, print_lines

if TYPE_CHECKING:
    from stackglass.explain.decoded_calls import DecodedCalls
    from stackglass.recording.replay import Recorded
    from stackglass.views.lines import Line

_MOST_LINES = 200
_MOST_IN_JSON = 10_000
"""Each call's own steps are visited, at a millisecond or two."""


def calls(
    program: ProgramRequest,
    drawing: DrawingRequest,
    *,
    limit: Annotated[
        int | None,
        typer.Option(
            parser=number,
            metavar="N",
            help=f"At most so many calls, 0 for all; {_MOST_LINES} if not said, {_MOST_IN_JSON:,} in JSON.",
        ),
    ] = None,
) -> int:
    """Draw the tree of a program's calls.

    What library functions call in turn is shown only with --library.
    """
    from stackglass.explain.decoded_calls import DecodedCalls

    recording = record(program)
    told = Progress(terminals_only=drawing.json)
    decoded = DecodedCalls(recording, told.visiting)
    if drawing.json:
        data = _as_json(recording, decoded, limit, library=drawing.library)
        told.clear()
        print_json(data)
    else:
        lines = _drawn(recording, decoded, drawing, limit)
        told.clear()
        print_lines(lines, drawing)
    warn_of_debug_info(recording)
    return 0


def _drawn(recording: Recorded, decoded: DecodedCalls, drawing: DrawingRequest, limit: int | None) -> list[Line]:
    from stackglass.views.calls import CallTreeOptions, call_tree
    from stackglass.views.headings import fault_banner

    most = _MOST_LINES if limit is None else limit or None
    options = CallTreeOptions(
        width=columns(drawing), library=drawing.library, limit=most, glyphs=glyphs(drawing.addresses)
    )
    # A tree of 150,000 calls has no cycles: to look for some again and again takes as long as to make it.
    gc.disable()
    try:
        lines = call_tree(decoded, options)
    finally:
        gc.enable()
    return [*fault_banner(recording.fault, options.width, options.glyphs), *lines]


def _as_json(recording: Recorded, decoded: DecodedCalls, limit: int | None, *, library: bool) -> dict[str, object]:
    """The calls in order of time, and how many the limit left out."""
    from stackglass.recording.deepest import own_entries
    from stackglass.views.call_json import call_json
    from stackglass.views.json import fault_json

    rows = range(len(decoded)) if library else recording.calls.rows_of(own_entries(recording))
    shown = rows[: _MOST_IN_JSON if limit is None else limit or None]
    return {
        "program": recording.program,
        "steps": recording.last_step,
        "fault": None if recording.fault is None else fault_json(recording.fault),
        "calls": [call_json(call) for call in decoded.decoded(shown)],
        "omitted": len(rows) - len(shown),
    }
