"""Snapshots of moments made by hand, of a program that nothing is known of but what the recorder saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.model import Evidence, FoundBy, Initialised, PointeeKind, Role
from stackglass.stack.sources import Activation
from tests.unit.stack.moments import BOTTOM, START, TOP, Writes, called, made, moment

RETURN = 0x400105


def test_frames_from_the_shadow_stack_alone() -> None:
    words = [
        1,  # the entry's frame: written by it
        2,  # never written
        RETURN,  # return address
        3,  # the callee's: written by it
    ]
    writes = Writes()
    writes.word(TOP - 8, 5)
    writes.word(TOP - 24, 100)
    writes.word(TOP - 32, 101)
    found = made(moment(words, [called(TOP - 16, 100), START], writes))
    inner, outer = found.frames
    assert (inner.low, inner.high, inner.cfa) == (TOP - 32, TOP - 16, TOP - 16)
    assert (outer.low, outer.high, outer.cfa) == (TOP - 16, TOP, None)
    assert [(slot.address, slot.role, slot.initialised) for slot in inner.slots] == [
        (TOP - 24, Role.RETURN_ADDRESS, Initialised.ALL),
        (TOP - 32, Role.TEMPORARY, Initialised.ALL),
    ]
    assert [(slot.address, slot.role) for slot in outer.slots] == [(TOP - 8, Role.TEMPORARY), (TOP - 16, Role.PADDING)]
    assert inner.slots[0].evidence is Evidence.SHADOW_STACK
    assert inner.slots[0].value == hex(RETURN)
    assert inner.call_site is not None
    assert (inner.call_site.pc, inner.call_site.step) == (0x400100, 100)
    assert (outer.call_site, outer.return_address.kept_in) == (None, "none")
    assert outer.pc == RETURN


def test_writers_are_exact_to_the_byte() -> None:
    writes = Writes()
    writes.word(TOP - 8, 5)
    writes.word(TOP - 6, 6, 2)
    (frame,) = made(moment([0], [START], writes)).frames
    assert [(slot.address, slot.size, slot.written_by and slot.written_by.step) for slot in frame.slots] == [
        (TOP - 4, 4, 5),
        (TOP - 6, 2, 6),
        (TOP - 8, 2, 5),
    ]


def test_stale_bytes_are_padding_with_their_old_writer() -> None:
    writes = Writes()
    writes.word(TOP - 16, 100)  # the return address
    writes.word(TOP - 24, 40)  # before the call
    (frame, _) = made(moment([0, RETURN, 7], [called(TOP - 8, 100), START], writes)).frames
    stale = frame.slots[-1]
    assert (stale.role, stale.initialised) == (Role.PADDING, Initialised.NONE)
    assert stale.written_by is not None
    assert stale.written_by.step == 40


def test_what_a_returned_callee_left_where_the_frame_grew_is_not_the_frames_own() -> None:
    writes = Writes(gone=[(range(TOP - 16, TOP), range(50, 60), 60)])
    writes.word(TOP - 16, 55)
    (frame,) = made(moment([0, 0], [START], writes)).frames
    assert frame.slots[-1].role is Role.PADDING


def test_an_activation_that_returns_later_still_runs() -> None:
    writes = Writes(gone=[(range(TOP - 16, TOP), range(50, 60), 5000)])
    writes.word(TOP - 16, 55)
    (frame,) = made(moment([0, 0], [START], writes, step=1000)).frames
    assert frame.slots[-1].role is Role.TEMPORARY


def test_an_overwritten_return_address_says_what_it_was() -> None:
    writes = Writes()
    writes.word(TOP - 16, 100)
    frame = made(moment([0, 0x4141414141414141], [called(TOP - 8, 100), START], writes)).frames[0]
    slot = frame.slots[0]
    assert slot.note == f"overwritten: it was {RETURN:#x}"
    assert frame.return_address.value == 0x4141414141414141
    assert slot.points_to is not None
    assert slot.points_to.kind is PointeeKind.UNMAPPED


def test_below_sp_the_red_zone_and_the_dead() -> None:
    writes = Writes(gone=[(range(TOP - 512, TOP - 8), range(10, 50), 50)])
    writes.word(TOP - 8, 5)
    writes.word(TOP - 16, 20)  # by a callee that has returned
    writes.word(TOP - 24, 30)  # by it, too
    writes.word(TOP - 32, 60)  # by the running function since
    writes.word(TOP - 40, 8)  # by the running function before that call
    writes.word(TOP - 200, 15)
    found = made(moment([0], [START], writes, below=[0xA, 0xB, 0xC, 0xD]))
    frame = found.frames[0]
    assert [(slot.address, slot.role, slot.in_red_zone) for slot in frame.slots if slot.address < frame.low] == [
        (TOP - 32, Role.RED_ZONE, True)
    ]
    assert [(run.address, run.size, run.returned_at) for run in found.below_sp] == [
        (TOP - 24, 16, 50),
        (TOP - 40, 8, None),
        (TOP - 200, 8, 50),
    ]
    assert found.below_sp[0].bytes == (0xB).to_bytes(8, "little") + (0xA).to_bytes(8, "little")


def test_without_a_history_nothing_is_guessed() -> None:
    found = made(moment([1, RETURN, 3], [called(TOP - 8, 100), START]))
    frame = found.frames[0]
    assert [(slot.role, slot.initialised, slot.written_by) for slot in frame.slots] == [
        (Role.RETURN_ADDRESS, Initialised.ALL, None),
        (Role.TEMPORARY, Initialised.ALL, None),
    ]
    assert not found.below_sp


def test_registers_are_the_general_ones_pc_and_flags() -> None:
    assert set(made(moment([0], [START])).registers) == {"rip", "rsp", "rbp", "eflags"}


def test_a_stack_pointer_above_its_frame_leaves_it_empty() -> None:
    """glibc's _start pops argc."""
    taken = moment([], [START], registers={"rsp": TOP + 8})
    (frame,) = made(taken).frames
    assert (frame.low, frame.high, frame.slots) == (TOP, TOP, ())


