"""Time, identity, limits, threads and ends: what the one process is told of itself and of the machine."""

from __future__ import annotations

import struct

import pytest

from stackglass.emulator.kernel import Exited, Unsupported, World
from stackglass.emulator.kernel.clock import EPOCH
from stackglass.emulator.kernel.errno import Errno
from tests.unit.emulator.kernel.small_machine import SmallMachine

SECOND = 1_000_000_000


@pytest.fixture
def machine() -> SmallMachine:
    return SmallMachine()


def clock(machine: SmallMachine, number: int) -> int:
    buffer = machine.room(16)
    assert machine.call("clock_gettime", number, buffer) == 0
    seconds, nanoseconds = struct.unpack("<qq", machine.memory.read(buffer, 16))
    assert 0 <= nanoseconds < SECOND
    return int(seconds * SECOND + nanoseconds)


def test_a_step_is_a_nanosecond(machine: SmallMachine) -> None:
    machine.registers.step = 3 * SECOND + 5
    assert clock(machine, 0) == (EPOCH + 3) * SECOND + 5
    assert clock(machine, 1) == clock(machine, 2) == 3 * SECOND + 5
    assert machine.call("time", 0) == EPOCH + 3
    assert machine.call("times", 0) == (EPOCH + 3) * 100
    assert machine.error("clock_gettime", 99, machine.room(16)) is Errno.EINVAL


def test_sleep_passes_on_the_clock_and_not_in_processor_time(machine: SmallMachine) -> None:
    assert machine.call("nanosleep", struct.pack("<qq", 2, 500), 0) == 0
    assert (clock(machine, 1), clock(machine, 2)) == (2 * SECOND + 500, 0)
    until = struct.pack("<qq", 10, 0)
    assert machine.call("clock_nanosleep", 1, 1, until, 0) == 0
    assert clock(machine, 1) == 10 * SECOND
    assert machine.call("clock_nanosleep", 1, 1, until, 0) == 0
    assert clock(machine, 1) == 10 * SECOND
    assert machine.error("nanosleep", struct.pack("<qq", 0, SECOND), 0) is Errno.EINVAL
    assert machine.error("nanosleep", struct.pack("<qq", -1, 0), 0) is Errno.EINVAL


def test_random_bytes_come_from_the_seed() -> None:
    def some(seed: int) -> list[bytes]:
        machine = SmallMachine(World(seed=seed))
        buffer = machine.room(32)
        pieces = []
        for _ in range(2):
            assert machine.call("getrandom", buffer, 32, 0) == 32
            pieces.append(machine.memory.read(buffer, 32))
        return pieces

    assert some(1) == some(1)
    assert len({*some(1), *some(2)}) == 4
    machine = SmallMachine()
    assert machine.error("getrandom", 8, 32, 0) is Errno.EFAULT
    assert machine.error("getrandom", machine.room(8), 8, 8) is Errno.EINVAL


def test_the_stack_limit_is_the_stacks() -> None:
    machine = SmallMachine(World(stack_limit=123 << 12))
    buffer = machine.room(16)
    assert machine.call("prlimit64", 0, 3, 0, buffer) == 0
    assert struct.unpack("<QQ", machine.memory.read(buffer, 16)) == (123 << 12, 123 << 12)
    assert machine.call("getrlimit", 3, buffer) == 0
    assert struct.unpack("<QQ", machine.memory.read(buffer, 16)) == (123 << 12, 123 << 12)
    assert machine.error("prlimit64", 0, 3, struct.pack("<QQ", 1 << 30, 1 << 30), 0) is Errno.EPERM
    assert machine.error("prlimit64", 5, 3, 0, buffer) is Errno.ESRCH
    assert machine.error("getrlimit", 77, buffer) is Errno.EINVAL
    assert machine.kernel.unsupported == {}
    assert machine.call("setrlimit", 3, struct.pack("<QQ", 1 << 12, 1 << 12)) == 0
    assert machine.kernel.unsupported == {"setrlimit of resource 3": 1}


def test_the_name_of_the_machine(machine: SmallMachine) -> None:
    buffer = machine.room(6 * 65)
    assert machine.call("uname", buffer) == 0
    fields = [machine.memory.read(buffer + 65 * at, 65).rstrip(b"\0") for at in range(6)]
    assert fields == [b"Linux", b"stackglass", b"6.1.0", b"#1 SMP", b"x86_64", b"(none)"]


def test_sysinfo_fills_its_structure_and_no_more(machine: SmallMachine) -> None:
    buffer = machine.put(b"\xee" * 120)
    assert machine.call("sysinfo", buffer) == 0
    data = machine.memory.read(buffer, 120)
    uptime, *loads, total, free = struct.unpack_from("<qQQQQQ", data)
    assert (uptime, loads, total) == (0, [0, 0, 0], 4 << 30)
    assert 0 < free < total
    assert struct.unpack_from("<H", data, 80) == (1,)
    assert struct.unpack_from("<QQI", data, 88) == (0, 0, 1)
    assert data[112:] == b"\xee" * 8


