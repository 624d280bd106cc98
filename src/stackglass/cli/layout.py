"""`stackglass layout`: the address space, part by part, with everything in it that has a name."""

from __future__ import annotations

from typing import Annotated

import typer

from stackglass.cli.requests import DrawingRequest, ProgramRequest
from stackglass.cli.running import note_fault, record
from stackglass.cli.terminal import columns, glyphs, print_json, print_lines


def layout(
    program: ProgramRequest,
    drawing: DrawingRequest,
    *,
    at: Annotated[
        str, typer.Option(metavar="WHERE", help="The moment: end (unless said), or any that `show` takes.")
    ] = "end",
    when: Annotated[
        str | None,
        typer.Option(metavar="EXPR", help="Only a moment at which this C expression over the variables there is true."),
    ] = None,
    symbols: Annotated[
        bool, typer.Option("--symbols", help="All functions, variables and heap blocks, not some of them.")
    ] = False,
    explain_output: Annotated[
        bool, typer.Option("--explain-output", help="What lies at each address that the program printed.")
    ] = False,
) -> int:
    """Draw the address space: text, data, BSS, heap, mapped files, stack.

    An overview in proportion, then a table: each region with its size and permissions, the section and the file that it
    comes from, and the names in it.
    """
    from stackglass.recording.locations import parse

    parse(at)  # before the run, which may be long
    recording = record(program)
    found = recording.layout(at, when=when, library=drawing.library)
    printed = recording.printed_addresses() if explain_output else None
    if found.fault is None:
        note_fault(recording)
    if drawing.json:
        from stackglass.views.layout_json import layout_json

        print_json(layout_json(found, *(printed or (None,))))
        return 0
    from stackglass.views.layout import LayoutOptions, layout_view

    options = LayoutOptions(columns(drawing), symbols, drawing.library, glyphs(drawing.addresses))
    print_lines(layout_view(found, options), drawing)
    if printed is not None:
        from stackglass.views.lines import Line
        from stackglass.views.printed import printed_view

        print_lines([Line()], drawing)
        print_lines(printed_view(recording.output, recording.errors, *printed, options.width, options.glyphs), drawing)
    return 0
