"""What instructions do to the stack, read off their bytes."""

from __future__ import annotations

import pytest

from stackglass.isa import get
from stackglass.isa.instructions import InstructionKind
from stackglass.stack.code import Code, Instruction, Store, disassembly
from stackglass.stack.depth import Depths

ISA = get("x86_64")
LOW = 0x401000


def first(code: str) -> Instruction:
    return next(iter(Code(ISA, LOW, bytes.fromhex(code))))


@pytest.mark.parametrize(
    ("code", "delta"),
    [
        ("55", -8),  # push rbp
        ("5d", 8),  # pop rbp
        ("4883ec10", -16),  # sub rsp, 16
        ("4881c400010000", 256),  # add rsp, 256
        ("488d6424f8", -8),  # lea rsp, [rsp - 8]
        ("4889e5", 0),  # mov rbp, rsp
        ("4829c4", None),  # sub rsp, rax
        ("c9", None),  # leave
        ("c8200000", -40),  # enter 32, 0
        ("c8200001", None),  # enter 32, 1: pushes more
        ("c3", 8),  # ret
    ],
)
def test_how_sp_moves(code: str, delta: int | None) -> None:
    assert first(code).stack_delta == delta


@pytest.mark.parametrize(
    ("code", "store"),
    [
        ("53", Store("rbx", "rsp", 0, 8, True)),  # push rbx
        ("4155", Store("r13", "rsp", 0, 8, True)),  # push r13
        ("48895df8", Store("rbx", "rbp", -8, 8, False)),  # mov [rbp - 8], rbx
        ("897dec", Store("rdi", "rbp", -20, 4, False)),  # mov [rbp - 20], edi
        ("48895c2410", Store("rbx", "rsp", 16, 8, False)),  # mov [rsp + 16], rbx
        ("c8200000", Store("rbp", "rsp", 32, 8, True)),  # enter 32, 0
        ("c8200002", None),  # enter 32, 2
        ("66c8200000", None),  # enter 32, 0, of 16 bits
        ("6a07", None),  # push 7
        ("01c8", None),  # add eax, ecx
        ("0145fc", None),  # add [rbp - 4], eax
        ("8b45fc", None),  # mov eax, [rbp - 4]
        ("48890cc6", None),  # mov [rsi + rax * 8], rcx
        ("64488904253000 0000".replace(" ", ""), None),  # mov fs:[0x30], rax
    ],
)
def test_which_register_is_stored_where(code: str, store: Store | None) -> None:
    assert first(code).store == store


@pytest.mark.parametrize(("code", "above"), [("c8200000", -8), ("c8200002", None)])
def test_enter_sets_the_frame_pointer(code: str, above: int | None) -> None:
    one = first(code)
    assert one.writes == frozenset(("rbp", "rsp")) and one.spoils == frozenset(("rbp",))
    assert one.above_stack_pointer == above


def test_the_frame_pointer_that_enter_sets_is_counted_from() -> None:
    code = Code(ISA, LOW, bytes.fromhex("c8200000 53 488d65f8 c9 c3"))  # enter 32, 0; push rbx; lea rsp, [rbp - 8]
    assert [Depths(code, ISA, "rbp").at(LOW + offset) for offset in (0, 4, 5, 9)] == [8, 48, 56, 24]


def test_the_canary_is_loaded_from_the_thread() -> None:
    assert first("64488b042528000000").canary_load == "rax"
    assert first("64488b042530000000").canary_load is None
    assert first("6448330c2528000000").canary_load is None  # xor: it compares


@pytest.mark.parametrize(
    ("code", "sets", "aligns"),
    [
        ("4829c4", True, False),  # sub rsp, rax
        ("4889c4", True, False),  # mov rsp, rax
        ("4889ec", False, False),  # mov rsp, rbp: the frame's end
        ("4883ec10", False, False),
        ("4883e4f0", False, True),  # and rsp, -16
        ("40b400", False, True),  # mov spl, 0
        ("66bc0000", False, True),  # mov sp, 0
        ("40b410", False, False),  # mov spl, 16
        ("48c7c400000000", False, False),  # mov rsp, 0
    ],
)
def test_allocations_and_alignment(code: str, sets: bool, aligns: bool) -> None:
    one = first(code)
    assert (one.sets_stack_pointer, one.aligns_stack_pointer) == (sets, aligns)


def test_jumps_and_where_they_go() -> None:
    code = Code(ISA, LOW, bytes.fromhex("7402eb00e800000000c3"))
    kinds = [(one.kind, one.target, one.goes_on) for one in code]
    assert kinds == [
        (InstructionKind.JUMP, LOW + 4, True),
        (InstructionKind.JUMP, LOW + 4, False),
        (InstructionKind.CALL, LOW + 9, True),
        (InstructionKind.RETURN, None, False),
    ]
    assert [one.pc for one in code.leading()] == []


def test_a_stretch_of_code() -> None:
    code = Code(ISA, LOW, bytes.fromhex("554889e553c3"))
    assert [one.pc - LOW for one in code.between(LOW + 1, LOW + 5)] == [1, 4]
    assert code.at(LOW + 2) is None
    assert [one.pc - LOW for one in code.leading()] == [0, 1, 4]


