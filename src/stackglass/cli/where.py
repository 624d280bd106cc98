"""`stackglass where`: what is at an address, at one moment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from stackglass.cli.requests import DrawingRequest, ProgramRequest
from stackglass.cli.running import note_fault, record
from stackglass.cli.terminal import columns, glyphs, print_json, print_lines
from stackglass.errors import AddressError

if TYPE_CHECKING:
    from stackglass.recording.replay import Recorded

_HEXADECIMAL = re.compile("0[xX][0-9a-fA-F]{1,32}")
_DECIMAL = re.compile("[0-9]{1,40}")


def where(
    program: ProgramRequest,
    drawing: DrawingRequest,
    *,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="0x7ffe10, or a decimal number.")],
    at: Annotated[
        str, typer.Option(metavar="WHERE", help="The moment: deepest (unless said), or any that `show` takes.")
    ] = "deepest",
    when: Annotated[
        str | None,
        typer.Option(metavar="EXPR", help="Only a moment at which this C expression over the variables there is true."),
    ] = None,
) -> int:
    """Tell what is at an address, at one moment.

    The region, and in it the function or variable, the frame and its slot, or the block of the heap.
    """
    from stackglass.recording.locations import parse

    wanted = address_of(address)
    parse(at)  # before the run, which may be long
    recording = record(program)
    try:
        found = recording.where(wanted, at, when=when)
    except AddressError as problem:
        meant = _as_hexadecimal(address)
        if meant is None or not _is_there(recording, meant, at, when):
            raise
        raise AddressError(str(problem), help=f"{address} is decimal: is {meant:#x} meant?") from None
    if found.fault is None:
        note_fault(recording)
    if drawing.json:
        from stackglass.views.layout_json import where_json

        print_json(where_json(found))
    else:
        from stackglass.views.where import where_view

        print_lines(where_view(found, columns(drawing), glyphs(drawing.addresses)), drawing)
    return 0


def _as_hexadecimal(text: str) -> int | None:
    """What a number without 0x is in hexadecimal; None for one that has 0x."""
    return int(text, 16) if _DECIMAL.fullmatch(text) else None


def _is_there(recording: Recorded, address: int, at: str, when: str | None) -> bool:
    try:
        recording.where(address, at, when=when)
    except AddressError:
        return False
    return True


def address_of(text: str) -> int:
    """The address that `text` writes. AddressError if it writes none."""
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return int(text)
    help_ = f"write 0x{text}" if re.fullmatch("[0-9a-fA-F]{1,32}", text) else "write it as in 0x7ffe10"
    raise AddressError(f"'{text}' is no address", help=help_)
