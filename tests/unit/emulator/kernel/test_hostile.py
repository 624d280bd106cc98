"""Any system call with any arguments is answered or ends the program: nothing of ours breaks, no memory is eaten."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from system_calls import syscalls

from stackglass.emulator.kernel import Continue, World
from stackglass.emulator.kernel.registry import ENTRIES
from tests.unit.emulator.kernel.small_machine import HEAP, ISA, READ_ONLY, SCRATCH, SCRATCH_SIZE, SmallMachine

PATHS = SCRATCH + 0x30000
WORDS = st.one_of(
    st.integers(-3, 10),
    st.sampled_from(
        [SCRATCH, SCRATCH + 0x1000, SCRATCH + SCRATCH_SIZE - 4, PATHS, PATHS + 16, PATHS + 32, READ_ONLY, HEAP]
    ),
    st.sampled_from(
        [-100, 0x22, 0x32, 0o102, 4096, 0x541B, 0x1000, 1 << 20, 1 << 31, 1 << 32, 1 << 40, 1 << 47, 1 << 62, 1 << 63]
    ),
    st.integers(0, (1 << 64) - 1),
)
CALLS = st.lists(st.tuples(st.sampled_from(sorted(ENTRIES)), st.lists(WORDS, min_size=6, max_size=6)), max_size=30)
LEAVES_MEMORY = 3 << 30


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    """An address space in which a call that takes gigabytes fails."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with Path("/proc/self/statm").open() as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + LEAVES_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@given(CALLS)
@settings(max_examples=300)
def test_any_call_is_answered(calls: list[tuple[str, list[int]]]) -> None:
    machine = SmallMachine(World(files={"/given": b"given"}, memory_limit=1 << 30), inputs=[b"input"])
    machine.memory.write(PATHS, b"/given\0".ljust(16, b"\0") + b"new\0".ljust(16, b"\0") + b"/dev/zero\0")
    machine.memory.write(SCRATCH + 0x1000, (1 << 61).to_bytes(8, "little") + bytes(8))
    for path, flags in (("/given", 0), ("/dev/zero", 2), ("/new", 0o102), ("/tmp", 0)):
        machine.open(path, flags)
    assert machine.call("pipe2", machine.room(8), 0o4000) == 0
    registers = ISA.system_calls.arguments
    numbers = syscalls()
    for name, words in calls:
        machine.registers.step += 1_000_000
        number = numbers.get(name, "x86_64") if name in _ON_X86_64 else 9999
        machine.registers.write("rax", number)
        for register, word in zip(registers, words, strict=True):
            machine.registers.write(register, word & (1 << 64) - 1)
        if not isinstance(machine.kernel.system_call(), Continue):
            continue
        result = machine.registers.read("rax")
        assert name == "lseek" or result < 1 << 47 or result > (1 << 64) - 4096, f"{name}{words} gave {result:#x}"
        machine.kernel.restore(machine.kernel.state())


_ON_X86_64 = {name for name in ENTRIES if name in syscalls().load_arch_table("x86_64")}
