"""The answers to system calls by topic. Importing this package enters all of them in the registry."""

from stackglass.emulator.kernel.calls import (
    descriptors,
    ending,
    identity,
    limits,
    links,
    listing,
    mapping,
    opening,
    reading,
    signals,
    status,
    terminal,
    threads,
    time,
    waiting,
)

__all__ = [
    "descriptors",
    "ending",
    "identity",
    "limits",
    "links",
    "listing",
    "mapping",
    "opening",
    "reading",
    "signals",
    "status",
    "terminal",
    "threads",
    "time",
    "waiting",
]