def test_the_thread_pointer(machine: SmallMachine) -> None:
    buffer = machine.room(8)
    assert machine.call("arch_prctl", 0x1002, 0x7FFFF000) == 0
    assert machine.registers.read("fs_base") == 0x7FFFF000
    assert machine.call("arch_prctl", 0x1003, buffer) == 0
    assert machine.memory.read(buffer, 8) == struct.pack("<Q", 0x7FFFF000)
    assert machine.error("arch_prctl", 0x1002, 1 << 62) is Errno.EPERM
    assert machine.error("arch_prctl", 0x3001, 0) is Errno.EINVAL


def test_the_programs_name(machine: SmallMachine) -> None:
    buffer = machine.put(b"\xee" * 20)
    assert machine.call("prctl", 15, "a name that is too long") == 0
    assert machine.call("prctl", 16, buffer) == 0
    assert machine.memory.read(buffer, 20) == b"a name that is \0" + b"\xee" * 4
    assert machine.error("prctl", 999) is Errno.EINVAL
    assert machine.kernel.unsupported == {"prctl option 999": 1}


@pytest.mark.parametrize("call", ["exit", "exit_group"])
@pytest.mark.parametrize(("given", "status"), [(0, 0), (42, 42), (300, 44), (-1, 255)])
def test_exit(machine: SmallMachine, call: str, given: int, status: int) -> None:
    assert machine.outcome(call, given) == Exited(status)


@pytest.mark.parametrize("call", ["fork", "vfork", "clone", "clone3", "execve", "socket", "ptrace", "io_uring_setup"])
def test_what_is_missing_says_so_and_is_counted(machine: SmallMachine, call: str) -> None:
    assert machine.error(call) is Errno.ENOSYS
    machine.call(call)
    assert machine.kernel.unsupported == {call: 2}


def test_a_number_that_is_no_system_call(machine: SmallMachine) -> None:
    machine.registers.write("rax", 9999)
    machine.kernel.system_call()
    assert machine.registers.read("rax") == (1 << 64) - Errno.ENOSYS
    assert machine.kernel.unsupported == {"number 9999": 1}


def test_what_a_c_librarys_start_asks_for_is_no_news(machine: SmallMachine) -> None:
    assert machine.error("rseq", machine.room(32), 32, 0, 0x53053053) is Errno.ENOSYS
    assert machine.call("set_tid_address", machine.room(8)) == 1000
    assert machine.call("set_robust_list", machine.room(24), 24) == 0
    assert machine.kernel.unsupported == {}


def test_futex(machine: SmallMachine) -> None:
    word = machine.put(struct.pack("<I", 5))
    assert machine.call("futex", word, 129, 1) == 0
    assert machine.error("futex", word, 128, 4) is Errno.EAGAIN
    outcome = machine.outcome("futex", word, 128, 5)
    assert isinstance(outcome, Unsupported)
    assert "another thread" in outcome.words
    assert machine.error("futex", word, 128, 5, struct.pack("<qq", 2, 0)) is Errno.ETIMEDOUT
    assert clock(machine, 1) == 2 * SECOND
    assert machine.error("futex", word, 99, 5) is Errno.ENOSYS


def test_reading_from_an_empty_pipe_does_not_hang(machine: SmallMachine) -> None:
    ends = machine.room(8)
    machine.call("pipe", ends)
    reading, writing = struct.unpack("<ii", machine.memory.read(ends, 8))
    outcome = machine.outcome("read", reading, machine.room(4), 4)
    assert isinstance(outcome, Unsupported)
    assert "for ever" in outcome.words
    assert machine.write(writing, b"x" * 65000) == 65000
    outcome = machine.outcome("write", writing, b"x" * 1000, 1000)
    assert isinstance(outcome, Unsupported)
    assert "full pipe" in outcome.words
    assert len(machine.read(reading, 65536)) == 65000
    outcome = machine.outcome("poll", struct.pack("<ihh", reading, 1, 0), 1, -1)
    assert isinstance(outcome, Unsupported)


def test_waiting_for_children_and_others(machine: SmallMachine) -> None:
    assert machine.error("wait4", -1, 0, 0, 0) is Errno.ECHILD
    buffer = machine.room(8)
    assert machine.call("sched_getaffinity", 0, 128, buffer) == 8
    assert machine.memory.read(buffer, 8) == struct.pack("<Q", 1)


def test_hardware_registers_after_a_system_call(machine: SmallMachine) -> None:
    machine.registers.write("rip", 0x401234)
    machine.registers.write("eflags", 0x246)
    machine.call("getpid")
    assert (machine.registers.read("rcx"), machine.registers.read("r11")) == (0x401234, 0x246)
    assert machine.registers.read("rip") == 0x401234
