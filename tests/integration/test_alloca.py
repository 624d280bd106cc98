"""Room allocated at run time, to the byte: handed out by a procedure to its caller, or made by compilers' own code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

import stackglass
from stackglass import isa as instruction_sets
from stackglass.model import AddressRange, Frame, Role, Slot, Snapshot
from stackglass.recording.recording import Recording
from stackglass.toolchain.compilers import default_isa
from tests.needs import require

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ROUNDED = {"i386": (36, 40), "arm": (36, 40)}
ROUNDED |= dict.fromkeys(("x86_64", "aarch64", "riscv64", "powerpc"), (40, 48))
"""What work asks allocate for, and what it gets."""
every_isa = pytest.mark.parametrize("isa", instruction_sets.emulated())
with_stubs = pytest.mark.parametrize(
    "isa", [name for name in instruction_sets.emulated() if not instruction_sets.get(name).linkage]
)
"""Where a call's stub is the callee's, and is left behind above the room."""


@cache
def recorded(path: Path, isa: str, *args: str, optimise: str | None = None) -> Recording:
    require("gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc")
    return stackglass.record(path, isa=isa, args=args, optimise=optimise)


def source(isa: str) -> Path:
    return EXAMPLES / "alloca" / f"{isa}.s"


def line_of(isa: str, comment: str) -> str:
    """The number of the line of the example that has such a comment."""
    lines = source(isa).read_text().splitlines()
    (number,) = [n for n, line in enumerate(lines, 1) if re.search(rf"^    .*(#|@|//) {comment}\b", line)]
    return str(number)


def at(isa: str, comment: str) -> Snapshot:
    return recorded(source(isa), isa).at(line_of(isa, comment))


def of_role(frame: Frame, role: Role) -> list[Slot]:
    return [slot for slot in frame.slots if slot.role is role]


def run_of(slots: list[Slot]) -> AddressRange:
    """The bytes that the slots have; they must leave no gap."""
    assert slots
    ordered = sorted(slots, key=lambda slot: slot.address)
    assert [slot.address for slot in ordered[1:]] == [slot.end for slot in ordered[:-1]]
    return AddressRange(ordered[0].address, ordered[-1].end)


def content(slots: Sequence[Slot]) -> bytes:
    """The slots' bytes, from low addresses to high."""
    return b"".join(slot.bytes for slot in sorted(slots, key=lambda slot: slot.address))


def pieces(frame: Frame) -> list[tuple[str, int]]:
    """The frame's run-time room and what lies around it: (note or role, bytes), from high addresses to low."""
    found: list[tuple[str, int]] = []
    for slot in frame.slots:
        name = slot.note or slot.role.value
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + slot.size)
        else:
            found.append((name, slot.size))
    return found


@every_isa
def test_before_the_call_there_is_no_room(isa: str) -> None:
    frame = at(isa, "before").frames[0]
    assert (frame.function, of_role(frame, Role.ALLOCA)) == ("work", [])


@with_stubs
def test_while_allocate_runs_the_stub_is_there_twice_and_the_room_between(isa: str) -> None:
    snapshot = at(isa, "copied")
    word, (sp, stack_pointer) = snapshot.word_size, snapshot.stack_pointer
    frame, caller = snapshot.frames[0], snapshot.frames[1]
    assert (frame.function, caller.function) == ("allocate", "work")
    (return_address,), (saved,) = of_role(frame, Role.RETURN_ADDRESS), of_role(frame, Role.SAVED_FRAME_POINTER)
    register = instruction_sets.get(isa).frame_pointer
    copies = of_role(frame, Role.TEMPORARY)
    assert [slot.note for slot in copies] == ["copy of the return address", f"copy of the saved {register}"]
    assert [slot.bytes for slot in copies] == [return_address.bytes, saved.bytes]
    assert run_of(copies) == (stack_pointer, stack_pointer + 2 * word)
    room = run_of(of_role(frame, Role.ALLOCA))
    assert room == (stack_pointer + 2 * word, saved.address)
    assert room.size == ROUNDED[isa][1]
    assert {slot.note for slot in of_role(frame, Role.ALLOCA)} == {f"{room.size} bytes allocated at run time"}
    assert of_role(caller, Role.ALLOCA) == []
    assert int.from_bytes(saved.bytes, "little") == at(isa, "before").registers[register]
    assert sp == instruction_sets.get(isa).stack_pointer


