"""What a guest finds around it: the files that it may see, its arguments, its terminal, its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stackglass.emulator.kernel.filesystem import Filesystem
from stackglass.emulator.kernel.layers import HostTree, MadeTree, is_library
from stackglass.emulator.kernel.nodes import Kind, Layer
from stackglass.emulator.kernel.outcome import Failed

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class World:
    """What the guest finds around it. The defaults show it nothing of the host.

    `root` is a folder of the host that becomes the guest's '/', read-only. With `libraries`, the host's shared
    libraries and the loader's cache can be read too. `files` are more files by their absolute path in the guest.
    """

    root: Path | None = None
    libraries: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    folder: str = "/"
    """The working folder at the start, an absolute path in the guest."""
    program: str = "/program"
    """The program's own absolute path in the guest; its bytes belong in `files`."""
    arguments: Sequence[str] = ()
    """As in argv."""
    seed: int = 0
    terminals: frozenset[int] = frozenset()
    """Which of the descriptors 0, 1 and 2 say that they are a terminal."""
    window: tuple[int, int] = (24, 80)
    """The terminal's rows and columns."""
    stack_limit: int = 8 * MIB
    memory_limit: int = 4 * GIB


def layers(world: World) -> list[Layer]:
    """The trees that the guest's paths are looked up in, what shadows first."""
    found: list[Layer] = []
    if world.files:
        found.append(MadeTree(world.files, listed=world.root is None))
    if world.root is not None:
        found.append(HostTree(world.root))
    if world.libraries:
        found.append(HostTree(Path("/"), is_library, listed=world.root is None))
    return found


def read_file(world: World, path: str) -> bytes | None:
    """The bytes of the file at a guest's absolute path, or None if the guest sees none there."""
    filesystem = Filesystem(layers(world), lambda: 0)
    try:
        found = filesystem.find(path, "/")
        return filesystem.whole(found.existing, found.path) if found.existing.kind is Kind.FILE else None
    except Failed:
        return None
