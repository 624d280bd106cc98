"""Signals: what ends the program and how it is told, what waits, and what is refused loudly."""

from __future__ import annotations

import struct

import pytest

from stackglass.emulator.kernel import CONTINUE, Killed, Unsupported
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.signals import LAST, name_of, number_of
from stackglass.model import FaultKind
from tests.unit.emulator.kernel.small_machine import SmallMachine

ABORT, KILL, USER_1, PIPE, ALARM, TERMINATE, CHILD, STOP = 6, 9, 10, 13, 14, 15, 17, 19
BLOCK, UNBLOCK, SET = 0, 1, 2
DEFAULT, IGNORE, HANDLER = 0, 1, 0x401000
SECOND = 1_000_000_000
PROCESS = 1000


@pytest.fixture
def machine() -> SmallMachine:
    return SmallMachine()


def action(handler: int, flags: int = 0, restorer: int = 0, mask: int = 0) -> bytes:
    return struct.pack("<QQQQ", handler, flags, restorer, mask)


def install(machine: SmallMachine, signal: int, handler: int) -> None:
    assert machine.call("rt_sigaction", signal, action(handler), 0, 8) == 0


def mask(*signals: int) -> bytes:
    return struct.pack("<Q", sum(1 << (signal - 1) for signal in signals))


@pytest.mark.parametrize("call", [("kill", PROCESS), ("tkill", PROCESS), ("tgkill", PROCESS, PROCESS), ("kill", 0)])
def test_the_default_action_ends_the_program(machine: SmallMachine, call: tuple[str, *tuple[int, ...]]) -> None:
    outcome = machine.outcome(*call, TERMINATE)
    assert outcome == Killed(
        TERMINATE, "SIGTERM", FaultKind.SIGNAL, "the program was ended by SIGTERM: it raised the signal itself"
    )


def test_abort_is_told_as_abort(machine: SmallMachine) -> None:
    assert machine.outcome("tgkill", PROCESS, PROCESS, ABORT) == Killed(
        ABORT, "SIGABRT", FaultKind.ABORT, "the program aborted (SIGABRT)"
    )


def test_signals_that_end_nobody(machine: SmallMachine) -> None:
    assert machine.call("kill", PROCESS, 0) == 0
    assert machine.call("kill", PROCESS, CHILD) == 0
    install(machine, USER_1, IGNORE)
    assert machine.call("kill", PROCESS, USER_1) == 0
    assert machine.error("kill", PROCESS, 65) is Errno.EINVAL
    assert machine.error("kill", 1, TERMINATE) is Errno.ESRCH
    assert machine.error("tgkill", PROCESS, 7, TERMINATE) is Errno.ESRCH


def test_a_handler_is_never_skipped_over(machine: SmallMachine) -> None:
    install(machine, USER_1, HANDLER)
    outcome = machine.outcome("kill", PROCESS, USER_1)
    assert isinstance(outcome, Unsupported)
    assert "SIGUSR1" in outcome.words
    assert "handler" in outcome.words


def test_a_program_that_stops_itself_is_not_left_hanging(machine: SmallMachine) -> None:
    outcome = machine.outcome("kill", PROCESS, STOP)
    assert isinstance(outcome, Unsupported)
    assert "SIGSTOP" in outcome.words


def test_blocked_signals_wait(machine: SmallMachine) -> None:
    old, pending = machine.room(8), machine.room(8)
    assert machine.call("rt_sigprocmask", BLOCK, mask(TERMINATE, USER_1), old, 8) == 0
    assert machine.memory.read(old, 8) == mask()
    assert machine.call("kill", PROCESS, TERMINATE) == 0
    assert machine.call("rt_sigpending", pending, 8) == 0
    assert machine.memory.read(pending, 8) == mask(TERMINATE)
    assert machine.call("rt_sigprocmask", UNBLOCK, mask(USER_1), old, 8) == 0
    assert machine.memory.read(old, 8) == mask(TERMINATE, USER_1)
    outcome = machine.outcome("rt_sigprocmask", SET, mask(), 0, 8)
    assert isinstance(outcome, Killed)
    assert outcome.signal == "SIGTERM"


def test_a_waiting_signal_that_is_ignored_by_then_is_gone(machine: SmallMachine) -> None:
    machine.call("rt_sigprocmask", BLOCK, mask(TERMINATE), 0, 8)
    machine.call("kill", PROCESS, TERMINATE)
    install(machine, TERMINATE, IGNORE)
    assert machine.call("rt_sigprocmask", UNBLOCK, mask(TERMINATE), 0, 8) == 0
    assert machine.kernel.signals.pending == frozenset()


def test_kill_can_be_neither_blocked_nor_handled(machine: SmallMachine) -> None:
    assert machine.error("rt_sigaction", KILL, action(HANDLER), 0, 8) is Errno.EINVAL
    machine.call("rt_sigprocmask", BLOCK, b"\xff" * 8, 0, 8)
    outcome = machine.outcome("kill", PROCESS, KILL)
    assert isinstance(outcome, Killed)
    assert outcome.number == KILL


