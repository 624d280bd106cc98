"""32-bit x86 with the System V ABI (psABI: System V ABI, Intel386 Architecture Processor Supplement) on Linux."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from stackglass.isa import x87
from stackglass.isa.i386_arguments import assign, assign_in_memory
from stackglass.isa.i386_prologue import frame_setup
from stackglass.isa.instructions import InstructionKind, Prefixes
from stackglass.isa.linux import NARROW_STAT, KernelAbi, stat64
from stackglass.isa.table import Cpu, FixedPage, Hardware, Isa, Register, SystemCalls
from stackglass.isa.words import Vocabulary
from stackglass.isa.x86_patterns import ENTERING, STACK_STEPS, direct_calls, patterns, row

_CALLEE_SAVED = ("ebx", "ebp", "esi", "edi")

# name, DWARF number (psABI 2.4, table 2.14), Unicorn's number, role
_GENERAL = (
    ("eax", 0, 19, "result"),
    ("ebx", 3, 21, "callee-saved; global offset table, in position-independent code"),
    ("ecx", 1, 22, "scratch"),
    ("edx", 2, 24, "second word of the result; scratch"),
    ("esi", 6, 29, "callee-saved"),
    ("edi", 7, 23, "callee-saved"),
    ("ebp", 5, 20, "frame pointer; callee-saved"),
    ("esp", 4, 30, "stack pointer"),
)


def _parts(name: str) -> tuple[tuple[str, int, int], ...]:
    if name[2] == "x":
        return ((name[1:], 16, 0), (f"{name[1]}l", 8, 0), (f"{name[1]}h", 8, 8))
    return ((name[1:], 16, 0),)


_REGISTERS = (
    *(
        Register(name, 32, dwarf, engine, role, callee_saved=name in _CALLEE_SAVED, parts=_parts(name))
        for name, dwarf, engine, role in _GENERAL
    ),
    Register("eip", 32, 8, 26, "program counter", kind="pc"),
    Register("eflags", 32, 9, 25, "flags", aliases=("rflags", "flags"), kind="flags"),
    Register("gs_base", 32, None, -1, "thread pointer", kind="segment"),
    Register("gs", 16, 45, 33, "selects the thread pointer", kind="segment"),
    Register("mxcsr", 32, 39, 249, "SSE control and status", kind="control"),
    Register("fpcw", 16, 37, 246, "x87 control word", kind="control"),
    *x87.registers(11),
    *(Register(f"xmm{n}", 128, 21 + n, 122 + n, "scratch", kind="vector") for n in range(8)),
)

_PATTERNS = (
    row("cd80", InstructionKind.SYSTEM_CALL),
    row("9a", InstructionKind.CALL, None),  # far call
    row("ea", InstructionKind.JUMP),  # far jump
    row("44", stack_delta=None, mask="f7"),  # inc esp, dec esp
    row("40", mask="f0"),
    row("60", stack_delta=None, mask="fe"),  # pusha, popa
    row("06", stack_delta=None, mask="ee"),  # push and pop of segment registers
    row("0e", stack_delta=None, mask="ef"),
    row("1f", stack_delta=None),
    row("63c4", stack_delta=None, mask="ffc7"),  # arpl
    row("c420", stack_delta=None, mask="fe38"),  # les, lds
    row("0fb220", stack_delta=None, mask="ffff38"),  # lss
    *patterns(4),
)


def _descriptor(access: int) -> int:
    """A segment that covers all of the address space: 32-bit, its limit counted in pages."""
    return 0xF << 48 | 0xC << 52 | access << 40 | 0xFFFF


_CODE, _DATA, _STACK = 14, 15, 17
"""Numbers of descriptors: Linux's, but that the engine wants the stack's to be of the highest privilege."""
_TABLE = 0xFFFFF000
_CONTENT = struct.pack(
    "<18Q",
    *({_CODE: _descriptor(0xFB), _DATA: _descriptor(0xF3), _STACK: _descriptor(0x93)}.get(n, 0) for n in range(18)),
)
_FIRST_FOR_THREADS = 6
_GDTR, _CS, _DS, _ES, _SS = 243, 11, 17, 28, 49
_GDTR_VALUE = _TABLE << 64 | len(_CONTENT) - 1 << 128
"""As Unicorn's uc_x86_mmr has it: base, and limit."""


