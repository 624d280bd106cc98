"""32-bit ARM with the AAPCS (Procedure Call Standard for the Arm Architecture) on Linux: A32 and Thumb."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackglass.isa.arm_arguments import assign, assign_vfp
from stackglass.isa.arm_operands import OTHER_SPELLINGS
from stackglass.isa.arm_patterns import PATTERNS
from stackglass.isa.arm_prologue import frame_setup
from stackglass.isa.arm_stores import stores
from stackglass.isa.linux import NARROW_STAT, OTHER_OPEN_FLAGS, KernelAbi, stat64
from stackglass.isa.table import AbiVariant, FixedPage, Hardware, Isa, OtherEncoding, Register, SystemCalls
from stackglass.isa.thumb_prologue import frame_setup as thumb_frame_setup
from stackglass.isa.words import Vocabulary

_CALLEE_SAVED = ("r4", "r5", "r6", "r7", "r8", "r9", "r10", "fp")
_KEPT_VECTORS = range(8, 16)
"""AAPCS 6.1.2.1, whether or not floating-point values are passed in them."""

# name, other names, Unicorn's number, role. DWARF numbers 0 to 15 (DWARF for the Arm Architecture, 4.1) in this order.
_GENERAL = (
    ("r0", (), 66, "argument 1; result"),
    ("r1", (), 67, "argument 2; second word of the result"),
    ("r2", (), 68, "argument 3"),
    ("r3", (), 69, "argument 4"),
    ("r4", (), 70, "callee-saved"),
    ("r5", (), 71, "callee-saved"),
    ("r6", (), 72, "callee-saved"),
    ("r7", (), 73, "callee-saved; frame pointer in Thumb code"),
    ("r8", (), 74, "callee-saved"),
    ("r9", ("sb",), 75, "callee-saved"),
    ("r10", ("sl",), 76, "callee-saved"),
    ("fp", ("r11",), 77, "frame pointer; callee-saved"),
    ("ip", ("r12",), 78, "scratch, also of linkage stubs"),
    ("sp", ("r13",), 12, "stack pointer"),
    ("lr", ("r14",), 10, "link register: where a call leaves the return address"),
)


def _vector_role(number: int) -> str:
    if number < 8:
        return "floating-point argument and result, where the hard-float ABI is used"
    return "callee-saved" if number in _KEPT_VECTORS else "scratch"


def _vector_parts(number: int) -> tuple[tuple[str, int, int], ...]:
    return ((f"s{2 * number}", 32, 0), (f"s{2 * number + 1}", 32, 32)) if number < 16 else ()


_REGISTERS = (
    *(
        Register(name, 32, dwarf, engine, role, callee_saved=name in _CALLEE_SAVED, aliases=aliases)
        for dwarf, (name, aliases, engine, role) in enumerate(_GENERAL)
    ),
    Register("pc", 32, 15, 11, "program counter", aliases=("r15",), kind="pc"),
    Register("cpsr", 32, None, 3, "flags, and the encoding of instructions", kind="flags"),
    Register("tpidruro", 32, None, 113, "thread pointer", kind="segment"),
    Register("fpscr", 32, None, 6, "floating-point status and control", kind="control"),
    *(
        Register(
            f"d{n}",
            64,
            256 + n,
            14 + n,
            _vector_role(n),
            callee_saved=n in _KEPT_VECTORS,
            parts=_vector_parts(n),
            kind="vector",
        )
        for n in range(32)
    ),
)

_CPSR, _USER_MODE = 3, 0x10
_CPACR, _CP10_AND_CP11 = 111, 0xF << 20
_FPEXC, _FP_ENABLE = 4, 1 << 30
"""Unicorn's numbers of what Linux sets up for programs, and what it sets them to."""

_HELPERS = 0xFFFF0F60
# What Linux puts there (Documentation/arch/arm/kernel_user_helpers.rst, arch/arm/kernel/entry-armv.S).
_HELPER_CODE = bytes.fromhex(
    # 0xffff0f60, __kuser_cmpxchg64: push {r4-r7}; ldrd r4, [r0]; ldrd r6, [r1]; dmb ish
    "f0002de9 d040c0e1 d060c1e1 5bf07ff5"
    # 1: ldrexd r0, [r2]; eors r3, r0, r4; eorseq r3, r1, r5; strexdeq r3, r6, [r2]; teqeq r3, #1; beq 1b
    "9f0fb2e1 043030e0 05303100 963fa201 01003303 f9ffff0a"
    # dmb ish; rsbs r0, r3, #0; pop {r4-r7}; bx lr
    "5bf07ff5 000073e2 f000bde8 1eff2fe1 00000000 00000000"
    # 0xffff0fa0, __kuser_memory_barrier: dmb ish; bx lr
    "5bf07ff5 1eff2fe1 00000000 00000000 00000000 00000000 00000000 00000000"
    # 0xffff0fc0, __kuser_cmpxchg: dmb ish; 1: ldrex r3, [r2]; subs r3, r3, r0; strexeq r3, r1, [r2]; teqeq r3, #1;
    # beq 1b; rsbs r0, r3, #0; b __kuser_memory_barrier
    "5bf07ff5 9f3f92e1 003053e0 913f8201 01003303 faffff0a 000073e2 efffffea"
    # 0xffff0fe0, __kuser_get_tls: mrc p15, 0, r0, c13, c0, 3; bx lr
    "700f1dee 1eff2fe1 00000000 00000000 00000000 00000000 00000000"
    # 0xffff0ffc, __kuser_helper_version
    "05000000"
)

# HALF, THUMB, FAST_MULT, VFP, EDSP, NEON, VFPv3, TLS, VFPv4, IDIVA, IDIVT, VFPD32
_ABILITIES = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 12 | 1 << 13 | 0b11111 << 15