def test_sigaction_tells_what_it_was_told(machine: SmallMachine) -> None:
    old = machine.room(32)
    given = action(HANDLER, 0x14000000, 0x402000, 0x1234)
    assert machine.call("rt_sigaction", USER_1, given, old, 8) == 0
    assert machine.memory.read(old, 32) == action(DEFAULT)
    assert machine.call("rt_sigaction", USER_1, 0, old, 8) == 0
    assert machine.memory.read(old, 32) == given
    assert machine.error("rt_sigaction", 65, given, old, 8) is Errno.EINVAL
    assert machine.error("rt_sigaction", USER_1, given, old, 4) is Errno.EINVAL


def test_an_alternate_stack_is_noted(machine: SmallMachine) -> None:
    old = machine.room(24)
    given = struct.pack("<QI4xQ", 0x10000, 0, 8192)
    assert machine.call("sigaltstack", given, old) == 0
    assert machine.memory.read(old, 24) == struct.pack("<QI4xQ", 0, 2, 0)
    assert machine.call("sigaltstack", 0, old) == 0
    assert machine.memory.read(old, 24) == given
    assert machine.error("sigaltstack", struct.pack("<QI4xQ", 0x10000, 0, 100), 0) is Errno.ENOMEM


def test_faults_of_the_programs_own(machine: SmallMachine) -> None:
    killed = machine.kernel.raise_fault(11, "it read unmapped memory")
    assert killed == Killed(
        11, "SIGSEGV", FaultKind.SIGNAL, "the program was ended by SIGSEGV: it read unmapped memory"
    )
    install(machine, 11, IGNORE)
    assert isinstance(machine.kernel.raise_fault(11, ""), Killed)
    install(machine, 11, HANDLER)
    assert isinstance(machine.kernel.raise_fault(11, ""), Unsupported)
    machine.call("rt_sigprocmask", BLOCK, mask(11), 0, 8)
    assert isinstance(machine.kernel.raise_fault(11, ""), Killed)


def test_an_alarm_rings_at_the_next_system_call(machine: SmallMachine) -> None:
    assert machine.call("alarm", 2) == 0
    machine.registers.step = SECOND
    assert machine.call("alarm", 3) == 1
    machine.registers.step = 4 * SECOND - 1
    assert machine.outcome("getpid") is CONTINUE
    machine.registers.step = 4 * SECOND
    outcome = machine.outcome("getpid")
    assert isinstance(outcome, Killed)
    assert outcome.signal == "SIGALRM"


def test_an_alarm_rings_in_sleep(machine: SmallMachine) -> None:
    machine.call("alarm", 2)
    assert machine.call("nanosleep", struct.pack("<qq", 1, 0), 0) == 0
    assert isinstance(machine.outcome("nanosleep", struct.pack("<qq", 5, 0), 0), Killed)
    assert machine.kernel.clock.elapsed == 2 * SECOND


def test_an_interval_timer_goes_on(machine: SmallMachine) -> None:
    install(machine, ALARM, IGNORE)
    timer = struct.pack("<qqqq", 0, 250_000, 1, 0)
    old = machine.room(32)
    assert machine.call("setitimer", 0, timer, 0) == 0
    machine.registers.step = SECOND + 100_000_000
    machine.call("getpid")
    assert machine.call("getitimer", 0, old) == 0
    assert struct.unpack("<qqqq", machine.memory.read(old, 32)) == (0, 250_000, 0, 250_000)
    assert machine.call("nanosleep", struct.pack("<qq", 2, 0), 0) == 0
    assert machine.kernel.clock.elapsed == 3 * SECOND + 100_000_000
    assert machine.call("nanosleep", struct.pack("<qq", 1 << 40, 0), 0) == 0
    assert machine.call("getitimer", 0, old) == 0
    assert machine.error("setitimer", 3, timer, 0) is Errno.EINVAL


def test_waiting_for_a_signal_that_never_comes(machine: SmallMachine) -> None:
    for call in (("pause",), ("rt_sigsuspend", mask(), 8)):
        outcome = machine.outcome(*call)
        assert isinstance(outcome, Unsupported)
        assert "never comes" in outcome.words
    machine.call("alarm", 5)
    outcome = machine.outcome("pause")
    assert isinstance(outcome, Killed)
    assert outcome.signal == "SIGALRM"


def test_a_pipe_that_nobody_reads(machine: SmallMachine) -> None:
    ends = machine.room(8)
    machine.call("pipe", ends)
    reading, writing = struct.unpack("<ii", machine.memory.read(ends, 8))
    machine.call("close", reading)
    outcome = machine.outcome("write", writing, b"x", 1)
    assert isinstance(outcome, Killed)
    assert outcome.signal == "SIGPIPE"
    install(machine, PIPE, IGNORE)
    assert machine.error("write", writing, b"x", 1) is Errno.EPIPE


def test_names() -> None:
    assert [number_of(name_of(number)) for number in range(1, LAST + 1)] == list(range(1, LAST + 1))
    assert [name_of(number) for number in (1, 6, 11, 17, 31, 34)] == [
        "SIGHUP",
        "SIGABRT",
        "SIGSEGV",
        "SIGCHLD",
        "SIGSYS",
        "SIG34",
    ]
