"""`stackglass explain`: one call, instruction by instruction, in words."""

from __future__ import annotations

from typing import Annotated

import typer

from stackglass.cli.requests import DrawingRequest, PictureRequest, ProgramRequest
from stackglass.cli.running import note_fault, record, warn_of_debug_info
from stackglass.cli.show import picture_options
from stackglass.cli.terminal import print_json, print_lines
from stackglass.errors import LocationError


def explain(
    program: ProgramRequest,
    drawing: DrawingRequest,
    picture: PictureRequest,
    *,
    call: Annotated[str, typer.Argument(metavar="FUNC[#N]", help="The call to explain: f, or f#3 for its third.")],
    full: Annotated[bool, typer.Option("--full", help="Fold no loops and no calls that it makes.")] = False,
) -> int:
    """Tell one call, instruction by instruction.

    From the set-up of its arguments in the caller to the instruction after its return.
    """
    from stackglass.explain import explain_row
    from stackglass.recording.arrivals import row_of_call
    from stackglass.recording.locations import AddressArrival, CallOf, parse

    where = parse(call)
    if isinstance(where, AddressArrival):  # how `calls` shows a function without a name
        where = CallOf(f"code at {where.address:#x}", where.arrival)
    if not isinstance(where, CallOf) or where.moment != "body":
        raise LocationError(f"'{call}' is no call of a function", help="name it as FUNC, or FUNC#3 for its third call")
    recording = record(program)
    explained = explain_row(recording, row_of_call(recording, where), full=full)
    if drawing.json:
        from stackglass.views.call_json import explanation_json

        print_json(explanation_json(explained, picture.frames))
    else:
        from stackglass.views.explanation import explanation

        print_lines(explanation(explained, picture_options(drawing, picture)), drawing)
    warn_of_debug_info(recording)
    if explained.note is None:  # else the fault is told there
        note_fault(recording)
    return 0
