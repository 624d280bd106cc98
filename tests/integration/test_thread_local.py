"""Thread-local variables lie where the program itself says that they do, in both variants of where a block can lie."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "tls.c"
UNTOLD = ("aarch64", "riscv64")
"""gcc says nothing of where their thread-local variables lie; it has no relocation for it."""


@pytest.mark.parametrize("isa", [name for name in isas.emulated() if name not in UNTOLD])
def test_they_lie_where_the_program_says(isa: str) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    recording = stackglass.record(PROGRAM, isa=isa)
    assert recording.exit_status == 0
    assert recording.at("next", when="counted == 1001 && zeroed == 16 && calls == 8").frames[0].function == "next"
    returning = recording.at("next:return", when="counted == 1002 && zeroed == 20 && first == 'a'")
    (calls,) = [variable for variable in returning.frames[0].register_variables if variable.name == "calls"]
    assert calls.value == "10"
    printed = [int(word, 16) for word in recording.output.split()]
    for name, address in zip(("first", "counted", "zeroed"), printed, strict=True):
        assert recording.at("main:return", when=f"(unsigned long)&{name} == {address:#x}").frames[0].function == "main"


@pytest.mark.parametrize("isa", isas.emulated())
def test_an_address_of_one_is_told_by_its_name(isa: str) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    recording = stackglass.record(PROGRAM, isa=isa)
    for name, address in zip(("first", "counted", "zeroed"), recording.output.split(), strict=True):
        found = recording.where(int(address, 16))
        assert found.symbol is not None
        assert (found.symbol.symbol, found.symbol.address) == (name, int(address, 16))
        assert found.pointee.name == name
