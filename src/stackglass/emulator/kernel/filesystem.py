"""The guest's file system: read-only layers with a scratch layer on top that takes every change and lives in memory.

Paths are walked here, component by component, links and '..' included; a layer only ever sees canonical paths, so no
path leads out of it. Nothing is ever written to the host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from stackglass.emulator.kernel.contents import Contents, Frozen
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.nodes import Kind, Layer, Node, join, parent
from stackglass.emulator.kernel.outcome import Failed

_LINK_LIMIT = 40
_NAME_LIMIT = 255


class Found(NamedTuple):
    """Where a path leads: the canonical path, and the node there, or None if only its folder exists."""

    path: str
    node: Node | None

    @property
    def existing(self) -> Node:
        """The node; ENOENT if there is none."""
        if self.node is None:
            raise Failed(Errno.ENOENT)
        return self.node


class FilesystemState(NamedTuple):
    """The scratch layer at one moment."""

    names: dict[str, int | None]
    nodes: dict[int, Node]
    contents: dict[int, Frozen]
    next_number: int


class Filesystem:
    """Looks up, makes, changes and removes nodes. `now` tells the time in nanoseconds since 1970."""

    def __init__(self, layers: Sequence[Layer], now: Callable[[], int]) -> None:
        self._layers = tuple(layers)
        self._now = now
        self._names: dict[str, int | None] = {}
        """The scratch layer: canonical path to inode number, None for what the guest removed from a layer below."""
        self._nodes: dict[int, Node] = {}
        self._contents: dict[int, Contents] = {}
        self._next_number = 1

    def state(self) -> FilesystemState:
        """The scratch layer as a value."""
        frozen = {number: contents.freeze() for number, contents in self._contents.items()}
        return FilesystemState(dict(self._names), dict(self._nodes), frozen, self._next_number)

    def restore(self, state: FilesystemState) -> None:
        """Puts the scratch layer back."""
        self._names, self._nodes = dict(state.names), dict(state.nodes)
        self._contents = {number: Contents(frozen) for number, frozen in state.contents.items()}
        self._next_number = state.next_number

    # ---- looking ----

    def find(self, path: str, folder: str, *, follow: bool = True) -> Found:
        """Where `path`, seen from the canonical `folder`, leads. ENOENT if its folder isn't there, ENOTDIR, ELOOP."""
        if not path:
            raise Failed(Errno.ENOENT)
        at = "/" if path.startswith("/") else folder
        rest = [name for name in reversed(path.split("/")) if name]
        must_be_folder = path.endswith(("/", "/."))
        links = 0
        while rest:
            name = rest.pop()
            self._check_folder(at)
            if len(name.encode("utf-8", "surrogateescape")) > _NAME_LIMIT:
                raise Failed(Errno.ENAMETOOLONG)
            step = at if name == "." else parent(at) if name == ".." else join(at, name)
            node = self.node(step)
            if node is None and rest:
                raise Failed(Errno.ENOENT)
            if node is not None and node.kind is Kind.LINK and (rest or follow or must_be_folder):
                links += 1
                if links > _LINK_LIMIT:
                    raise Failed(Errno.ELOOP)
                rest += [name for name in reversed(node.target.split("/")) if name]
                at = "/" if node.target.startswith("/") else at
                continue
            at = step
        node = self.node(at)
        if must_be_folder and node is not None and node.kind is not Kind.DIRECTORY:
            raise Failed(Errno.ENOTDIR)
        return Found(at, node)

    def _check_folder(self, path: str) -> None:
        node = self.node(path)
        if node is None:
            raise Failed(Errno.ENOENT)
        if node.kind is not Kind.DIRECTORY:
            raise Failed(Errno.ENOTDIR)

    def node(self, path: str) -> Node | None:
        """The node at a canonical path, its size up to date, or None."""
        if path in self._names:
            number = self._names[path]
            return None if number is None else self.current(self._nodes[number])
        return self._below(path)

    def current(self, node: Node) -> Node:
        """The node as it is now, for one that was looked up earlier."""
        if node.number not in self._contents:
            return self._nodes.get(node.number, node)
        return replace(self._nodes[node.number], size=self._contents[node.number].size)

    def _below(self, path: str) -> Node | None:
        if self._is_hidden(parent(path)):
            return None
        return next((node for layer in self._layers if (node := layer.node(path)) is not None), None)

    def _is_hidden(self, path: str) -> bool:
        """Whether the guest removed `path`, or a folder above it, from the layers below, or made it anew."""
        while path != "/":
            if path in self._names:
                return True
            path = parent(path)
        return False

    def names(self, path: str) -> tuple[str, ...]:
        """The sorted names in the folder at a canonical path."""
        found: set[str] = set()
        if not self._is_hidden(path):
            found.update(name for layer in self._listing(path) for name in layer.names(path))
        for known, number in self._names.items():
            if known != "/" and parent(known) == path:
                name = known.rpartition("/")[2]
                (found.discard if number is None else found.add)(name)
        return tuple(sorted(found))

    def _listing(self, path: str) -> list[Layer]:
        """The layers whose names are told of a folder."""
        having = [layer for layer in self._layers if layer.node(path) is not None]
        return [layer for layer in having if layer.listed] or having

    def links_to(self, node: Node) -> int:
        """How many names a file has; 0 once it is removed."""
        if node.number not in self._nodes:
            return 1
        return sum(number == node.number for number in self._names.values())

    # ---- bytes ----

    def read(self, node: Node, path: str, offset: int, size: int) -> bytes:
        """Bytes of a file."""
        if node.number in self._contents:
            return self._contents[node.number].read(offset, size)
        return self.whole(node, path)[offset : offset + size]

    def whole(self, node: Node, path: str) -> bytes:
        """All bytes of a file."""
        if node.number in self._contents:
            contents = self._contents[node.number]
            return contents.read(0, contents.size)
        layer = next(layer for layer in self._layers if layer.node(path) is not None)
        return layer.contents(path)

    def write(self, node: Node, offset: int, data: bytes) -> None:
        """Writes into a scratch file."""
        self._contents[node.number].write(offset, data)
        self._touch(node.number)

    def resize(self, node: Node, size: int) -> None:
        """Cuts or lengthens a scratch file."""
        self._contents[node.number].resize(size)
        self._touch(node.number)

    def writable(self, found: Found) -> Node:
        """The scratch file that stands for `found` from now on: a file from below is copied up first."""
        node = found.existing
        if node.number in self._contents:
            return node
        data = self.whole(node, found.path)
        return self._enter(found.path, replace(node, number=self._number()), Contents.of(data))

    # ---- changing ----

    def make(self, path: str, kind: Kind, permissions: int, target: str = "") -> Node:
        """A new file, folder or link at the canonical `path`, where nothing is."""
        self._check_folder(parent(path))
        node = Node(kind, self._number(), permissions & 0o7777, self._now(), len(target), target)
        return self._enter(path, node, Contents() if kind is Kind.FILE else None)

    def make_nameless(self, permissions: int) -> Node:
        """A file without a name, as O_TMPFILE makes it."""
        node = Node(Kind.FILE, self._number(), permissions & 0o7777, self._now())
        self._nodes[node.number], self._contents[node.number] = node, Contents()
        return node

    def change(self, found: Found, *, permissions: int | None = None, modified: int | None = None) -> None:
        """Gives a node other permissions or another time; a file from below is copied up first."""
        node = found.existing
        if node.number not in self._nodes:
            if node.kind is not Kind.FILE:
                raise Failed(Errno.EROFS)
            node = self.writable(found)
        changed = self._nodes[node.number]
        if permissions is not None:
            changed = replace(changed, permissions=permissions & 0o7777)
        self._nodes[node.number] = replace(changed, modified=changed.modified if modified is None else modified)

    def link(self, found: Found, path: str) -> None:
        """A second name for a file."""
        self._check_folder(parent(path))
        self._names[path] = self.writable(found).number

    def remove(self, path: str) -> None:
        """Takes a name away. What is open stays readable."""
        if any(layer.node(path) is not None for layer in self._layers):
            self._names[path] = None
        else:
            self._names.pop(path, None)

    def move(self, old: str, new: str) -> None:
        """Another name for what is at `old`, and for all below it. EXDEV for a folder from a layer below."""
        found = Found(old, self.node(old))
        node = found.existing
        if node.number not in self._nodes:
            if node.kind is not Kind.FILE:
                raise Failed(Errno.EXDEV)
            node = self.writable(found)
        inside = [path for path in self._names if path.startswith(f"{old}/")]
        for path in inside:
            self._names[new + path[len(old) :]] = self._names.pop(path)
        self.remove(old)
        self._names[new] = node.number

    def forget(self, in_use: frozenset[int]) -> None:
        """Frees the files that have neither a name nor an open descriptor."""
        named = set(self._names.values())
        for number in [number for number in self._nodes if number not in named and number not in in_use]:
            del self._nodes[number]
            self._contents.pop(number, None)

    def _enter(self, path: str, node: Node, contents: Contents | None) -> Node:
        self._names[path] = node.number
        self._nodes[node.number] = node
        if contents is not None:
            self._contents[node.number] = contents
        return self.current(node)

    def _number(self) -> int:
        self._next_number += 1
        return self._next_number

    def _touch(self, number: int) -> None:
        self._nodes[number] = replace(self._nodes[number], modified=self._now())