def _gs_base(registers: Mapping[str, int], read: Callable[[int, int], bytes]) -> int:
    """The base of the segment that GS selects."""
    descriptor = int.from_bytes(read(_TABLE + (registers["gs"] & 0xFF8), 8), "little")
    return descriptor >> 16 & 0xFFFFFF | descriptor >> 56 << 24


def _rdtsc(cpu: Cpu) -> None:
    cpu.write("eax", cpu.step & 0xFFFFFFFF)
    cpu.write("edx", cpu.step >> 32)


def _rdtscp(cpu: Cpu) -> None:
    _rdtsc(cpu)
    cpu.write("ecx", 0)


def _words() -> Vocabulary:
    from stackglass.isa.i386_words import WORDS

    return WORDS


ISA = Isa(
    name="i386",
    title="32-bit x86, System V",
    word_size=4,
    byte_order="little",
    elf_machine="EM_386",
    elf_class=32,
    engine_arch=4,
    engine_mode=4,
    capstone_arch=3,
    capstone_mode=4,
    registers=_REGISTERS,
    pc="eip",
    stack_pointer="esp",
    frame_pointer="ebp",
    return_register=None,
    thread_pointer="gs_base",
    tls_offset=None,
    stack_alignment=16,
    red_zone=0,
    cfa_minus_sp_at_entry=4,
    integer_arguments=(),
    float_arguments=(),
    integer_results=("eax", "edx"),
    float_results=("st0",),
    system_calls=SystemCalls(
        table="i386",
        number="eax",
        arguments=("ebx", "ecx", "edx", "esi", "edi", "ebp"),
        result="eax",
        machine="i686",
    ),
    patterns=_PATTERNS,
    prefixes=Prefixes(
        repeat=b"\xf2\xf3",
        operand_size=b"\x66",
        ignored=b"\x67\xf0\x2e\x36\x3e\x26\x64\x65",
        extension=range(0),
    ),
    repeat_counter="ecx",
    psabi="System V ABI, Intel386 supplement",
    kernel=KernelAbi(
        stat=NARROW_STAT,
        stat64=stat64("0x"),
        signal_restorer=True,
        wide_arguments="pair",
        renamed={"mmap": "old_mmap", "select": "old_select"},
    ),
    unnamed_arguments="they go on the stack, behind those with names (psABI 2.2.3)",
    emulated={b"\x0f\x31": _rdtsc, b"\x0f\x01\xf9": _rdtscp},
    start_registers={"eflags": 0x202, "mxcsr": 0x1F80, "fpcw": 0x37F},  # psABI 2.3.1
    canary_thread_offset=0x14,
    canary_load=rb"\x65(?:\xa1|\x8b[\x05\x0d\x15\x1d\x2d\x35\x3d])\x14\0\0\0",  # mov r32, gs:0x14
    assign=assign,
    assign_in_memory=assign_in_memory,
    optional_registers=frozenset(f"xmm{n}" for n in range(8)),
    alignments={("integer", 8): 4, ("float", 8): 4, ("long double", 12): 4},
    long_double="x87",
    long_double_size=12,
    stack_steps=STACK_STEPS,
    entering=ENTERING,
    direct_calls=direct_calls,
    words=_words,
    frame_setup=frame_setup,
    gnu_triplet="i686-linux-gnu",
    zig_target="x86-linux-musl",
    compatible_hosts={"x86_64": ("-m32",)},
    hardware=Hardware("i686", 0x078BFBFD),  # CPUID 1's EDX
    engine_setup=(
        (_GDTR, _GDTR_VALUE),
        (_CS, _CODE << 3 | 3),
        (_DS, _DATA << 3 | 3),
        (_ES, _DATA << 3 | 3),
        (_SS, _STACK << 3),
    ),
    fixed_pages=(FixedPage(_TABLE, _CONTENT, "rw-", "[segment descriptors]"),),
    derived={"gs_base": _gs_base},
    thread_descriptors=_TABLE + 8 * _FIRST_FOR_THREADS,
    not_emulated="AVX",
    exceptions={0: "division", 3: "breakpoint", 6: "illegal", 12: "forbidden", 13: "forbidden"},
    default_base=0x56555000,
    interpreter_base=0xB7FC0000,
    mmap_top=0xB7FB0000,
    stack_top=0xC0000000,
)
