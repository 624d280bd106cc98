"""The table of open descriptors, and what they are open on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.filesystem import Filesystem
from stackglass.emulator.kernel.nodes import Kind, Node, number_of
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.streams import STREAMS, Streams

READ_ONLY, WRITE_ONLY, READ_WRITE, ACCESS_MODE = 0, 1, 2, 3
APPEND, NON_BLOCKING = 0o2000, 0o4000
LIMIT = 1024


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file description: duplicates of a descriptor share it. `names` is a folder's listing at its opening."""

    node: Node
    path: str
    flags: int
    offset: int = 0
    pipe: int = 0
    names: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether it was opened for reading."""
        return self.flags & ACCESS_MODE in (READ_ONLY, READ_WRITE)

    @property
    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return self.flags & ACCESS_MODE in (WRITE_ONLY, READ_WRITE)

    @property
    def seekable(self) -> bool:
        """Whether it has a position."""
        return self.node.kind in (Kind.FILE, Kind.DIRECTORY) or self.node.target in ("null", "zero", "full", "random")


class Descriptor(NamedTuple):
    """A descriptor: which open file it is, and whether exec would close it."""

    file: int
    close_on_exec: bool = False


class DescriptorsState(NamedTuple):
    """The tables as values."""

    descriptors: dict[int, Descriptor]
    files: dict[int, OpenFile]
    next_file: int


class Descriptors:
    """Descriptors 0, 1 and 2 are there from the start; `terminals` are those of them that say they are a terminal."""

    def __init__(self, filesystem: Filesystem, streams: Streams, terminals: frozenset[int]) -> None:
        self._filesystem = filesystem
        self._streams = streams
        self._terminals = terminals
        self._descriptors: dict[int, Descriptor] = {}
        self._files: dict[int, OpenFile] = {}
        self._next_file = 0
        for name, number in STREAMS.items():
            self.add(OpenFile(self.stream_node(name), f"/dev/{name}", WRITE_ONLY if number else READ_ONLY))

    def stream_node(self, name: str) -> Node:
        """The node of a standard stream: a character device if it is a terminal, else a pipe."""
        kind = Kind.CHARACTER if STREAMS[name] in self._terminals else Kind.FIFO
        return Node(kind, number_of(f"/dev/{name}"), 0o620 if kind is Kind.CHARACTER else 0o600, target=name)

    def is_terminal(self, file: OpenFile) -> bool:
        """Whether an open file is a terminal."""
        return STREAMS.get(file.node.target) in self._terminals

    def state(self) -> DescriptorsState:
        """The tables as values."""
        return DescriptorsState(dict(self._descriptors), dict(self._files), self._next_file)

    def restore(self, state: DescriptorsState) -> None:
        """Puts the tables back."""
        self._descriptors, self._files = dict(state.descriptors), dict(state.files)
        self._next_file = state.next_file

    # ---- descriptors ----

    def descriptor(self, number: int) -> Descriptor:
        """The descriptor, or EBADF."""
        if number not in self._descriptors:
            raise Failed(Errno.EBADF)
        return self._descriptors[number]

    def file(self, number: int) -> OpenFile:
        """What a descriptor is open on, or EBADF."""
        return self._files[self.descriptor(number).file]

    def add(self, file: OpenFile, *, close_on_exec: bool = False) -> int:
        """The lowest free descriptor, now open on `file`. EMFILE if there is none."""
        number = self.lowest_free()
        self._next_file += 1
        self._files[self._next_file] = file
        self._descriptors[number] = Descriptor(self._next_file, close_on_exec)
        return number

    def lowest_free(self, start: int = 0) -> int:
        """The lowest descriptor from `start` on that isn't open. EMFILE from 1024 on."""
        number = next(number for number in range(start, max(start, LIMIT) + 1) if number not in self._descriptors)
        if number >= LIMIT:
            raise Failed(Errno.EMFILE)
        return number

    def duplicate(self, old: int, new: int, *, close_on_exec: bool = False) -> int:
        """Makes `new` mean what `old` means; what `new` was open on is closed."""
        descriptor = self.descriptor(old)
        if not 0 <= new < LIMIT:
            raise Failed(Errno.EBADF)
        if new in self._descriptors and new != old:
            self.close(new)
        self._descriptors[new] = Descriptor(descriptor.file, close_on_exec)
        return new

    def set_close_on_exec(self, number: int, value: bool) -> None:
        """Sets the descriptor's only flag."""
        self._descriptors[number] = Descriptor(self.descriptor(number).file, value)

    def close(self, number: int) -> None:
        """Closes a descriptor, and forgets what nothing is open on any more."""
        file = self.descriptor(number).file
        del self._descriptors[number]
        if any(descriptor.file == file for descriptor in self._descriptors.values()):
            return
        pipe = self._files.pop(file).pipe
        if pipe and not any(other.pipe == pipe for other in self._files.values()):
            self._streams.close_pipe(pipe)
        self.forget_unused()

    def forget_unused(self) -> None:
        """Frees what files hold that have neither a name nor a descriptor."""
        self._filesystem.forget(frozenset(file.node.number for file in self._files.values()))

    def numbers(self) -> tuple[int, ...]:
        """The open descriptors."""
        return tuple(sorted(self._descriptors))

    def update(self, number: int, *, offset: int | None = None, flags: int | None = None) -> None:
        """Moves the position, or changes the status flags, of what a descriptor is open on."""
        key = self.descriptor(number).file
        file = self._files[key]
        self._files[key] = replace(
            file, offset=file.offset if offset is None else offset, flags=file.flags if flags is None else flags
        )

    # ---- bytes ----

    def read(self, file: OpenFile, offset: int, size: int) -> bytes:
        """Bytes from a file's `offset`, or the next of a stream. EBADF if it isn't open for reading, EISDIR."""
        if not file.readable:
            raise Failed(Errno.EBADF)
        if file.node.kind is Kind.DIRECTORY:
            raise Failed(Errno.EISDIR)
        if file.pipe:
            return self._streams.read_pipe(
                file.pipe, size, has_writer=self._pipe_is_open(file.pipe, WRITE_ONLY), may_wait=_may_wait(file)
            )
        if file.node.kind is Kind.FILE:
            return self._filesystem.read(file.node, file.path, offset, size)
        return self._streams.read_device(file.node.target, size)

    def write(self, file: OpenFile, offset: int, data: bytes) -> int:
        """Writes into a file at `offset`, or to a stream; how many bytes. EBADF if it isn't open for writing, EPIPE."""
        if not file.writable:
            raise Failed(Errno.EBADF)
        if file.pipe:
            if not self._pipe_is_open(file.pipe, READ_ONLY):
                raise Failed(Errno.EPIPE)
            return self._streams.write_pipe(file.pipe, data, may_wait=_may_wait(file))
        if file.node.kind is Kind.FILE:
            self._filesystem.write(file.node, offset, data)
            return len(data)
        return self._streams.write_device(file.node.target, data)

    def _pipe_is_open(self, pipe: int, access: int) -> bool:
        return any(file.pipe == pipe and file.flags & ACCESS_MODE == access for file in self._files.values())


def _may_wait(file: OpenFile) -> bool:
    return not file.flags & NON_BLOCKING
