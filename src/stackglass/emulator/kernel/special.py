"""The files that every program may count on and that need nothing of the host: in /dev, /proc/self, /tmp."""

from __future__ import annotations

from collections.abc import Sequence

from stackglass.emulator.kernel.layers import MadeTree
from stackglass.emulator.kernel.world import World
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


def special_files(world: World, memory: Memory) -> MadeTree:
    """Devices, /proc/self and empty folders. With a root folder they can be opened there, but don't show in it."""
    command = b"".join(argument.encode("utf-8", "surrogateescape") + b"\0" for argument in world.arguments)
    return MadeTree(
        {"/proc/self/cmdline": command, "/proc/self/maps": lambda: maps(memory.mappings)},
        _DEVICES,
        {"/proc/self/exe": world.program, "/proc/self/cwd": world.folder},
        ("/tmp", world.folder),
        listed=world.root is None,
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
