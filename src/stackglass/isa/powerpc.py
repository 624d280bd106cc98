"""32-bit PowerPC, big-endian, with the System V ABI's PowerPC processor supplement on Linux; hard float."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stackglass.isa.powerpc_arguments import assign, assign_with_small_structs
from stackglass.isa.powerpc_linux import KERNEL
from stackglass.isa.powerpc_patterns import PATTERNS, SILENT_STORES, direct_calls
from stackglass.isa.powerpc_prologue import frame_setup
from stackglass.isa.powerpc_stores import stores, writes
from stackglass.isa.table import AbiVariant, Cpu, Hardware, Isa, Linkage, Register, SystemCalls
from stackglass.isa.words import Vocabulary

# "Registers" in chapter 3: r14 to r31, f14 to f31 and cr2 to cr4 are the caller's.
_FIRST_KEPT = 14
_GENERAL_ROLES = {
    0: "scratch; number of a system call",
    1: "stack pointer",
    2: "thread pointer",
    3: "argument 1; result",
    4: "argument 2; second word of the result",
    11: "scratch",
    12: "scratch",
    13: "points into the small data; nobody changes it",
    31: "frame pointer; callee-saved",
}


def _role(number: int) -> str:
    if number in _GENERAL_ROLES:
        return _GENERAL_ROLES[number]
    return f"argument {number - 2}" if number < _FIRST_KEPT else "callee-saved"


def _float_role(number: int) -> str:
    if number >= _FIRST_KEPT:
        return "callee-saved"
    if not 1 <= number <= 8:
        return "scratch"
    return f"floating-point argument {number}" + ("; result" if number == 1 else "")


_CONDITION_FIELDS = tuple((f"cr{n}", 4, 28 - 4 * n) for n in range(8))
_CR1_EQ = ("cr1eq", 1, 25)
"""Bit 6, which tells variadic functions of floating-point arguments."""
_SUMMARY_OVERFLOW = 1 << 28
"""Of cr0: an instruction's, or a failed system call's."""

# Unicorn's numbers: pc 1, r0 from 2 on, f0 from 42 on. DWARF numbers: r0 from 0 on, f0 from 32 on; those of lr, ctr and
# cr are what call-frame information has. A saved cr stands there under the number of cr2, the first field that is kept.
_REGISTERS = (
    *(
        Register(
            f"r{number}",
            32,
            number,
            2 + number,
            _role(number),
            callee_saved=number >= _FIRST_KEPT,
            aliases={1: ("sp",), 31: ("fp",)}.get(number, ()),
        )
        for number in range(32)
    ),
    Register("pc", 32, None, 1, "program counter", kind="pc"),
    Register("lr", 32, 65, 74, "link register: where a call leaves the return address", kind="control"),
    Register("ctr", 32, 66, 76, "counter of loops; target of indirect calls", kind="control"),
    Register(
        "cr",
        32,
        70,
        79,
        "condition: eight fields of 4 bits",
        callee_saved=True,
        parts=(*_CONDITION_FIELDS, _CR1_EQ),
        kind="flags",
        kept_parts=("cr2", "cr3", "cr4"),
    ),
    Register("xer", 32, 76, 75, "carry and overflow", kind="control"),
    Register("fpscr", 32, None, 78, "floating-point control and status", kind="control"),
    *(
        Register(
            f"f{number}",
            64,
            32 + number,
            42 + number,
            _float_role(number),
            callee_saved=number >= _FIRST_KEPT,
            kind="vector",
            holds_doubles=True,
        )
        for number in range(32)
    ),
)

_MSR, _FLOATING_POINT = 77, 1 << 13
"""Unicorn's number of the register that lets programs use floating point, and its bit. A bit for user programs is there
too, but with it the engine wants addresses to be translated."""


def _counter(register: int, shift: int) -> Callable[[Cpu], None]:
    return lambda cpu: cpu.write(f"r{register}", cpu.step >> shift & 0xFFFFFFFF)


# mftb and mftbu, also as mfspr of registers 268 and 269.
_COUNTERS = {
    (0x7C000000 | register << 21 | number << 11 | extended << 1).to_bytes(4, "big"): _counter(register, shift)
    for register in range(32)
    for number, shift in ((0b01100_01000, 0), (0b01101_01000, 32))
    for extended in (339, 371)
}


def _words() -> Vocabulary:
    from stackglass.isa.powerpc_words import WORDS

    return WORDS


_CAPSTONE_ARCH, _CAPSTONE_MODE = 4, 4 | 1 << 31


def _disassembler() -> Any:
    from stackglass.isa.powerpc_disassembly import Disassembler  # costs 50 ms: only who needs it pays

    return Disassembler(_CAPSTONE_ARCH, _CAPSTONE_MODE)


# lwz rN, -0x7008(r2)
_CANARY_LOAD = rb"[\x80-\x83][\x02\x22\x42\x62\x82\xa2\xc2\xe2]\x8f\xf8"

_FLOAT_ARGUMENTS, _FLOAT_RESULTS = tuple(f"f{n}" for n in range(1, 9)), ("f1",)
_STRUCT_RETURN, _IN_REGISTERS = 12, 1
"""Tag_GNU_Power_ABI_Struct_Return and what -msvr4-struct-return makes it."""
_SMALL_STRUCTS_IN_REGISTERS = AbiVariant(
    0,
    0,
    "PowerPC (32-bit, big-endian), System V, small structs returned in registers",
    assign_with_small_structs,
    _FLOAT_ARGUMENTS,
    _FLOAT_RESULTS,
    attribute=(_STRUCT_RETURN, _IN_REGISTERS),
)

ISA = Isa(
    name="powerpc",
    title="PowerPC (32-bit, big-endian), System V",
    word_size=4,
    byte_order="big",
    elf_machine="EM_PPC",
    elf_class=32,
    engine_arch=5,
    engine_mode=4 | 1 << 30,
    capstone_arch=_CAPSTONE_ARCH,
    capstone_mode=_CAPSTONE_MODE,
    disassembler=_disassembler,
    instruction_size=lambda code: 4,
    registers=_REGISTERS,
    pc="pc",
    stack_pointer="r1",
    frame_pointer="r31",
    return_register="lr",
    thread_pointer="r2",
    stack_alignment=16,
    red_zone=0,
    cfa_minus_sp_at_entry=0,
    integer_arguments=tuple(f"r{n}" for n in range(3, 11)),
    float_arguments=_FLOAT_ARGUMENTS,
    integer_results=("r3", "r4"),
    float_results=_FLOAT_RESULTS,
    system_calls=SystemCalls(
        table="powerpc",
        number="r0",
        arguments=tuple(f"r{n}" for n in range(3, 9)),
        result="r3",
        machine="ppc",
        failure=("cr", _SUMMARY_OVERFLOW),
    ),
    patterns=PATTERNS,
    silent_stores=SILENT_STORES,
    numbered_registers=tuple(f"r{number}" for number in range(32)),
    prefixes=None,
    repeat_counter=None,
    psabi="System V ABI, PowerPC Processor Supplement",
    kernel=KERNEL,
    dwarf_parts={64: "cr", 101: "xer", 108: "lr", 109: "ctr"},
    emulated=_COUNTERS,
    exceptions={6: "breakpoint", 73: "illegal", 96: "illegal"},  # of the engine: program, AltiVec, privileged
    tls_offset=-0x7000,
    shared_code=r"_(save|rest)(gpr|fpr|vr)_\d+(_x)?",  # the supplement's "Register Saving and Restoring Functions"
    linkage=Linkage(back_chain=0, return_address=4, size=8),
    canary_thread_offset=-0x7008,
    canary_load=_CANARY_LOAD,
    stack_steps={"stwu": "chain"},
    address_steps={"lwz": "load", "add": "sum", "addi": "sum", "li": "copy", "mr": "copy", "mfcr": "copy"},
    linkage_stub=(16, b"\x3d\x60"),  # lis r11, ...: the secure PLT of code with fixed addresses
    unnamed_arguments="they go where named ones would; bit 6 of cr tells of floating ones (3: Variable Argument Lists)",
    assign=assign,
    abi_variants=(_SMALL_STRUCTS_IN_REGISTERS,),
    alignments={("vector", 16): 16},
    long_double="pair",
    char_is_signed=False,
    words=_words,
    stores=stores,
    writes=writes,
    frame_setup=frame_setup,
    prologue_by_lines=True,
    direct_calls=direct_calls,
    gnu_triplet="powerpc-linux-gnu",
    zig_target="powerpc-linux-musleabihf",
    hardware=Hardware(None, 0x8C000000),  # PPC_FEATURE_32, HAS_FPU, HAS_MMU
    engine_setup=((_MSR, _FLOATING_POINT),),
    not_emulated="AltiVec",
    debug_relocations={1: 4},  # R_PPC_ADDR32 (System V ABI, PowerPC supplement, 4: Relocation)
    default_base=0x10000000,
    interpreter_base=0xB7FC0000,
    mmap_top=0xB7FB0000,
    stack_top=0xC0000000,
)
