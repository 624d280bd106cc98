"""`stackglass rules`: the rules by which activation records are kept, and where a program shows them."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import Annotated

import typer

from stackglass.cli.requests import Activation, Addresses, ProgramRequest
from stackglass.cli.running import record
from stackglass.cli.terminal import glyphs, print_json
from stackglass.errors import UsageError

_WIDTH = 100
_TITLES = {
    Activation.STACK: "Activation records on a stack",
    Activation.STATIC: "One static frame for each function",
    Activation.RECORDS: "Activation records on the heap, linked",
}


def rules(
    program: ProgramRequest,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
    addresses: Annotated[
        Addresses, typer.Option(help="How addresses and links are written; as in many textbooks: decimal.")
    ] = Addresses.HEX,
    listing: Annotated[bool, typer.Option("--listing", help="The program's instructions too.")] = False,
) -> int:
    """State the rules of an activation strategy, and where a program shows them.

    The program runs on the textbook machine.
    """
    from stackglass.recording.textbook import TextbookRecording
    from stackglass.recording.textbook_rules import rules_of

    recording = record(dataclasses.replace(program, isa=program.isa or "textbook"))
    if not isinstance(recording, TextbookRecording):
        raise UsageError("rules are those of the textbook machine", help="leave --isa out")
    told = rules_of(recording)
    activation = program.activation or Activation.STACK
    if as_json:
        print_json({"activation": activation.value, "rules": [rule._asdict() for rule in told]})
        return 0
    signs = glyphs(addresses)
    typer.echo(_TITLES[activation] + "\n")
    for number, rule in enumerate(told, 1):
        typer.echo(textwrap.fill(rule.words, _WIDTH, initial_indent=f"{number}. ", subsequent_indent="   "))
        if rule.shown:
            shown = signs.value(rule.shown)
            typer.echo(textwrap.fill(shown, _WIDTH, initial_indent="      ", subsequent_indent="      "))
    if listing:
        typer.echo("\n" + recording.compiled.listing(signs.address), nl=False)
    return 0