@with_stubs
def test_after_the_return_the_room_is_the_callers_below_the_abandoned_stub(isa: str) -> None:
    before, during, snapshot = at(isa, "before"), at(isa, "copied"), at(isa, "after")
    asked, given = ROUNDED[isa]
    frame, stack_pointer, word = snapshot.frames[0], snapshot.stack_pointer[1], snapshot.word_size
    assert before.frame_pointer == snapshot.frame_pointer
    assert stack_pointer == before.stack_pointer[1] - given - 2 * word
    room = run_of(of_role(frame, Role.ALLOCA))
    assert room == (stack_pointer, stack_pointer + given)
    assert {slot.note for slot in of_role(frame, Role.ALLOCA)} == {f"{given} bytes allocated at run time"}
    stub = [slot for slot in frame.slots if slot.note == "left by allocate's call"]
    assert {slot.role for slot in stub} == {Role.TEMPORARY}
    assert run_of(stub) == (room.high, before.stack_pointer[1])
    assert content(stub) == content(during.frames[0].slots)[-2 * word :]
    assert content(of_role(frame, Role.ALLOCA))[:asked] == b"".join(
        0xAA.to_bytes(word, "little") for _ in range(asked // word)
    )


@with_stubs
def test_the_result_is_where_the_room_begins(isa: str) -> None:
    recording = recorded(source(isa), isa)
    (row,) = [row for row in range(len(recording.calls)) if recording.calls.call(row).function == "allocate"]
    step = recording.calls.return_step(row)
    assert step is not None
    snapshot = recording.at(f"step:{step}")
    assert snapshot.registers[instruction_sets.get(isa).integer_results[0]] == snapshot.stack_pointer[1]


@every_isa
def test_the_callers_own_teardown_frees_everything(isa: str) -> None:
    recording = recorded(source(isa), isa)
    (row,) = [row for row in range(len(recording.calls)) if recording.calls.call(row).function == "work"]
    called, returned = recording.calls.call_step(row), recording.calls.return_step(row)
    assert returned is not None
    first, last = recording.at(f"step:{called}"), recording.at(f"step:{returned}")
    assert (first.stack_pointer, first.frame_pointer) == (last.stack_pointer, last.frame_pointer)
    assert last.frames[0].function == "main"
    assert of_role(last.frames[0], Role.ALLOCA) == []


@with_stubs
def test_who_pops_across_the_room_takes_its_bytes_and_is_lost(isa: str) -> None:
    recording = recorded(source(isa), isa, "break")
    snapshot = recording.at(line_of(isa, "as if .* where it was"))
    room = run_of(of_role(snapshot.frames[0], Role.ALLOCA))
    assert (snapshot.frames[0].function, room.low) == ("broken", snapshot.stack_pointer[1])
    crash = recording.at("crash")
    assert crash.fault is not None
    assert crash.pc in (0x40, 0x42)  # what broken wrote into the room
    frame = crash.frames[0]
    left = run_of(of_role(frame, Role.ALLOCA))
    assert left == (crash.stack_pointer[1], room.high)
    assert {slot.note for slot in of_role(frame, Role.ALLOCA)} == {
        f"{left.size} bytes left of {room.size} bytes allocated at run time"
    }
    stub = run_of([slot for slot in frame.slots if slot.note == "left by allocate's call"])
    assert stub == (room.high, room.high + 2 * crash.word_size)


# ---- where the stub is the caller's: PowerPC ----


def test_while_a_callers_stub_is_moved_there_are_two() -> None:
    snapshot = at("powerpc", "copied")
    stack_pointer = snapshot.stack_pointer[1]
    frame, caller = snapshot.frames[0], snapshot.frames[1]
    assert (frame.function, caller.function) == ("allocate", "work")
    chain, link = caller.slots[-1], caller.slots[-2]
    assert (chain.role, chain.register, chain.note) == (Role.SAVED_REGISTER, "r1", "back chain")
    assert (link.role, link.of_frame, link.address) == (Role.RETURN_ADDRESS, 0, caller.low + 4)
    assert frame.return_address.kept_in == "slot"
    copies = of_role(frame, Role.TEMPORARY)
    assert [slot.note for slot in copies] == ["copy of the return address", "copy of the saved r1"]
    assert [slot.bytes for slot in copies] == [link.bytes, chain.bytes]
    assert run_of(copies) == (stack_pointer, stack_pointer + 8)
    assert run_of(of_role(frame, Role.ALLOCA)) == (stack_pointer + 8, frame.high)


def test_afterwards_the_room_holds_the_old_stub_and_the_frame_ends_in_the_new_one() -> None:
    before, snapshot = at("powerpc", "before"), at("powerpc", "after")
    asked, given = ROUNDED["powerpc"]
    frame, stack_pointer = snapshot.frames[0], snapshot.stack_pointer[1]
    assert stack_pointer == before.stack_pointer[1] - given
    room = run_of(of_role(frame, Role.ALLOCA))
    assert room == (stack_pointer + 8, before.stack_pointer[1] + 8)
    note = f"{given} bytes allocated at run time (4 as allocate left them)"  # its return address, above its frame
    assert {slot.note for slot in of_role(frame, Role.ALLOCA)} == {note}
    assert content(of_role(frame, Role.ALLOCA))[:asked] == 0xAA.to_bytes(4, "big") * (asked // 4)
    assert (frame.slots[-1].note, frame.slots[-1].address) == ("back chain", stack_pointer)
    assert not frame.slots[-1].overwritten


def test_who_pops_across_the_room_is_lost_here_too() -> None:
    recording = recorded(source("powerpc"), "powerpc", "break")
    snapshot = recording.at(line_of("powerpc", "as if .* where it was"))
    room = run_of(of_role(snapshot.frames[0], Role.ALLOCA))
    assert (snapshot.frames[0].function, room.low) == ("broken", snapshot.stack_pointer[1] + 8)
    crash = recording.at("crash")
    assert crash.fault is not None
    assert crash.pc == 0x40
    (kept,) = of_role(crash.frames[0], Role.RETURN_ADDRESS)  # where it had been saved, and was not looked for
    assert (kept.address, kept.of_frame) == (crash.frames[0].high - 4, None)


@every_isa
def test_compilers_alloca_and_variable_length_arrays(isa: str) -> None:
    snapshot = recorded(EXAMPLES / "alloca_vla.c", isa).at("deepest")
    frame = snapshot.frames[0]
    order = [slot for slot in frame.slots if slot.name == "order"]
    assert [(slot.role, slot.size, slot.note) for slot in order] == [
        (Role.ALLOCA, 20, "variable-length array, 20 bytes allocated at run time")
    ]
    (copy,) = [slot for slot in frame.slots if slot.name == "copy"]
    begin = int(str(copy.value), 16)
    room = run_of([slot for slot in of_role(frame, Role.ALLOCA) if slot.name is None])
    assert room == (begin, order[0].address)
    assert {slot.note for slot in frame.slots if slot.role is Role.ALLOCA and slot.name is None} == {
        f"{room.size} bytes allocated at run time"
    }


@every_isa
@pytest.mark.parametrize("optimise", ["0", "2"])
def test_allocas_in_a_loop(isa: str, optimise: str) -> None:
    program = Path(__file__).resolve().parents[1] / "programs" / "truth" / "alloca.c"
    snapshot = recorded(program, isa, optimise=optimise).at("15")
    frame = snapshot.frames[0]
    assert frame.function == "chain"
    rooms = of_role(frame, Role.ALLOCA)
    linkage = instruction_sets.get(isa).linkage
    assert run_of(rooms).low == snapshot.stack_pointer[1] + (linkage.size if linkage else 0)
    filled = content(rooms)
    for letter, size in (("a", 10), ("b", 11), ("c", 12)):
        assert filled.count(letter.encode() * size) == 1
    rest = content([slot for slot in frame.slots if slot not in rooms])
    assert not re.search(rb"a{8}|b{8}|c{8}", rest)


HAND_WRITTEN = """
        .globl main
        .type main, @function
main:   push %rbp
        mov %rsp, %rbp
        call leaves                     # bytes where the room will be
        mov $16, %edi
        call zeroed
        call leaves
        mov $32, %edi
        call zeroed
        nop
        leave
        xor %eax, %eax
        ret
        .size main, . - main
        .type zeroed, @function
zeroed: push %rbp
        mov %rsp, %rbp
        mov %rsp, %rsi
        sub %rdi, %rsi
        mov %rdi, %rcx
        mov %rsi, %rdi
        xor %eax, %eax
        rep stosb                       # its own writes into the room
        mov (%rbp), %rcx
        mov 8(%rbp), %rdx
        mov %rsi, %rsp
        push %rdx
        push %rcx
        mov %rsi, %rax
        pop %rbp
        ret
        .size zeroed, . - zeroed
        .type leaves, @function
leaves: push $1
        push $2
        push $3
        call leaf
        add $24, %rsp
        ret
        .size leaves, . - leaves
        .type leaf, @function
leaf:   push $4
        pop %rax
        ret
        .size leaf, . - leaf
        .section .note.GNU-stack, "", @progbits
"""


def test_two_rooms_zeroed_by_who_hands_them_out(tmp_path: Path) -> None:
    path = tmp_path / "twice.s"
    path.write_text(HAND_WRITTEN)
    frame = recorded(path, "x86_64").at("12").frames[0]
    assert pieces(frame)[2:] == [
        ("left by zeroed's call", 16),
        ("16 bytes allocated at run time (as zeroed left them)", 16),
        ("left by zeroed's call", 16),
        ("32 bytes allocated at run time (as zeroed left them)", 32),
    ]


STUBLESS = """
        .globl main
        .type main, %function
main:   push {fp, lr}
        add fp, sp, #4
        bl leaves
        mov r0, #16
        bl lower
        nop
        sub sp, fp, #4
        mov r0, #0
        pop {fp, pc}
        .size main, . - main
        .type lower, %function
lower:  sub sp, sp, r0                  @ a leaf: it leaves nothing
        mov r0, sp
        bx lr
        .size lower, . - lower
        .type leaves, %function
leaves: push {r4, lr}
        mov r0, #0
        pop {r4, pc}
        .size leaves, . - leaves
        .section .note.GNU-stack, "", %progbits
"""


def test_what_an_earlier_call_left_is_no_stub(tmp_path: Path) -> None:
    path = tmp_path / "leaf.s"
    path.write_text(STUBLESS)
    frame = recorded(path, "arm").at("9").frames[0]
    assert pieces(frame)[2:] == [("16 bytes allocated at run time", 16)]


def test_a_word_that_equals_the_frame_pointer_alone_is_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "equal.s"
    path.write_text("""
        .globl main
        .type main, @function
main:   push %rbp
        mov %rsp, %rbp
        sub $16, %rsp
        mov (%rbp), %rax
        mov %rax, -8(%rbp)
        mov 8(%rbp), %rax
        mov %rax, -16(%rbp)
        nop
        leave
        xor %eax, %eax
        ret
        .size main, . - main
        .section .note.GNU-stack, "", @progbits
""")
    frame = recorded(path, "x86_64").at("11").frames[0]
    assert [slot.note for slot in of_role(frame, Role.TEMPORARY)] == [None, "copy of the return address"]


@pytest.mark.parametrize("isa", ["i386", "x86_64"])
def test_what_is_pushed_from_memory_is_no_room(isa: str, tmp_path: Path) -> None:
    path = tmp_path / "pushes.c"
    path.write_text("""
        #include <alloca.h>
        struct many { long all[9]; };
        long first(struct many many, long more) { return many.all[0] + more; }
        long work(long size) {
            char *room = alloca(size);
            struct many many = {{1, 2, 3, 4, 5, 6, 7, 8, 9}};
            room[0] = 1;
            return first(many, room[0]);
        }
        int main(void) { return work(48) == 0; }
    """)
    frame = recorded(path, isa, optimise="0").at("first").frames[1]
    (begin,) = [int(str(slot.value), 16) for slot in frame.slots if slot.name == "room"]
    assert run_of(of_role(frame, Role.ALLOCA)).low == begin
