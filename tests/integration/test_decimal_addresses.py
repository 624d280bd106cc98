"""`--addresses decimal`: in every view, on every instruction set, what is an address is written in decimal."""

from __future__ import annotations

import re

import pytest

import stackglass
from stackglass.cli import main
from stackglass.views.glyphs import ASCII
from tests.integration.test_examples import EXAMPLES
from tests.needs import require

_HEXADECIMAL = re.compile(r"0x[0-9a-f]+")
_OFFSET = re.compile(r"[+-] ?(0x[0-9a-f]+)")


def out(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    told = capfd.readouterr()
    assert not left.value.code, told.err
    return told.out


def view(command: str, isa: str, *options: str) -> tuple[str, ...]:
    program = str(EXAMPLES / "recursion.c")
    further = {"show": ("--at", "f#2"), "explain": ("f#2", "--full"), "layout": ("--symbols",), "calls": ()}
    return (command, "--isa", isa, "--width", "160", *options, program, *further[command])


ISAS = ("textbook", "x86_64", "i386", "aarch64", "arm", "riscv64", "powerpc")


@pytest.mark.parametrize(
    ("command", "isa"),
    [
        *(("explain", isa) for isa in ISAS),
        *((command, isa) for command in ("show", "layout", "calls") for isa in ISAS[:2]),
    ],
)
def test_views_tell_the_same_addresses_in_decimal(command: str, isa: str, capfd: pytest.CaptureFixture[str]) -> None:
    if isa != "textbook":
        require("zig")
    hexadecimal = out(capfd, *view(command, isa))
    decimal = out(capfd, *view(command, isa, "--addresses", "decimal"))
    left = [int(found, 16) for found in _HEXADECIMAL.findall(_OFFSET.sub("", decimal))]
    regions = [one.region for one in stackglass.record(EXAMPLES / "recursion.c", isa=isa).layout().regions]
    assert not [hex(number) for number in left if any(one.start <= number < one.end for one in regions)]
    for number in {int(found, 16) for found in _HEXADECIMAL.findall(_OFFSET.sub("", hexadecimal))}:
        assert re.search(rf"\b({number}|{number:#x})\b", decimal), hex(number)


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_rules_and_listing_in_decimal(activation: str, capfd: pytest.CaptureFixture[str]) -> None:
    program = str(EXAMPLES / "recursion.c")
    decimal = out(capfd, "rules", "--activation", activation, "--addresses", "decimal", "--listing", program)
    assert not _HEXADECIMAL.findall(decimal)
    assert re.search(r"^ +1024  ", decimal, re.MULTILINE)


def test_where_in_decimal(capfd: pytest.CaptureFixture[str]) -> None:
    program = str(EXAMPLES / "layout.c")
    for address in ("4294967200", "0x400"):
        told = out(capfd, "where", "--isa", "textbook", "--addresses", "decimal", program, address)
        assert not _HEXADECIMAL.findall(told)
        assert told.startswith(f"{int(address, 0)}  ")


def test_what_was_printed_is_read_in_the_other_way(capfd: pytest.CaptureFixture[str]) -> None:
    program = str(EXAMPLES / "layout.c")
    asked = ("layout", "--isa", "textbook", "--explain-output")
    numbers = (program, "--", "numbers")
    hexadecimal, decimal = out(capfd, *asked, *numbers), out(capfd, *asked, "--addresses", "decimal", *numbers)
    assert "\n    → b: a global variable" in hexadecimal
    assert re.search(r"&b=0xab0\n(.*\n)*    → 2736, b: a global variable", decimal)


def test_a_sentence_keeps_what_is_no_address() -> None:
    glyphs = ASCII.with_decimal_addresses()
    text = "sets r1 to 0x410, main+0x404, not 0x999; \"0x410\" '0x410', 0x0"
    assert glyphs.sentence(text) == text.replace(", 0x0", ", 0")
    mapped = type(glyphs)(**{**{name: getattr(glyphs, name) for name in glyphs.__slots__}, "mapped": ((0x400, 0x500),)})
    assert mapped.sentence(text) == "sets r1 to 1040, main+0x404, not 0x999; \"0x410\" '1040', 0"
    assert ASCII.sentence(text) == text
