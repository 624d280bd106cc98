"""Where a function that takes `...` keeps the registers that may hold arguments of it: by what the caller passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackglass import Frame
from stackglass import isa as isas
from tests.integration.told import recorded

SOURCE = """
#define APART __attribute__((noinline, noclone))
struct large { long words[6]; };
APART void use(void *at) { __asm__ volatile("" : : "r"(at) : "memory"); }
APART void in_sum(void *at) { __asm__ volatile("" : : "r"(at) : "memory"); }
APART void in_made(void *at) { __asm__ volatile("" : : "r"(at) : "memory"); }
APART int sum(int named, ...) {
    LOCAL
    __builtin_va_list list;
    __builtin_va_start(list, named);
    int first = __builtin_va_arg(list, int), second = __builtin_va_arg(list, int), third = __builtin_va_arg(list, int);
    in_sum(&first);
    __builtin_va_end(list);
    return first + second + third;
}
APART struct large made(int named, ...) {
    LOCAL
    struct large result = { { named } };
    __builtin_va_list list;
    __builtin_va_start(list, named);
    int first = __builtin_va_arg(list, int), second = __builtin_va_arg(list, int);
    in_made(&first);
    result.words[1] = first + second;
    __builtin_va_end(list);
    return result;
}
int main(void) { return sum(5, 0x1111, 0x2222, 0x3333) + (int)made(5, 0x4444, 0x5555).words[1]; }
"""
WITH_REGISTERS = [isa for isa in isas.emulated() if isas.get(isa).integer_arguments]
REALIGNED = "_Alignas(64) char aligned[40]; use(aligned);"
BUILDS = [
    *((isa, level, "") for isa in WITH_REGISTERS for level in ("-O0", "-O2")),
    *(("arm", f"{level} -mthumb", "") for level in ("-O0", "-O2")),
    *(("x86_64", level, REALIGNED) for level in ("-O0", "-O2")),
]
SAVED = "saved for '...': "


def kept(frame: Frame, isa: str) -> dict[str, int]:
    """What is told as saved for `...`, by register, as 32-bit numbers."""
    order = isas.get(isa).byte_order
    notes = [(slot.note or "", slot) for slot in frame.slots]
    saved = {note.removeprefix(SAVED): slot for note, slot in notes if note.startswith(SAVED)}
    return {name: int.from_bytes(slot.bytes, order) & 0xFFFFFFFF for name, slot in saved.items()}


@pytest.mark.parametrize(("isa", "flags", "local"), BUILDS)
def test_what_was_passed_for_dots_is_told_as_that(isa: str, flags: str, local: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, flags, SOURCE.replace("LOCAL", local))
    arguments = isas.get(isa).integer_arguments

    frame = recording.at("in_sum").frames[1]
    assert frame.function == "sum"
    saved = kept(frame, isa)
    assert [saved.get(name) for name in arguments[:4]] == [None, 0x1111, 0x2222, 0x3333]

    frame = recording.at("in_made").frames[1]
    assert frame.function == "made"
    saved = kept(frame, isa)
    hidden = 0 if isa == "aarch64" else 1  # which passes the address of the result in x8
    first = arguments[hidden + 1 : hidden + 3]
    assert [saved.get(name) for name in first] == [0x4444, 0x5555]
    assert saved.keys().isdisjoint(arguments[: hidden + 1])


def test_what_is_pushed_elsewhere_is_not_told_as_that(tmp_path: Path) -> None:
    """An argument register that is pushed to keep the stack aligned is not in the row that ends at the arguments."""
    source = """
    __attribute__((noinline, noclone)) void use(int number) { __asm__ volatile("" : : "r"(number)); }
    __attribute__((noinline, noclone)) void four(int a, int b, int c, int d, ...) { use(a); use(b); }
    int main(void) { four(1, 2, 3, 4, 5); return 0; }
    """
    frame = recorded(tmp_path, "arm", "-O2", source).at("use").frames[1]
    assert frame.function == "four" and not kept(frame, "arm")
