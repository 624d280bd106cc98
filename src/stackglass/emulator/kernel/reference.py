"""What the documentation says of system calls, made from the registry itself: a table by topic, and a full list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackglass.emulator.kernel import calls
from stackglass.emulator.kernel.registry import ENTRIES, Entry

TITLES: Mapping[str, str] = {
    "reading": "reading and writing",
    "opening": "opening and closing",
    "descriptors": "descriptors and pipes",
    "status": "what a file is",
    "links": "names, links and folders",
    "listing": "listing, working folder",
    "terminal": "terminals",
    "waiting": "waiting for input",
    "mapping": "memory",
    "time": "time and timers",
    "signals": "signals",
    "identity": "identity, machine, randomness",
    "limits": "limits and usage",
    "threads": "threads and children",
    "ending": "ending",
    "wide": "sizes and users, on 32-bit instruction sets",
    "wide_time": "time, on 32-bit instruction sets",
}
"""The topics in the order in which they are told."""


def by_topic() -> Mapping[str, list[Entry]]:
    """The entries of each topic, by name."""
    assert set(TITLES) == set(calls.__all__)
    return {
        topic: sorted((entry for entry in ENTRIES.values() if entry.topic == topic), key=lambda entry: entry.name)
        for topic in TITLES
    }


def summary() -> str:
    """A Markdown table: which system calls there are, a row a topic."""
    rows = (
        f"| {TITLES[topic]} | {' '.join(f'`{entry.name}`' for entry in entries)} |"
        for topic, entries in by_topic().items()
    )
    return "\n".join(("| topic | system calls |", "|---|---|", *rows)) + "\n"


def page() -> str:
    """A whole Markdown page: every system call with its arguments and what it does here."""
    return "\n".join(_page_lines()) + "\n"


def _page_lines() -> Iterator[str]:
    yield "# System calls"
    yield ""
    yield "What a recorded program may ask of the kernel that it runs on, and what it gets. Any other call answers"
    yield "ENOSYS and is counted in the summary (`unsupported_system_calls`). This page is made by"
    yield "`scripts/list_system_calls.py`."
    for topic, entries in by_topic().items():
        yield from ("", f"## {TITLES[topic].capitalize()}", "", "| system call | what it does here |", "|---|---|")
        for entry in entries:
            arguments = ", ".join(parameter.name.rstrip("_") for parameter in entry.parameters)
            yield f"| `{entry.name}({arguments})` | {entry.words} |"
