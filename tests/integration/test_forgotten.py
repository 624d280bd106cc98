"""Whoever looks at one program after another keeps what is known of the last one alone."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

import stackglass
from tests.needs import require


@pytest.mark.parametrize("isa", ["x86_64", "textbook"])
def test_what_is_known_of_a_program_goes_with_its_recording(examples: Path, isa: str) -> None:
    if isa != "textbook":
        require("gcc", "static libc")
    recording = stackglass.record(examples / "recursion.c", isa=isa)
    address = recording.at("deepest").frames[0].slots[0].address
    assert recording.layout().symbols
    assert recording.where(address).region.region.start <= address
    kept = weakref.ref(recording), weakref.ref(recording.target)
    del recording
    gc.collect()
    assert [one() for one in kept] == [None, None]
