"""Every slot that keeps a caller's register is told as that from the store on, and no other slot is.

What a function's rules say at any of its instructions is compared with the picture at every one of them, also where the
rules come later than the store, as they do in a prologue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Recording, Role, Slot, explain
from stackglass import isa as isas
from stackglass.debuginfo.target import Function
from stackglass.model.explanation import ExplainedStep, PhaseName
from stackglass.stack.build import facts_of
from stackglass.unwind.recover import register_rules
from stackglass.unwind.rules import SavedAt
from tests.integration import chosen_steps
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "saved_registers.c"
_SAVED = (Role.SAVED_REGISTER, Role.SAVED_FRAME_POINTER)
_VFP = "-march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=softfp"
BUILDS = [
    *((isa, level, "") for isa in isas.emulated() for level in "12s"),
    *(("arm", level, f"{_VFP}{thumb}") for level in "2s" for thumb in ("", " -mthumb")),
    ("arm", "2", "-mthumb"),
]
FLOATS = {"aarch64": "v", "riscv64": "fs", "powerpc": "f", _VFP: "d", f"{_VFP} -mthumb": "d"}
"""What the floating-point registers that calls preserve are called, where there are some."""


def recorded(isa: str, optimise: str, flags: str) -> Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    return stackglass.record(PROGRAM, isa=isa, optimise=optimise, cflags=flags)


def places(recording: Recording, function: Function) -> Mapping[int, set[str]]:
    """Where the function keeps which registers, relative to the CFA, by its rules at any of its instructions."""
    isa, found = recording.isa, defaultdict[int, set[str]](set)
    for low, _ in function.ranges:
        table = facts_of(recording.target).table_at(low)
        for row in table.rows if table is not None else ():
            for register, rule in register_rules(row, isa):
                if isinstance(rule, SavedAt) and isa.is_callee_saved(register.name):
                    found[rule.offset].add(register.name)
    return found


def frames(recording: Recording) -> Iterator[tuple[Frame, Function]]:
    """The running function's frame at every step of the program's own functions; main may realign its own."""
    for step in chosen_steps.own(recording, 4):
        frame = recording.snapshot(step).frames[0]
        function = recording.target.function_at(frame.pc)
        if function is not None and function.name != "main":
            yield frame, function


def was_saved(slot: Slot, frame: Frame, function: Function) -> bool:
    """Whether the function itself has written the slot, in this call."""
    writer, since = slot.written_by, frame.call_site.step if frame.call_site is not None else None
    if writer is None or since is None or writer.step < since:
        return False
    return any(low <= writer.pc < high for low, high in function.ranges)


def is_stored_along(recording: Recording, slot: Slot) -> bool:
    """Whether one instruction stored it with others, as PowerPC's stmw does all up to r31: rules leave out those that
    the function doesn't change."""
    writer = slot.written_by
    stores = facts_of(recording.target).stores_at(writer.pc, recording.read_memory) if writer is not None else ()
    return len(stores) > 2 and slot.register in {store.register for store in stores}


@pytest.mark.parametrize(("isa", "optimise", "flags"), BUILDS)
def test_saved_registers_are_told_from_their_store_on_and_nothing_else_is(isa: str, optimise: str, flags: str) -> None:
    recording = recorded(isa, optimise, flags)
    seen = set[str]()
    for frame, function in frames(recording):
        assert frame.cfa is not None
        kept = places(recording, function)
        for offset, names in kept.items():
            slot = next((each for each in frame.slots if each.address <= frame.cfa + offset < each.end), None)
            if slot is None or slot.in_red_zone or not was_saved(slot, frame, function):
                continue
            told = (slot.role in _SAVED, slot.register in names, slot.address - frame.cfa, slot.size, slot.overwritten)
            size = recording.isa.saved_bytes(slot.register or recording.isa.pc)
            assert told == (True, True, offset, size, False), (hex(frame.pc), function.name, names, slot)
            seen.add(slot.register or "")
        for slot in frame.slots:
            if slot.role in _SAVED and slot.register != recording.isa.stack_pointer:
                is_told = slot.register in kept.get(slot.address - frame.cfa, ())
                assert is_told or is_stored_along(recording, slot), (hex(frame.pc), function.name, slot)
    assert len(seen) > 3
    floats = FLOATS.get(flags or isa)
    assert floats is None or any(name.startswith(floats) and name[len(floats) :].isdigit() for name in seen)
    assert isa != "powerpc" or "cr" in seen


def explained(recording: Recording, function: str) -> list[ExplainedStep]:
    """The steps of the function's first call that are told one by one."""
    told = [step for phase in explain.call(recording, function).phases for step in phase.told]
    return [step for step in told if isinstance(step, ExplainedStep)]


@pytest.mark.parametrize(
    ("isa", "flags", "saved"),
    [
        ("aarch64", "", "saves the caller's d8 ("),
        ("arm", _VFP, "pushes the caller's d8 ("),
        ("arm", "-mthumb", "the caller's r8 ("),
        ("riscv64", "", "saves the caller's fs1 ("),
        ("powerpc", "", "saves the caller's f31 ("),
    ],
)
def test_explain_calls_each_of_them_saved(isa: str, flags: str, saved: str) -> None:
    recording = recorded(isa, "2", flags)
    assert any(saved in step.words for step in explained(recording, "integers" if "thumb" in flags else "floating"))


