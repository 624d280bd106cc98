"""stackglass: every byte of the stack, explained, at any moment of a program's run.

    import stackglass

    recording = stackglass.record("examples/recursion.c")
    for frame in recording.at("deepest").frames:
        print(frame.function, hex(frame.low), hex(frame.high))
        for slot in frame.slots:
            print("   ", hex(slot.address), slot.size, slot.role.words, slot.name, slot.value)

`record` runs a program (a C, C++ or assembly source, or an ELF) in an emulator: the same program with the same
options gives the same run, and it reaches nothing of this machine but what it is shown. A `Recording` can be asked for
any of its steps; what it gives are the values of `stackglass.model`. What goes wrong is a `StackglassError`; a program
that crashes is not one: its recording's `fault` tells. Not here: threads, AVX, signals that are delivered
(docs/limits.md).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from stackglass.errors import StackglassError

if TYPE_CHECKING:
    from stackglass.model import Call, Fault, Frame, Role, Slot, Snapshot
    from stackglass.recording.history import CallHistory
    from stackglass.recording.making import Options, record
    from stackglass.recording.recording import Recording

__version__ = "0.1.0"

__all__ = [
    "Call",
    "CallHistory",
    "Fault",
    "Frame",
    "Options",
    "Recording",
    "Role",
    "Slot",
    "Snapshot",
    "StackglassError",
    "record",
]

_HOMES = {
    **dict.fromkeys(("Call", "Fault", "Frame", "Role", "Slot", "Snapshot"), "stackglass.model"),
    "CallHistory": "stackglass.recording.history",
    "Options": "stackglass.recording.making",
    "Recording": "stackglass.recording.recording",
    "record": "stackglass.recording.making",
}


def __getattr__(name: str) -> object:
    # The emulator and the debug-information reader take a while to import: only who asks for them pays.
    if name not in _HOMES:
        raise AttributeError(f"module 'stackglass' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
