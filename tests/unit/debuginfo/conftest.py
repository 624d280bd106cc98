"""The fixture that builds test programs."""

from __future__ import annotations

import pytest

from tests.unit.debuginfo.building import Build, builder


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """`build("types.c", "gcc", "-O2")` gives the program, built once for all tests."""
    return builder(tmp_path_factory.mktemp("debuginfo"))
