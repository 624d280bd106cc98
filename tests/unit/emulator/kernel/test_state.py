"""The kernel's state: what is saved comes back, whatever happened since, and answers are the same again."""

from __future__ import annotations

import copy
import pickle
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.emulator.kernel import Interrupted, World
from tests.unit.emulator.kernel.small_machine import SCRATCH, SCRATCH_SIZE, SmallMachine

NAMES = st.sampled_from(["a", "b", "folder", "folder/c", "given", "absent/x"])
DESCRIPTORS = st.integers(0, 8)
BUFFER = SCRATCH + 0x20000
CALLS = st.one_of(
    st.tuples(
        st.just("openat"),
        st.just(-100),
        NAMES,
        st.sampled_from([0, 0o101, 0o102, 0o1101, 0o2102, 0o301]),
        st.just(0o644),
    ),
    st.tuples(st.just("close"), DESCRIPTORS),
    st.tuples(st.just("read"), DESCRIPTORS, st.just(BUFFER), st.integers(0, 40)),
    st.tuples(st.just("write"), DESCRIPTORS, st.binary(max_size=30), st.integers(0, 30)),
    st.tuples(st.just("pwrite64"), DESCRIPTORS, st.binary(min_size=8, max_size=8), st.just(8), st.integers(0, 200000)),
    st.tuples(st.just("lseek"), DESCRIPTORS, st.integers(-5, 200000), st.integers(0, 2)),
    st.tuples(st.just("ftruncate"), DESCRIPTORS, st.integers(0, 100000)),
    st.tuples(st.just("dup2"), DESCRIPTORS, DESCRIPTORS),
    st.tuples(st.just("unlink"), NAMES),
    st.tuples(st.just("mkdir"), NAMES, st.just(0o755)),
    st.tuples(st.just("rmdir"), NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("link"), NAMES, NAMES),
    st.tuples(st.just("symlink"), NAMES, NAMES),
    st.tuples(st.just("chmod"), NAMES, st.integers(0, 0o777)),
    st.tuples(st.just("chdir"), NAMES),
    st.tuples(st.just("stat"), NAMES, st.just(BUFFER)),
    st.tuples(st.just("fstat"), DESCRIPTORS, st.just(BUFFER)),
    st.tuples(st.just("pipe2"), st.just(BUFFER), st.just(0o4000)),
    st.tuples(st.just("getrandom"), st.just(BUFFER), st.integers(0, 50), st.just(0)),
    st.tuples(st.just("clock_gettime"), st.integers(0, 3), st.just(BUFFER)),
    st.tuples(st.just("nanosleep"), st.just(struct.pack("<qq", 1, 5)), st.just(0)),
    st.tuples(st.just("alarm"), st.integers(0, 100)),
    st.tuples(st.just("umask"), st.integers(0, 0o777)),
    st.tuples(
        st.just("rt_sigprocmask"), st.integers(0, 2), st.binary(min_size=8, max_size=8), st.just(BUFFER), st.just(8)
    ),
    st.tuples(st.just("kexec_load")),
)


def answers(machine: SmallMachine, calls: list[tuple[str | bytes | int, ...]]) -> list[tuple[object, int, bytes]]:
    """What each call did: outcome, result, and the bytes where results go. Arguments lie where they lay before."""
    found: list[tuple[object, int, bytes]] = []
    machine._free = SCRATCH
    for name, *arguments in calls:
        assert isinstance(name, str)
        machine.registers.step += 1000
        outcome = machine.outcome(name, *arguments)
        found.append((outcome, machine.registers.read("rax"), machine.memory.read(BUFFER, 200)))
    return found


@given(st.lists(CALLS, max_size=25), st.lists(CALLS, max_size=25))
def test_a_replay_from_a_state_answers_the_same(
    before: list[tuple[str | bytes | int, ...]], after: list[tuple[str | bytes | int, ...]]
) -> None:
    inputs = [b"some", b"input", b"in pieces", b"here"] * 10
    machine = SmallMachine(World(files={"/given": b"given bytes"}), inputs=inputs)
    answers(machine, before)
    step = machine.registers.step
    saved = machine.kernel.state()
    kept = copy.deepcopy(saved)
    scratch = machine.memory.read(SCRATCH, SCRATCH_SIZE)
    first = answers(machine, after)
    final = machine.kernel.state()
    assert saved == kept, "a saved state must not change"
    machine.kernel.restore(saved)
    assert machine.kernel.state() == saved
    machine.registers.step = step
    machine.memory.write(SCRATCH, scratch)  # a call may also read what an earlier one has left there
    assert answers(machine, after) == first
    assert machine.kernel.state() == final


def test_a_state_is_plain_values() -> None:
    machine = SmallMachine(World(files={"/given": b"given bytes"}))
    machine.make("file", b"x" * 100000)
    machine.call("pipe2", machine.room(8), 0)
    state = machine.kernel.state()
    again = pickle.loads(pickle.dumps(state))
    assert again == state
    other = SmallMachine(World(files={"/given": b"given bytes"}))
    other.kernel.restore(again)
    assert other.contents("file") == b"x" * 100000


def test_states_share_what_was_not_written_since() -> None:
    machine = SmallMachine()
    machine.make("file", b"x" * 200_000)
    first = machine.kernel.state()
    descriptor = machine.open("file", 1)
    machine.call("pwrite64", descriptor, b"y", 1, 0)
    second = machine.kernel.state()
    (before,), (after,) = first.filesystem.contents.values(), second.filesystem.contents.values()
    assert [one is other for one, other in zip(before.blocks, after.blocks, strict=True)] == [False, True, True, True]


def test_input_is_read_from_the_host_once() -> None:
    asked = []

    def read_input(size: int) -> bytes:
        asked.append(size)
        return b"line\n"

    machine = SmallMachine()
    machine.kernel.streams._read_input = read_input
    saved = machine.kernel.state()
    assert [machine.read(0, 10), machine.read(0, 20)] == [b"line\n", b"line\n"]
    machine.kernel.restore(saved)
    assert [machine.read(0, 10), machine.read(0, 20), machine.read(0, 30)] == [b"line\n"] * 3
    assert asked == [10, 20, 30]


def test_an_interruption_at_the_input_is_kept() -> None:
    def read_input(size: int) -> bytes:
        raise KeyboardInterrupt

    machine = SmallMachine()
    machine.kernel.streams._read_input = read_input
    saved = machine.kernel.state()
    outcome = machine.outcome("read", 0, BUFFER, 10)
    assert isinstance(outcome, Interrupted)
    machine.kernel.restore(saved)
    machine.kernel.streams._read_input = lambda size: b"too late"
    assert machine.outcome("read", 0, BUFFER, 10) == outcome


def test_only_a_state_can_be_restored() -> None:
    with pytest.raises(AssertionError):
        SmallMachine().kernel.restore(None)
