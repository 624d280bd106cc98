"""A small deterministic Linux for one single-threaded program: `Kernel.system_call` carries one out.

Every answer is a function of the kernel's state, the registers and the memory, so a replay from a saved state gives the
same again. The guest reaches nothing of the host but the read-only folder it was given, and writes nothing there.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from system_calls import syscalls

from stackglass.emulator.kernel import abi, calls  # noqa: F401  (calls fills the registry)
from stackglass.emulator.kernel.addresses import AddressSpace, AddressSpaceState
from stackglass.emulator.kernel.clock import Clock
from stackglass.emulator.kernel.descriptors import Descriptors, DescriptorsState
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.filesystem import Filesystem, FilesystemState
from stackglass.emulator.kernel.guest import Guest
from stackglass.emulator.kernel.nodes import Layer
from stackglass.emulator.kernel.outcome import CONTINUE, Ended, Failed, Killed, Outcome, Unsupported
from stackglass.emulator.kernel.process import Process
from stackglass.emulator.kernel.randomness import Randomness
from stackglass.emulator.kernel.registry import ENTRIES, Entry
from stackglass.emulator.kernel.signals import Signals, SignalsState
from stackglass.emulator.kernel.special import special_files
from stackglass.emulator.kernel.streams import ReadInput, Streams, StreamsState, WriteOutput
from stackglass.emulator.kernel.world import World, layers
from stackglass.emulator.memory import Memory
from stackglass.errors import UnreadableMemory
from stackglass.isa import Isa


class Cpu(Protocol):
    """What system calls need of the processor: registers by full-width name, and the time in steps."""

    def read(self, register: str) -> int: ...

    def write(self, register: str, value: int) -> None: ...

    @property
    def step(self) -> int: ...


class KernelState(NamedTuple):
    """All that the kernel knows at one moment, as plain values."""

    clock: int
    randomness: int
    streams: StreamsState
    filesystem: FilesystemState
    descriptors: DescriptorsState
    space: AddressSpaceState
    signals: SignalsState
    process: Process
    unsupported: dict[str, int]
    missed_paths: tuple[str, ...]


class Kernel:
    """The kernel of one guest. `heap_start` and `mmap_top` are the loader's; the callbacks are the host's side."""

    def __init__(
        self,
        isa: Isa,
        memory: Memory,
        cpu: Cpu,
        *,
        heap_start: int,
        mmap_top: int | None = None,
        world: World | None = None,
        read_input: ReadInput = lambda size: b"",
        write_output: WriteOutput = lambda stream, data: None,
    ) -> None:
        self.isa = isa
        self.abi = abi.of(isa)
        self.cpu = cpu
        self.memory = memory
        self.guest = Guest(isa, memory)
        self.world = world or World()
        self.clock = Clock(lambda: cpu.step)
        self.randomness = Randomness(self.world.seed)
        self.streams = Streams(read_input, write_output, self.randomness)
        self.filesystem = Filesystem(self._layers(), lambda: self.clock.realtime)
        self.descriptors = Descriptors(self.filesystem, self.streams, self.world.terminals)
        self.space = AddressSpace(
            memory,
            heap_start=heap_start,
            top=isa.mmap_top if mmap_top is None else mmap_top,
            highest=isa.stack_top,
            limit=self.world.memory_limit,
        )
        self.signals = Signals(self.clock)
        self.process = Process(folder=self.world.folder)
        self.unsupported: dict[str, int] = {}
        """How often each system call, or part of one, was asked for that isn't there."""
        self.missed_paths: tuple[str, ...] = ()
        """Paths that the program wanted to open in vain, as it wrote them: what a root folder might have shown."""
        self._names = system_call_names(isa.system_calls.table)
        self._mask = (1 << (8 * isa.word_size)) - 1

    def _layers(self) -> list[Layer]:
        return [special_files(self.world, self.memory), *layers(self.world)]

    # ---- system calls ----

    def system_call(self) -> Outcome:
        """Carries out the system call that the registers ask for, and puts its result where it belongs.

        pc must already stand behind the instruction, and stays.
        """
        try:
            result = self._answer(self.cpu.read(self.isa.system_calls.number) & 0xFFFFFFFF)
            for register, source in self.isa.system_calls.overwrites.items():
                self.cpu.write(register, self.cpu.read(source))
            self._give_back(result)
            self.signals.check_timers()
        except Ended as ended:
            return ended.outcome
        return CONTINUE

    def _give_back(self, result: int) -> None:
        """Puts a result where the program looks for it; one from -4095 to -1 is the negated number of an error."""
        registers = self.isa.system_calls
        if registers.failure is not None:
            register, bit = registers.failure
            failed = -_MOST_ERRORS <= result < 0
            flags = self.cpu.read(register)
            self.cpu.write(register, flags | bit if failed else flags & ~bit)
            result = -result if failed else result
        self.cpu.write(registers.result, result & self._mask)

    def _answer(self, number: int) -> int:
        name = self._names.get(number, f"number {number}")
        name = self.abi.renamed.get(name, name)
        entry = ENTRIES.get(name)
        if entry is None:
            return -self.missing(name)
        try:
            return entry.handler(self, *self.arguments(entry))
        except Failed as failed:
            return -failed.errno
        except UnreadableMemory:
            return -Errno.EFAULT

    def arguments(self, entry: Entry) -> list[int]:
        """The arguments of a system call from the registers, each as its kind says."""
        values: list[int] = []
        at = 0
        for parameter in entry.parameters:
            wide = parameter.kind == "offset" and self.abi.wide_arguments != "register"
            if wide and self.abi.wide_arguments == "aligned pair":
                at += at % 2
            words = 2 if wide else 1
            values.append(self._value(parameter.kind, self.isa.system_calls.arguments[at : at + words]))
            at += words
        return values

    def _value(self, kind: str, registers: Sequence[str]) -> int:
        ordered = registers if self.isa.byte_order == "little" else tuple(reversed(registers))
        value = 0
        for position, register in enumerate(ordered):
            value |= (self.cpu.read(register) & self._mask) << (position * 8 * self.isa.word_size)
        bits = {"int": 32, "uint": 32, "offset": 64}.get(kind, 8 * self.isa.word_size)
        value &= (1 << bits) - 1
        signed = kind in ("int", "long", "offset")
        return value - (1 << bits) if signed and value >> (bits - 1) else value

    def missing(self, what: str) -> Errno:
        """Counts something that isn't there, for the summary; ENOSYS."""
        self.unsupported[what] = self.unsupported.get(what, 0) + 1
        return Errno.ENOSYS

    def inode(self, number: int) -> int:
        """An inode number that fits a long of the program's: plain calls of 32-bit ones would fail for a larger one."""
        return number & self._mask

    def miss(self, path: str, name: str) -> None:
        """Notes that the program looked for a file in vain. What only the dynamic loader looks for is left out."""
        if name not in self.missed_paths and not path.startswith(_LOADER_S):
            self.missed_paths = (*self.missed_paths, name)

    def change_process(self, **changes: object) -> None:
        """Gives the process other values of those fields."""
        self.process = replace(self.process, **changes)  # type: ignore[arg-type]

    def raise_fault(self, number: int, why: str) -> Killed | Unsupported:
        """What becomes of the program after a fault of its own instruction raised signal `number`."""
        return self.signals.raise_fault(number, why)

    # ---- state ----

    def state(self) -> KernelState:
        """All that the kernel knows, as plain values; big parts are shared with earlier states."""
        return KernelState(
            clock=self.clock.state(),
            randomness=self.randomness.state(),
            streams=self.streams.state(),
            filesystem=self.filesystem.state(),
            descriptors=self.descriptors.state(),
            space=self.space.state(),
            signals=self.signals.state(),
            process=self.process,
            unsupported=dict(self.unsupported),
            missed_paths=self.missed_paths,
        )

    def restore(self, state: object) -> None:
        """Puts everything back as it was at `state()`. Mappings, memory and registers are the caller's."""
        assert isinstance(state, KernelState)
        self.clock.restore(state.clock)
        self.randomness.restore(state.randomness)
        self.streams.restore(state.streams)
        self.filesystem.restore(state.filesystem)
        self.descriptors.restore(state.descriptors)
        self.space.restore(state.space)
        self.signals.restore(state.signals)
        self.process = state.process
        self.unsupported = dict(state.unsupported)
        self.missed_paths = state.missed_paths


_MOST_ERRORS = 4095
_LOADER_S = ("/etc/ld.so.", "/lib", "/usr/lib", "/usr/share/locale", "/sys/devices/system/cpu")
"""The C library itself looks for these at its start, in vain on many machines."""


@functools.cache
def system_call_names(table: str) -> Mapping[int, str]:
    """The names of an instruction set's system calls by their number."""
    names: Mapping[int, str] = syscalls().load_reverse_arch_table(table)
    return names
