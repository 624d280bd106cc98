"""What a descriptor can be open on besides a file: standard streams, devices and pipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Ended, Failed, Interrupted, Unsupported
from stackglass.emulator.kernel.randomness import Randomness

ReadInput = Callable[[int], bytes]
"""`read(n)` gives 1 to n bytes of standard input, waiting for them if need be, or b"" at its end. A KeyboardInterrupt
from it ends the run."""
WriteOutput = Callable[[int, bytes], None]
"""`write(1, data)` takes what the program wrote to standard output, `write(2, data)` to standard error."""

STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}
PIPE_CAPACITY = 65536


class StreamsState(NamedTuple):
    """How far standard input was read, in answers, and what the pipes hold."""

    inputs_read: int
    pipes: dict[int, bytes]
    next_pipe: int


class Streams:
    """Standard input and output, devices and pipes. Input once read is kept, so that a replay reads the same again."""

    def __init__(self, read_input: ReadInput, write_output: WriteOutput, randomness: Randomness) -> None:
        self._read_input = read_input
        self._write_output = write_output
        self._randomness = randomness
        self._inputs: list[bytes | None] = []
        """What was read, piece by piece; None where the run was interrupted instead."""
        self._inputs_read = 0
        self._pipes: dict[int, bytes] = {}
        self._next_pipe = 0

    def state(self) -> StreamsState:
        """The streams as a value. The input itself is not part of it: it is kept for good."""
        return StreamsState(self._inputs_read, dict(self._pipes), self._next_pipe)

    def restore(self, state: StreamsState) -> None:
        """Goes back to that point of the input, and to what the pipes held."""
        self._inputs_read, self._next_pipe = state.inputs_read, state.next_pipe
        self._pipes = dict(state.pipes)

    def read_device(self, name: str, size: int) -> bytes:
        """Reads from a stream or device by its name."""
        if name == "stdin":
            return self._next_input(size)
        if name in ("zero", "full"):
            return bytes(size)
        if name == "random":
            return self._randomness.take(size)
        if name == "null":
            return b""
        raise Failed(Errno.EBADF)

    def write_device(self, name: str, data: bytes) -> int:
        """Writes to a stream or device; how many bytes it took."""
        if name == "full":
            raise Failed(Errno.ENOSPC)
        if name in ("stdout", "stderr") and data:
            self._write_output(STREAMS[name], data)
        return len(data)

    def _next_input(self, size: int) -> bytes:
        if not size:
            return b""
        if self._inputs_read == len(self._inputs):
            self._inputs.append(self._asked(size))
        self._inputs_read += 1
        piece = self._inputs[self._inputs_read - 1]
        if piece is None:
            raise Ended(Interrupted("interrupted while the program waited for input"))
        return piece

    def _asked(self, size: int) -> bytes | None:
        try:
            return self._read_input(size)[:size]
        except KeyboardInterrupt:
            return None

    # ---- pipes ----

    def make_pipe(self) -> int:
        """The number of a new, empty pipe."""
        self._next_pipe += 1
        self._pipes[self._next_pipe] = b""
        return self._next_pipe

    def pipe_size(self, number: int) -> int:
        """How many bytes wait in a pipe."""
        return len(self._pipes[number])

    def read_pipe(self, number: int, size: int, *, has_writer: bool, may_wait: bool) -> bytes:
        """What was written first; b"" at the end. Only the program could fill an empty pipe: it would hang."""
        waiting = self._pipes[number]
        if not waiting and has_writer and size:
            self._would_wait(may_wait, "reads from an empty pipe whose other end only it holds")
        self._pipes[number] = waiting[size:]
        return waiting[:size]

    def write_pipe(self, number: int, data: bytes, *, may_wait: bool) -> int:
        """Takes what fits; a full pipe would wait for ever for a reader, as there is no other process."""
        waiting = self._pipes[number]
        room = PIPE_CAPACITY - len(waiting)
        if len(data) > room and (may_wait or not room):
            self._would_wait(may_wait, "writes to a full pipe whose other end only it holds")
        self._pipes[number] = waiting + data[:room]
        return min(len(data), room)

    def close_pipe(self, number: int) -> None:
        """Forgets a pipe that nobody has open."""
        self._pipes.pop(number, None)

    @staticmethod
    def _would_wait(may_wait: bool, what: str) -> None:
        if not may_wait:
            raise Failed(Errno.EAGAIN)
        raise Ended(Unsupported(f"the program {what}: it would wait for ever"))