def test_explain_tells_by_way_of_what_the_condition_register_is_saved() -> None:
    told = explained(recorded("powerpc", "2", ""), "compared")
    (saving,) = [step.words for step in told if step.disassembly.startswith("stw r12")]
    assert saving.startswith("saves the caller's cr (") and ", by way of r12) in its slot" in saving


WITHOUT_RULES = {
    "x86_64": (
        """
        enter $32, $0
        push %rbx
        push %rax
        mov $1, %ebx
here:   nop
        mov -40(%rbp), %rbx
        xor %eax, %eax
        leave
        ret
        """,
        {"rbp": 8, "rbx": 8},
    ),
    "i386": (
        """
        enter $32, $0
        push %ebx
        push %eax
        mov $1, %ebx
here:   nop
        mov -36(%ebp), %ebx
        xor %eax, %eax
        leave
        ret
        """,
        {"ebp": 4, "ebx": 4},
    ),
    "aarch64": (
        """
        stp x29, x30, [sp, #-64]!
        stp d8, d9, [sp, #16]
        str q10, [sp, #32]
        fmov d8, #1.0
here:   nop
        ldp d8, d9, [sp, #16]
        ldp x29, x30, [sp], #64
        mov w0, #0
        ret
        """,
        {"x29": 8, "v8": 8, "v9": 8},
    ),
    "arm": (
        """
        .fpu vfpv3
        push {r4, lr}
        vpush {d8-d9}
        vmov.f64 d8, #1.0
here:   nop
        vpop {d8-d9}
        mov r0, #0
        pop {r4, pc}
        """,
        {"r4": 4, "d8": 8, "d9": 8},
    ),
    "riscv64": (
        """
        addi sp, sp, -32
        sd ra, 24(sp)
        fsd fs0, 16(sp)
        fsd ft0, 8(sp)
        fmv.d.x fs0, zero
here:   nop
        fld fs0, 16(sp)
        ld ra, 24(sp)
        addi sp, sp, 32
        li a0, 0
        ret
        """,
        {"fs0": 8},
    ),
    "powerpc": (
        """
        stwu 1, -48(1)
        cmpwi 0, 3, 1
        mfcr 12
        cmpwi 3, 3, 1
        mfcr 11
        stfd 31, 40(1)
        stfd 1, 32(1)
        stw 12, 28(1)
        stw 11, 24(1)
        fsub 31, 31, 31
here:   nop
        lwz 12, 28(1)
        lfd 31, 40(1)
        mtcrf 0x10, 12
        addi 1, 1, 48
        li 3, 0
        blr
        """,
        {"r1": 4, "cr": 4, "f31": 8},
    ),
}
"""Code of main, and the registers that it has saved at `here` with how many bytes of each. What else it has stored
there isn't its caller's, or no longer."""


@pytest.mark.parametrize("isa", WITHOUT_RULES)
def test_without_rules_the_stores_themselves_tell(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    code, expected = WITHOUT_RULES[isa]
    head = ".text\n.globl main\n.type main, %function\nmain:\n"
    (tmp_path / "saves.s").write_text(f"{head}{code}\n.size main, . - main\n")
    recording = stackglass.record(tmp_path / "saves.s", isa=isa)
    line = next(number for number, text in enumerate((head + code).split("\n"), 1) if text.startswith("here:"))
    frame = recording.at(f"saves.s:{line}").frames[0]
    kept = [slot for slot in frame.slots if slot.role in _SAVED]
    assert {slot.register: slot.size for slot in kept} == expected
    assert len(kept) == len(expected) and not any(slot.overwritten for slot in kept)
    assert any(slot.role is Role.TEMPORARY for slot in frame.slots) or isa == "arm"


NESTED = """
        enter $32, $1
        push %rbp
        mov $1, %ebp
here:   nop
        pop %rbp
        xor %eax, %eax
        leave
        ret
"""


def test_of_enter_with_nested_levels_less_is_told(tmp_path: Path) -> None:
    require("gcc", "static libc")
    (tmp_path / "nested.s").write_text(f".globl main\nmain:\n{NESTED}")
    frame = stackglass.record(tmp_path / "nested.s").at("nested.s:6").frames[0]
    assert not [slot for slot in frame.slots if slot.role in _SAVED]


@pytest.mark.parametrize("isa", ["x86_64", "i386"])
def test_explain_tells_enter_as_what_makes_the_frame(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "entered.s").write_text(f".globl main\n.type main, %function\nmain:\n{WITHOUT_RULES[isa][0]}")
    told = explain.call(stackglass.record(tmp_path / "entered.s", isa=isa), "main")
    (makes,) = [phase for phase in told.phases if phase.name is PhaseName.PROLOGUE]
    assert [step.disassembly.split()[0] for step in makes.told if isinstance(step, ExplainedStep)] == ["enter", "push"]
