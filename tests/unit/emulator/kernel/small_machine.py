"""A kernel over real guest memory without an engine: registers in a dictionary, system calls by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from system_calls import syscalls

from stackglass import isa as instruction_sets
from stackglass.emulator.kernel import CONTINUE, Kernel, Outcome, World
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.memory import Mapping, Memory
from stackglass.model import RegionKind

ISA = instruction_sets.get("x86_64")
HEAP = 0x500000
SCRATCH = 0x10000000
SCRATCH_SIZE = 0x40000
READ_ONLY = 0x20000000
CURRENT_FOLDER = -100
CREATE, WRITE_ONLY, READ_WRITE, TRUNCATE, APPEND, EXCLUSIVE = 0o100, 1, 2, 0o1000, 0o2000, 0o200


class Unwatched:
    """A backing that nobody looks at."""

    def attach(self, mapping: Mapping) -> None:
        """Nothing to do."""

    def detach(self, mapping: Mapping) -> None:
        """Nothing to do."""

    def note_write(self, address: int, size: int) -> None:
        """Nothing to do."""


class Registers:
    """Registers and a step counter that tests set."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.step = 0

    def read(self, register: str) -> int:
        return self.values.get(register, 0)

    def write(self, register: str, value: int) -> None:
        assert 0 <= value < 1 << 64
        self.values[register] = value


class SmallMachine:
    """A kernel with 256 KiB of scratch memory; `call` carries out a system call by its name."""

    def __init__(self, world: World | None = None, inputs: Iterable[bytes] = ()) -> None:
        self.memory = Memory(Unwatched())
        self.memory.map(SCRATCH, SCRATCH_SIZE, "rw-", kind=RegionKind.MMAP, name="scratch")
        self.memory.map(READ_ONLY, 4096, "r--", kind=RegionKind.RODATA, name="constants")
        self.registers = Registers()
        self.written: list[tuple[int, bytes]] = []
        self._inputs = iter(inputs)
        self._free = SCRATCH
        self.kernel = Kernel(
            ISA,
            self.memory,
            self.registers,
            heap_start=HEAP,
            world=world,
            read_input=lambda size: next(self._inputs, b"")[:size],
            write_output=lambda stream, data: self.written.append((stream, data)),
        )

    def outcome(self, name: str, *arguments: int | str | bytes) -> Outcome:
        """Carries out a call; strings and bytes are put in memory and handed over by their address."""
        numbers = [self._number(argument) for argument in arguments]
        registers = ISA.system_calls.arguments
        for register, number in zip(registers, [*numbers, *[0] * 6][:6], strict=True):
            self.registers.write(register, number & (1 << 64) - 1)
        self.registers.write("rax", syscalls().get(name, ISA.system_calls.table))
        return self.kernel.system_call()

    def call(self, name: str, *arguments: int | str | bytes) -> int:
        """The signed result of a call after which the program goes on."""
        assert self.outcome(name, *arguments) is CONTINUE
        result = self.registers.read("rax")
        return result - (1 << 64) if result >> 63 else result

    def error(self, name: str, *arguments: int | str | bytes) -> Errno:
        """The error that a call fails with."""
        result = self.call(name, *arguments)
        assert result < 0, f"{name} gave {result}"
        return Errno(-result)

    def _number(self, argument: int | str | bytes) -> int:
        if isinstance(argument, int):
            return argument
        return self.put(argument.encode() + b"\0" if isinstance(argument, str) else argument)

    def put(self, data: bytes) -> int:
        """Puts bytes into scratch memory; their address."""
        address = self.room(len(data))
        self.memory.write(address, data)
        return address

    def room(self, size: int) -> int:
        """The address of so many unused bytes."""
        address = self._free
        self._free += (size + 15) & -16
        if self._free > SCRATCH + SCRATCH_SIZE:
            self._free = SCRATCH
            return self.room(size)
        return address

    def open(self, path: str, flags: int = 0, mode: int = 0o644) -> int:
        """Opens a file; its descriptor."""
        descriptor = self.call("openat", CURRENT_FOLDER, path, flags, mode)
        assert descriptor >= 0, Errno(-descriptor).name
        return descriptor

    def read(self, descriptor: int, size: int = 4096) -> bytes:
        """What one read gives."""
        buffer = self.room(size)
        count = self.call("read", descriptor, buffer, size)
        assert count >= 0, Errno(-count).name
        return self.memory.read(buffer, count) if count else b""

    def write(self, descriptor: int, data: bytes) -> int:
        """How much one write took."""
        return self.call("write", descriptor, data, len(data))

    def make(self, path: str, data: bytes) -> None:
        """Makes a file."""
        descriptor = self.open(path, CREATE | WRITE_ONLY | TRUNCATE)
        assert self.write(descriptor, data) == len(data)
        assert self.call("close", descriptor) == 0

    def contents(self, path: str) -> bytes:
        """All of a file."""
        descriptor = self.open(path)
        pieces = []
        while piece := self.read(descriptor):
            pieces.append(piece)
        self.call("close", descriptor)
        return b"".join(pieces)


Setup = Callable[[], SmallMachine]
