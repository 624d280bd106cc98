"""The guest programs of `programs/kernel` do natively and as guests the same: output, errors, exit status or signal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import guests
from tests.needs import require

C = sorted(path.name for path in guests.SOURCES.glob("*.c"))
CPP = sorted(path.name for path in guests.SOURCES.glob("*.cpp"))
GNU_ONLY = {"nested.c"}
"""What only gcc compiles."""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where programs are built, once."""
    return tmp_path_factory.mktemp("built")


def check(name: str, linkage: str, built: Path, folder: Path) -> None:
    program = guests.program(name)
    elf = guests.build(program, built, linkage)
    for place in ("native", "guest"):
        (folder / place).mkdir()
    expected = guests.run_natively(elf, program, folder / "native")
    before = sorted(path.name for path in (folder / "guest").iterdir())
    guest = guests.guest(elf, program, folder / "guest")
    assert guest.ran() == expected
    assert guest.kernel.unsupported == {}
    after = sorted(path.name for path in (folder / "guest").iterdir())
    assert set(after) == set(before) | {name.partition("/")[0] for name in program.files}, "the host was written to"


@pytest.mark.parametrize("name", C + CPP)
def test_static(name: str, built: Path, tmp_path: Path) -> None:
    require("static libc")
    check(name, "static", built, tmp_path)


@pytest.mark.parametrize("name", C + CPP)
def test_dynamic(name: str, built: Path, tmp_path: Path) -> None:
    check(name, "dynamic", built, tmp_path)


@pytest.mark.parametrize("name", ["arguments.c", "files.c", "ending.c", "exceptions.cpp"])
def test_static_position_independent(name: str, built: Path, tmp_path: Path) -> None:
    require("static libc")
    check(name, "static-pie", built, tmp_path)


@pytest.mark.parametrize("name", sorted(set(C) - GNU_ONLY))
def test_musl(name: str, built: Path, tmp_path: Path) -> None:
    check(name, "musl", built, tmp_path)
