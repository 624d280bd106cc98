"""The documentation's tables of system calls are those of the registry."""

from __future__ import annotations

from pathlib import Path

from stackglass.emulator.kernel import reference
from stackglass.emulator.kernel.registry import ENTRIES


def test_every_call_has_its_place() -> None:
    told = [entry.name for entries in reference.by_topic().values() for entry in entries]
    assert sorted(told) == sorted(ENTRIES)


def test_the_documentation_is_up_to_date(repository: Path) -> None:
    how = "run scripts/list_system_calls.py"
    assert (repository / "docs" / "system-calls.md").read_text() == reference.page(), how
    assert reference.summary() in (repository / "docs" / "limits.md").read_text(), how
