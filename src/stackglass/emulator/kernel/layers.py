"""Where the guest's files come from, read-only: a folder of the host, its libraries, and files that are made up."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.nodes import Kind, Node, join, number_of, parent
from stackglass.emulator.kernel.outcome import Failed

FILE_LIMIT = 1 << 30
"""A larger file of the host is not read: EFBIG."""

_LIBRARY_FOLDERS = ("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib")
_ALTERNATIVES = "/etc/alternatives"
_LIBRARY_NAME = re.compile(r".*\.so(\.\d+)*")


def is_library(path: str, kind: Kind) -> bool:
    """Whether a canonical path is one that the dynamic loader needs: a folder of libraries, a library, or its cache."""
    if path == "/etc/ld.so.cache":
        return True
    folders = (*_LIBRARY_FOLDERS, _ALTERNATIVES)
    if any(f"{folder}/".startswith(f"{path.rstrip('/')}/") for folder in folders):
        return True
    if not any(path.startswith(f"{folder}/") for folder in folders):
        return False
    return kind is Kind.DIRECTORY or _LIBRARY_NAME.fullmatch(path.rpartition("/")[2]) is not None


class HostTree:
    """A folder of the host as the guest's '/'. What was once looked at is kept, so that a replay sees the same.

    Links are handed on as links and never followed here, so nothing outside the folder can be reached through one.
    """

    def __init__(self, folder: Path, shows: Callable[[str, Kind], bool] | None = None, *, listed: bool = True) -> None:
        self.listed = listed
        self._folder = folder
        self._shows = shows
        self._nodes: dict[str, Node | None] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._contents: dict[str, bytes] = {}

    def node(self, path: str) -> Node | None:
        """The node at `path`, or None where there is nothing or nothing that may be seen."""
        if path not in self._nodes:
            self._nodes[path] = self._look_up(path)
        return self._nodes[path]

    def names(self, path: str) -> tuple[str, ...]:
        """The sorted names in a folder that may be seen."""
        if path not in self._names:
            self._names[path] = self._list(path)
        return self._names[path]

    def contents(self, path: str) -> bytes:
        """The bytes of a regular file, as they were when it was first opened."""
        if path not in self._contents:
            self._contents[path] = self._read(path)
        return self._contents[path]

    def _look_up(self, path: str) -> Node | None:
        if not self._is_in_folder(path):
            return None
        try:
            found = self._host(path).lstat() if path != "/" else self._folder.stat()
            target = str(self._host(path).readlink()) if stat.S_ISLNK(found.st_mode) else ""
        except (OSError, ValueError):
            return None
        kind = Kind(stat.S_IFMT(found.st_mode))
        if self._shows is not None and not self._shows(path, kind):
            return None
        size = len(target) if target else found.st_size
        return Node(kind, number_of(path), found.st_mode & 0o777, found.st_mtime_ns, size, target)

    def _is_in_folder(self, path: str) -> bool:
        """Whether every folder on the way to `path` is a folder and no link."""
        if path == "/":
            return True
        above = self.node(parent(path))
        return above is not None and above.kind is Kind.DIRECTORY

    def _list(self, path: str) -> tuple[str, ...]:
        node = self.node(path)
        if node is None or node.kind is not Kind.DIRECTORY:
            return ()
        try:
            names = sorted(entry.name for entry in self._host(path).iterdir())
        except OSError:
            return ()
        return tuple(name for name in names if self.node(join(path, name)) is not None)

    def _read(self, path: str) -> bytes:
        """Reads a regular file; O_NOFOLLOW and O_NONBLOCK hold even if the host changes it into something else."""
        try:
            descriptor = os.open(self._host(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            raise Failed(Errno.EACCES) from None
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Failed(Errno.EACCES)
            if status.st_size > FILE_LIMIT:
                raise Failed(Errno.EFBIG)
            try:
                return file.read()
            except OSError:
                raise Failed(Errno.EIO) from None

    def _host(self, path: str) -> Path:
        return self._folder / path.lstrip("/")


class MadeTree:
    """Files, devices and links that exist for the guest only. Contents may be made when asked for."""

    def __init__(
        self,
        files: Mapping[str, bytes | Callable[[], bytes]],
        devices: Mapping[str, str] | None = None,
        links: Mapping[str, str] | None = None,
        folders: tuple[str, ...] = (),
        *,
        permissions: int = 0o555,
        listed: bool = True,
    ) -> None:
        self.listed = listed
        self._files = dict(files)
        self._nodes: dict[str, Node] = {}
        for path, data in files.items():
            self._add(path, Kind.FILE, permissions, size=len(data) if isinstance(data, bytes) else 0)
        for path, name in (devices or {}).items():
            self._add(path, Kind.CHARACTER, 0o666, target=name)
        for path, target in (links or {}).items():
            self._add(path, Kind.LINK, 0o777, size=len(target), target=target)
        for path in folders:
            self._add(path, Kind.DIRECTORY, 0o755)

    def _add(self, path: str, kind: Kind, permissions: int, size: int = 0, target: str = "") -> None:
        self._nodes[path] = Node(kind, number_of(path), permissions, 0, size, target)
        while path != "/":
            path = parent(path)
            self._nodes.setdefault(path, Node(Kind.DIRECTORY, number_of(path), 0o755))

    def node(self, path: str) -> Node | None:
        """The node at `path`, or None."""
        return self._nodes.get(path)

    def names(self, path: str) -> tuple[str, ...]:
        """The sorted names in a folder."""
        return tuple(sorted(name.rpartition("/")[2] for name in self._nodes if name != "/" and parent(name) == path))

    def contents(self, path: str) -> bytes:
        """A file's bytes; made-up ones anew at each call."""
        data = self._files[path]
        return data if isinstance(data, bytes) else data()