def test_bytes_that_are_not_mapped_are_counted_and_not_shown() -> None:
    """A prologue may move SP beyond the stack's end before anything is written there."""
    activation = called(TOP - 8, 100)
    taken = moment([0, RETURN], [activation, START], Writes(), registers={"rsp": TOP - 0x1100})
    frame = made(taken).frames[0]
    assert (frame.low, frame.not_mapped) == (BOTTOM, 0x100)
    assert frame.slots[-1].address == BOTTOM


def test_frames_are_asked_for_like_a_sequence() -> None:
    frames = made(moment([0, RETURN], [called(TOP - 8, 100), START])).frames
    assert frames[-1] == frames[1]
    assert [frame.index for frame in frames] == [0, 1]
    assert frames.outline(0).low == TOP - 16
    with pytest.raises(IndexError, match="there is no frame 2: the call stack has 2"):
        frames[2]
    assert frames[0].found_by is FoundBy.SHADOW_STACK


@given(
    st.lists(st.integers(min_value=0, max_value=40), max_size=6),
    st.lists(st.tuples(st.integers(min_value=1, max_value=400), st.integers(min_value=1, max_value=900)), max_size=20),
    st.integers(min_value=0, max_value=60),
)
def test_whatever_was_written_the_slots_tile(
    sizes: list[int], written: list[tuple[int, int]], frame_words: int
) -> None:
    """Frames of any sizes, even ones that make no sense, and writes anywhere."""
    cfas = [TOP - 8 * sum(sizes[: at + 1]) for at in range(len(sizes))]
    activations = [called(cfa, 10 * at) for at, cfa in enumerate(cfas)]
    writes = Writes()
    for offset, step in written:
        writes.word(TOP - offset, step, min(offset, 8))
    found = made(moment([0] * frame_words, [*reversed(activations), START], writes))
    for frame in found.frames:
        at = frame.high
        for slot in frame.slots:
            if not slot.in_red_zone:
                assert slot.end == at
                at = slot.address
        assert at == frame.low
        assert all(isinstance(slot.role, Role) for slot in frame.slots)


def test_activations_by_other_means_keep_their_evidence() -> None:
    activation = Activation(None, None, 0x400100, RETURN, TOP - 8, None, found_by=FoundBy.CFI)
    frame = made(moment([0, RETURN], [activation, START])).frames[0]
    assert frame.found_by is FoundBy.CFI
    assert frame.slots[0].evidence is Evidence.CFI
    assert frame.call_number is None
