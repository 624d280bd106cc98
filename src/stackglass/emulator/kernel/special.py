"""The files that every program may count on and that need nothing of the host: in /dev, /proc/self, /tmp."""

from __future__ import annotations

from collections.abc import Sequence

from stackglass.emulator.kernel.layers import MadeTree
from stackglass.emulator.memory import Mapping, Memory
from stackglass.model import RegionKind

_DEVICES = {
    "/dev/full": "full",
    "/dev/null": "null",
    "/dev/random": "random",
    "/dev/stderr": "stderr",
    "/dev/stdin": "stdin",
    "/dev/stdout": "stdout",
    "/dev/urandom": "random",
    "/dev/zero": "zero",
}


def special_files(program: str, arguments: Sequence[str], folder: str, memory: Memory) -> MadeTree:
    """Devices, /proc/self and empty folders for a program at the guest's path `program` that works in `folder`."""
    command = b"".join(argument.encode("utf-8", "surrogateescape") + b"\0" for argument in arguments)
    return MadeTree(
        {"/proc/self/cmdline": command, "/proc/self/maps": lambda: maps(memory.mappings)},
        _DEVICES,
        {"/proc/self/exe": program, "/proc/self/cwd": folder},
        ("/tmp", folder),
    )


def maps(mappings: Sequence[Mapping]) -> bytes:
    """The text of /proc/self/maps (proc(5))."""
    lines = []
    for one in mappings:
        if one.kind is RegionKind.GUARD:
            continue
        name = "[stack]" if one.kind is RegionKind.STACK else one.name or ""
        line = f"{one.start:08x}-{one.end:08x} {one.permissions}p 00000000 00:00 0"
        lines.append(f"{line:<72} {name}".rstrip() + "\n")
    return "".join(lines).encode("utf-8", "surrogateescape")
