"""What a path of the guest leads to: a node, and the layers that nodes come from."""

from __future__ import annotations

import enum
import zlib
from dataclasses import dataclass
from typing import Protocol


class Kind(enum.IntEnum):
    """The sort of a node; the numbers are the S_IFMT bits of `st_mode`."""

    FIFO = 0o010000
    CHARACTER = 0o020000
    DIRECTORY = 0o040000
    BLOCK = 0o060000
    FILE = 0o100000
    LINK = 0o120000
    SOCKET = 0o140000

    @property
    def directory_type(self) -> int:
        """The number of `d_type` in a directory entry."""
        return int(self) >> 12


@dataclass(frozen=True, slots=True)
class Node:
    """A file, folder, link, device or stream. `number` is its inode; `target` a link's target or a device's name."""

    kind: Kind
    number: int
    permissions: int
    modified: int = 0
    """Nanoseconds since 1970."""
    size: int = 0
    target: str = ""

    @property
    def mode(self) -> int:
        """`st_mode`."""
        return int(self.kind) | self.permissions

    @property
    def readable(self) -> bool:
        """Whether the program, which owns everything it sees, may read it."""
        return bool(self.permissions & 0o400)

    @property
    def writable(self) -> bool:
        """Whether the program may write it."""
        return bool(self.permissions & 0o200)


class Layer(Protocol):
    """A tree of read-only nodes. Paths are absolute and canonical: no '.', '..', link or double slash in them.

    Names of a layer that isn't `listed` are told only of folders that no listed layer has: they can be opened all the
    same.
    """

    listed: bool

    def node(self, path: str) -> Node | None:
        """The node at `path`, links not followed, or None."""
        ...

    def names(self, path: str) -> tuple[str, ...]:
        """The names in the folder at `path`; empty if it is none."""
        ...

    def contents(self, path: str) -> bytes:
        """The bytes of the file at `path`. Failed(EACCES, EIO ...) if they can't be had."""
        ...


def number_of(path: str) -> int:
    """The inode number of a node that no scratch file stands for: always the same for one path."""
    return (1 << 32) | zlib.crc32(path.encode("utf-8", "surrogateescape"))


def join(folder: str, name: str) -> str:
    """The canonical path of `name` in the canonical `folder`."""
    return f"{folder.rstrip('/')}/{name}"


def parent(path: str) -> str:
    """The canonical path of the folder that holds `path`; '/' for itself."""
    return path.rpartition("/")[0] or "/"
