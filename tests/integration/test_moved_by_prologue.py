"""What a prologue makes is of the frame's fixed part, also where it rounds SP down: what is made later is allocated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import stackglass
from stackglass import isa as instruction_sets
from stackglass.model import Role, Slot
from stackglass.recording.recording import Recording
from stackglass.toolchain.compilers import default_isa
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "realigned.c"
MOST_FOR_A_CALL = 16
"""Bytes that a call of touch pushes, where arguments are pushed."""


class Touched(NamedTuple):
    """A call of touch by `function`: what it filled, its CFA, and its caller's slots when it was about to return."""

    function: str
    low: int
    high: int
    cfa: int
    slots: tuple[Slot, ...]

    def rooms(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.role is Role.ALLOCA]

    def told(self) -> list[Slot]:
        """The slots of what it filled."""
        return [slot for slot in self.slots if slot.address < self.high and self.low < slot.end]


def touched(recording: Recording) -> Iterator[Touched]:
    rows = [row for row in range(len(recording.calls)) if recording.calls.call(row).function == "touch"]
    for number in range(1, len(rows) + 1):
        cfa = recording.at(f"touch#{number}:entry").frames[0].high
        low, size = arguments(recording)
        caller = recording.at(f"touch#{number}:return").frames[1]
        assert caller.function is not None
        yield Touched(caller.function, low, low + size, cfa, tuple(caller.slots))


def arguments(recording: Recording) -> tuple[int, int]:
    """The address and the size that touch was called with."""
    isa = recording.isa
    if isa.integer_arguments:
        return recording.register(isa.integer_arguments[0]), recording.register(isa.integer_arguments[2])
    above = recording.register(isa.stack_pointer) + isa.word_size
    low, size = (int.from_bytes(recording.read_memory(above + at, 4), isa.byte_order) for at in (0, 8))
    return low, size


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(("optimise", "alignment"), [("0", 256), ("2", 256), ("2", 32)])
@pytest.mark.parametrize(
    ("isa", "mode"), [*((isa, []) for isa in instruction_sets.emulated()), ("arm", ["-mthumb"])], ids=str
)
def test_what_the_prologue_makes_is_not_allocated(
    isa: str, mode: list[str], optimise: str, alignment: int, compiler: str
) -> None:
    """Before a function allocates it has no room at run time, and none lies above where SP was then."""
    table = instruction_sets.get(isa)
    cross = "gcc" if isa == default_isa().name else f"{table.gnu_triplet}-gcc"
    require(cross, *(["clang"] if compiler == "clang" else []))
    cc = compiler if compiler == "clang" else None
    recording = stackglass.record(
        PROGRAM, isa=isa, optimise=optimise, cc=cc, cflags=[*mode, f"-DALIGNMENT={alignment}"]
    )
    pushed = 0 if table.integer_arguments else MOST_FOR_A_CALL
    kept = max(table.linkage.size, alignment) if table.linkage else 0  # which rooms begin above
    ends: dict[str, int] = {}
    for one in touched(recording):
        if one.function not in ends:
            ends[one.function] = one.cfa + pushed + kept
            assert one.rooms() == []
            continue
        assert all(room.end <= ends[one.function] for room in one.rooms())
        is_fixed = one.high - one.low == 24 and (compiler == "clang" or optimise != "0")
        if not is_fixed:  # a constant that the compiler may have taken off SP with the rest
            assert all(slot.role is Role.ALLOCA or slot.name == "array" for slot in one.told())
            assert min(slot.address for slot in one.told()) == one.low
    assert set(ends) == {"with_array", "with_alloca", "with_constant", "with_loop", "with_nothing", "with_much"}


BY_HAND = """
        .globl  main
main:   push    %rbx
        mov     %rsp, %rbx
        and     $-64, %rsp
        sub     $128, %rsp
        movq    $0x1234, (%rsp)
        call    seen
        mov     %rbx, %rsp
        pop     %rbx
        xor     %eax, %eax
        ret
seen:   ret
        .section .note.GNU-stack,"",@progbits
"""


def test_assembly_that_rounds_sp_down_allocates_nothing(tmp_path: Path) -> None:
    require("gcc")
    path = tmp_path / "by_hand.s"
    path.write_text(BY_HAND)
    frame = stackglass.record(path, isa="x86_64").at("seen").frames[1]
    assert frame.high - frame.low > 128
    assert not [slot for slot in frame.slots if slot.role is Role.ALLOCA]