def test_disassembly() -> None:
    assert disassembly(ISA, LOW, bytes.fromhex("4883ec10")) == "sub rsp, 0x10"
    assert disassembly(ISA, LOW, b"\x06") is None


def depths(code: str) -> Depths:
    return Depths(Code(ISA, LOW, bytes.fromhex(code)), ISA, ISA.frame_pointer)


def test_depths_through_a_function() -> None:
    # push rbp; mov rbp, rsp; sub rsp, 16; call; push 1; je +2; pop rax; nop; leave; ret
    made = depths("554889e54883ec10e8000100006a01740190c9c3")
    found = [made.at(LOW + offset) for offset in (0, 1, 4, 8, 13, 15, 17, 18)]
    assert found == [8, 16, 16, 32, 32, 40, 40, 40]
    assert not made.allocates
    assert made.at(LOW + 2) is None


def test_a_call_of_what_follows_pushes_the_pc() -> None:
    made = depths("e8000000005890")  # call; pop rax; nop
    assert [made.at(LOW + offset) for offset in (0, 5, 6)] == [8, 16, 8]


@pytest.mark.parametrize(
    ("callee", "taken_off"),
    [
        ("c3", 0),
        ("c21000", 16),
        ("5589e5c9c20800", 8),  # push rbp; mov rbp, rsp; leave; ret 8
        ("595851c3", 8),  # pop rcx; pop rax; push rcx; ret
        ("5a4883c408ffe2", 8),  # pop rdx; add rsp, 8; jmp rdx
        ("ffe0", 0),  # jmp rax, which hands its return address on
        ("7403c20800c3", 0),  # je +3; ret 8; ret
    ],
)
def test_arguments_that_a_function_takes_off_the_stack(callee: str, taken_off: int) -> None:
    assert depths(callee).arguments_taken_off() == taken_off


def test_behind_a_call_what_the_callee_took_off_is_gone() -> None:
    # push 1; push 2; call; nop
    code = Code(ISA, LOW, bytes.fromhex("6a016a02e80000100090"))
    made = Depths(code, ISA, ISA.frame_pointer, taken_off={LOW + 9 + 0x100000: 16}.__getitem__)
    assert [made.at(LOW + offset) for offset in (2, 4, 9)] == [16, 24, 8]


def test_what_rounds_sp_down_is_of_the_prologue_until_something_allocates() -> None:
    # push rbp; mov rbp, rsp; and rsp, -64; sub rsp, 64; sub rsp, rax; and rsp, -128; leave; ret
    made = depths("554889e54883e4c04883ec404829c44883e480c9c3")
    assert (set(made.prologue_moves), made.allocates, made.base) == ({LOW + 4}, True, 80)
    # the same without `sub rsp, rax`
    made = depths("554889e54883e4c04883ec404883e480c9c3")
    assert (set(made.prologue_moves), made.allocates, made.base) == ({LOW + 4, LOW + 12}, False, None)


def test_what_the_prologue_takes_off_by_a_register_is_not_allocated() -> None:
    # push rbp; mov rbp, rsp; sub rsp, r11; sub rsp, rax; leave; ret
    code = Code(ISA, LOW, bytes.fromhex("554889e54c29dc4829c4c9c3"))
    assert not Depths(code, ISA, ISA.frame_pointer).prologue_moves
    made = Depths(code, ISA, ISA.frame_pointer, body=LOW + 7)
    assert (set(made.prologue_moves), made.allocates, made.base) == ({LOW + 4}, True, 16)


def test_depths_in_an_epilogue_count_from_the_frame_pointer() -> None:
    # push rbp; mov rbp, rsp; push rbx; sub rsp, 8; sub rsp, rax; push 1; lea rsp, [rbp - 8]; pop rbx; pop rbp; ret
    made = depths("554889e5534883ec084829c46a01488d65f85b5dc3")
    found = [made.at(LOW + offset) for offset in (5, 9, 12, 14, 18, 19, 20)]
    assert found == [24, 32, 32, 40, 24, 16, 8]
    assert made.base == 32


def test_what_is_given_back_takes_what_was_pushed_with_it() -> None:
    # push rbp; mov rbp, rsp; mov rbx, rsp; sub rsp, rax; push 1; mov rsp, rbx; nop
    made = depths("554889e54889e34829c46a014889dc90")
    assert (made.base, made.at(LOW + 12), made.at(LOW + 15)) == (16, 24, 16)


@pytest.mark.parametrize(("address", "kept"), [("488d442420", 32), ("488d44242f", 32), ("4889e0", 0)])
def test_rooms_begin_above_what_is_kept_at_the_stack_pointer(address: str, kept: int) -> None:
    # push rbp; mov rbp, rsp; sub rsp, rax; lea rax, [rsp + 32] or [rsp + 47], to be rounded down, or mov rax, rsp
    assert depths(f"554889e54829c4{address}").kept_at_sp == kept


def test_depths_leave_allocations_out() -> None:
    made = depths("554889e54829c490")  # push rbp; mov rbp, rsp; sub rsp, rax; nop
    assert made.at(LOW + 7) == 16
    assert made.allocates


def test_where_no_path_leads_the_common_depth_counts() -> None:
    made = depths("4883ec289090ffe090")  # sub rsp, 40; nops; jmp rax; nop
    assert made.at(LOW + 8) == 48
