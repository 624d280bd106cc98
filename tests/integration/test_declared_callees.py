"""Arguments on the stack of functions that have no debug information, but that their caller's unit declares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import stackglass
from stackglass import Recording, Role, Slot
from stackglass import isa as isas
from tests.needs import require

SOURCE = """
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

static int less(const void *a, const void *b, void *key) { return *(const int *)a - *(const int *)b; }

__attribute__((noinline)) static int beyond(int *p, long a, long b, long c, long d) { return *p + a + b * c - d; }

/* d waits at SP for a later call, while printf gets two arguments in registers */
__attribute__((noinline)) static int waits(long a, long b, long c, long d, long e, long g) {
    printf("%ld", a);
    int found = beyond((int *)&g, a, b, c, d);
    printf("%ld", e);
    return found;
}

int main(int argc, char **argv) {
    int numbers[] = {1, 3, 5}, key = 3;
    char text[64];
    qsort_r(numbers, 3, sizeof *numbers, less, &key);
    snprintf(text, sizeof text, "%d %d %d %d %d %d %d %d", key, 2, 3, 4, 5, 6, 7, 8);
    return waits(argc, 2, 3, 4, 5, 6) == text[0];
}
"""
every_isa = pytest.mark.parametrize("isa", isas.emulated())
EIGHT = [3, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[str, str], Recording]:
    def record(isa: str, optimise: str) -> Recording:
        require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
        program = tmp_path / "declared.c"
        program.write_text(SOURCE)
        return stackglass.record(program, isa=isa, optimise=optimise, static=True)

    return record


def arguments(recording: Recording, where: str) -> list[Slot]:
    """What the function outside the innermost frame passed on the stack, from low addresses to high."""
    frame = recording.at(where).frames[1]
    return sorted((one for one in frame.slots if one.role is Role.OUTGOING_ARGUMENT), key=lambda one: one.address)


@every_isa
@pytest.mark.parametrize("optimise", ["0", "2"])
def test_declared_arguments_have_their_types(
    recorded: Callable[[str, str], Recording], isa: str, optimise: str
) -> None:
    recording = recorded(isa, optimise)
    told = arguments(recording, "qsort_r:entry")
    types = ["void *", "size_t", "size_t", "__compar_d_fn_t", "void *"]
    every = [(f"argument {n}", type_, recording.isa.word_size) for n, type_ in enumerate(types, 1)]
    assert [(one.note, one.type, one.size) for one in told] == every[len(recording.isa.integer_arguments) :]
    pointees = {one.note: one.points_to.name for one in told if one.points_to is not None}
    assert pointees.get("argument 4", "less") == "less" and pointees.get("argument 5", "key in main") == "key in main"
    assert not told or "argument 5" in pointees


@every_isa
def test_all_that_printf_gets_on_the_stack(recorded: Callable[[str, str], Recording], isa: str) -> None:
    recording = recorded(isa, "0")
    told = arguments(recording, "snprintf:entry")
    words = [int.from_bytes(one.bytes, recording.isa.byte_order) & 0xFFFFFFFF for one in told]
    assert len(told) == 3 + len(EIGHT) - len(recording.isa.integer_arguments)
    without_names = [word for one, word in zip(told, words, strict=True) if one.note == "argument without a name"]
    assert without_names == EIGHT[-len(without_names) :]
    assert len(without_names) == min(len(told), len(EIGHT))


@pytest.mark.parametrize("isa", [name for name in isas.emulated() if isas.get(name).integer_arguments])
@pytest.mark.parametrize("optimise", ["0", "1", "2"])
def test_what_lies_at_sp_for_another_purpose_is_no_argument(
    recorded: Callable[[str, str], Recording], isa: str, optimise: str
) -> None:
    recording = recorded(isa, optimise)
    assert arguments(recording, "printf:entry") == []