def _direct_calls(code: bytes, address: int) -> Iterator[int]:
    """Wherever a bl or blx stands, in either encoding."""
    for at in range(0, len(code) - 3, 4):
        word = int.from_bytes(code[at : at + 4], "little")
        if word >> 24 & 0xF == 0xB or word >> 25 == 0b1111101:
            distance = (word & 0xFFFFFF ^ 1 << 23) - (1 << 23)
            yield address + at + 8 + 4 * distance + (word >> 23 & 2 if word >> 28 == 0xF else 0)
    for match in re.finditer(rb"(?=(.[\xf0-\xf7].[\xc0-\xff]))", code, re.DOTALL):
        if not match.start() % 2:
            yield from _thumb_target(match[1], address + match.start())


def _thumb_target(code: bytes, address: int) -> Iterator[int]:
    high, low = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little")
    sign = high >> 10 & 1
    first, second = ~(low >> 13 ^ sign) & 1, ~(low >> 11 ^ sign) & 1
    distance = first << 23 | second << 22 | (high & 0x3FF) << 12 | (low & 0x7FF) << 1
    target = address + 4 + distance - (sign << 24)
    yield target if low >> 12 & 1 else target & ~3


_HARD_FLOAT = AbiVariant(
    mask=0xFF000400,  # the ABI's version, and EF_ARM_ABI_FLOAT_HARD (ELF for the Arm Architecture, 5.2)
    value=0x05000400,
    title="32-bit ARM, AAPCS with VFP registers",
    assign=assign_vfp,
    float_arguments=tuple(f"d{n}" for n in range(8)),
    float_results=tuple(f"d{n}" for n in range(8)),
)


def _words() -> Vocabulary:
    from stackglass.isa.arm_words import WORDS

    return WORDS


ISA = Isa(
    name="arm",
    title="32-bit ARM, AAPCS",
    word_size=4,
    byte_order="little",
    elf_machine="EM_ARM",
    elf_class=32,
    engine_arch=1,
    engine_mode=0,
    capstone_arch=0,
    capstone_mode=0,
    instruction_size=lambda code: 4,
    registers=_REGISTERS,
    dwarf_parts={64 + n: f"s{n}" for n in range(32)},
    pc="pc",
    stack_pointer="sp",
    frame_pointer="fp",
    return_register="lr",
    thread_pointer="tpidruro",
    tls_offset=8,
    stack_alignment=8,
    red_zone=0,
    cfa_minus_sp_at_entry=0,
    integer_arguments=("r0", "r1", "r2", "r3"),
    float_arguments=(),
    integer_results=("r0", "r1"),
    float_results=(),
    system_calls=SystemCalls(
        table="arm", number="r7", arguments=tuple(f"r{n}" for n in range(7)), result="r0", machine="armv7l"
    ),
    patterns=PATTERNS,
    prefixes=None,
    repeat_counter=None,
    psabi="Procedure Call Standard for the Arm Architecture",
    kernel=KernelAbi(
        stat=NARROW_STAT,
        stat64=stat64("4x"),
        signal_restorer=True,
        wide_arguments="aligned pair",
        open_flags=OTHER_OPEN_FLAGS,
    ),
    unnamed_arguments="they go where named ones would; floating-point values go in r0 to r3 too (AAPCS 6.5, 7.1.2)",
    assign=assign,
    abi_variants=(_HARD_FLOAT,),
    alignments={("vector", 16): 8, ("vector", 32): 8, ("vector", 64): 8},
    direct_calls=_direct_calls,
    canary_variable="__stack_chk_guard",
    stack_steps={
        "add": "sum",
        "sub": "difference",
        "mov": "copy",
        "ldr": "copy",
        "and": "mask",
        "bic": "mask",
        "bfc": "mask",
    },
    address_steps={"ldr": "load", "add": "sum", "adr": "copy", "mov": "copy", "movw": "copy", "movt": "high"},
    long_double_size=8,
    char_is_signed=False,
    virtual_in_adjustment=True,
    not_emulated="ARMv8's lda and stl",
    words=_words,
    other_spellings=OTHER_SPELLINGS,
    stores=stores,
    veneers=r"__\w+_(from_thumb|from_arm|veneer)|__(ARM|Thumb)\w*Thunk_.+",  # GNU ld's, and lld's
    mapping_symbols=("$a", "$d", "$t"),
    frame_setup=frame_setup,
    prologue_by_lines=True,
    gnu_triplet="arm-linux-gnueabi",
    zig_target="arm-linux-musleabi",
    hardware=Hardware("v7l", _ABILITIES),
    engine_setup=((_CPSR, _USER_MODE), (_CPACR, _CP10_AND_CP11), (_FPEXC, _FP_ENABLE)),
    fixed_pages=(FixedPage(_HELPERS, _HELPER_CODE, "r-x", "[vectors]"),),
    other_encoding=OtherEncoding(
        title="Thumb",
        register="cpsr",
        flag=1 << 5,
        address_bit=1,
        capstone_mode=16,
        frame_pointer="r7",
        wide_from=0xE800,
        group_bits=0x0600FC00,
        ungrouped_code=_HELPERS + 0x90,
        compiler_flag="-mthumb",
        zig_target="thumb-linux-musleabi",
        mapping_symbols={"$t": True, "$a": False, "$d": False},
        frame_setup=thumb_frame_setup,
        called_jumps={bytes((number << 3, 0x47)): f"bx {name}" for number, (name, *_) in enumerate(_GENERAL[:13])},
        filler=rb"\xc0\x46|\x00\x00",  # nop
    ),
    exceptions={1: "illegal", 7: "breakpoint"},
    interpreter_base=0xB6FC0000,
    mmap_top=0xB6FB0000,
    stack_top=0xBF000000,
)
