"""x86-64 with the System V ABI (psABI: System V ABI, AMD64 Architecture Processor Supplement)."""

from __future__ import annotations

from stackglass.isa import x87
from stackglass.isa.instructions import InstructionKind, Prefixes
from stackglass.isa.linux import KernelAbi, Layout
from stackglass.isa.table import Cpu, Hardware, Isa, Register, SystemCalls
from stackglass.isa.words import Vocabulary
from stackglass.isa.x86_64_arguments import assign
from stackglass.isa.x86_64_prologue import frame_setup
from stackglass.isa.x86_patterns import ENTERING, REX_R_CLEAR, STACK_STEPS, direct_calls, patterns, row

_INTEGER_ARGUMENTS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
_CALLEE_SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")

# name, DWARF number (psABI 3.6.2, figure 3.36), Unicorn's number
_GENERAL = (
    ("rax", 0, 35),
    ("rbx", 3, 37),
    ("rcx", 2, 38),
    ("rdx", 1, 40),
    ("rsi", 4, 43),
    ("rdi", 5, 39),
    ("rbp", 6, 36),
    ("rsp", 7, 44),
    ("r8", 8, 106),
    ("r9", 9, 107),
    ("r10", 10, 108),
    ("r11", 11, 109),
    ("r12", 12, 110),
    ("r13", 13, 111),
    ("r14", 14, 112),
    ("r15", 15, 113),
)

_ROLES = {
    "rax": "result; number of vector registers used, in a variadic call",
    "rdx": "argument 3; second word of the result",
    "rsp": "stack pointer",
    "rbp": "frame pointer; callee-saved",
    "r10": "static chain pointer; scratch",
    "r11": "scratch",
}


def _role(name: str) -> str:
    if name in _ROLES:
        return _ROLES[name]
    if name in _INTEGER_ARGUMENTS:
        return f"argument {_INTEGER_ARGUMENTS.index(name) + 1}"
    return "callee-saved"


def _parts(name: str) -> tuple[tuple[str, int, int], ...]:
    if name in ("rax", "rbx", "rcx", "rdx"):
        letter = name[1]
        return ((f"e{letter}x", 32, 0), (f"{letter}x", 16, 0), (f"{letter}l", 8, 0), (f"{letter}h", 8, 8))
    if name[1:].isdigit():
        return ((f"{name}d", 32, 0), (f"{name}w", 16, 0), (f"{name}b", 8, 0))
    return ((f"e{name[1:]}", 32, 0), (name[1:], 16, 0), (f"{name[1:]}l", 8, 0))


_REGISTERS = (
    *(
        Register(name, 64, dwarf, engine, _role(name), callee_saved=name in _CALLEE_SAVED, parts=_parts(name))
        for name, dwarf, engine in _GENERAL
    ),
    Register("rip", 64, 16, 41, "program counter", kind="pc"),
    Register("eflags", 32, 49, 25, "flags", aliases=("rflags", "flags"), kind="flags"),
    Register("fs_base", 64, 58, 250, "thread pointer", kind="segment"),
    Register("gs_base", 64, 59, 251, "", kind="segment"),
    Register("mxcsr", 32, 64, 249, "SSE control and status", kind="control"),
    Register("fpcw", 16, 65, 246, "x87 control word", kind="control"),
    *x87.registers(33),
    *(
        Register(
            f"xmm{n}", 128, 17 + n, 122 + n, f"floating-point argument {n + 1}" if n < 8 else "scratch", kind="vector"
        )
        for n in range(16)
    ),
)


_PATTERNS = (
    row("0f05", InstructionKind.SYSTEM_CALL),
    row("6320", stack_delta=None, mask="ff38", rex=REX_R_CLEAR),  # movsxd
    *patterns(8),
)


def _rdtsc(cpu: Cpu) -> None:
    cpu.write("rax", cpu.step & 0xFFFFFFFF)
    cpu.write("rdx", cpu.step >> 32)


def _rdtscp(cpu: Cpu) -> None:
    _rdtsc(cpu)
    cpu.write("rcx", 0)


def _words() -> Vocabulary:
    from stackglass.isa.x86_64_words import WORDS

    return WORDS


_STAT: Layout = (
    ("device", "Q"),
    ("number", "Q"),
    ("links", "Q"),
    ("mode", "I"),
    ("user", "I"),
    ("group", "I"),
    ("_pad", "I"),
    ("raw_device", "Q"),
    ("size", "q"),
    ("block_size", "q"),
    ("blocks", "q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("_unused", "24x"),
)

ISA = Isa(
    name="x86_64",
    title="x86-64, System V",
    word_size=8,
    byte_order="little",
    elf_machine="EM_X86_64",
    elf_class=64,
    engine_arch=4,
    engine_mode=8,
    capstone_arch=3,
    capstone_mode=8,
    registers=_REGISTERS,
    pc="rip",
    stack_pointer="rsp",
    frame_pointer="rbp",
    return_register=None,
    thread_pointer="fs_base",
    tls_offset=None,
    stack_alignment=16,
    red_zone=128,
    cfa_minus_sp_at_entry=8,
    integer_arguments=_INTEGER_ARGUMENTS,
    float_arguments=tuple(f"xmm{n}" for n in range(8)),
    integer_results=("rax", "rdx"),
    float_results=("xmm0", "xmm1"),
    system_calls=SystemCalls(
        table="x86_64",
        number="rax",
        arguments=("rdi", "rsi", "rdx", "r10", "r8", "r9"),
        result="rax",
        machine="x86_64",
        overwrites={"rcx": "rip", "r11": "eflags"},
    ),
    patterns=_PATTERNS,
    prefixes=Prefixes(
        repeat=b"\xf2\xf3",
        operand_size=b"\x66",
        ignored=b"\x67\xf0\x2e\x36\x3e\x26\x64\x65",
        extension=range(0x40, 0x50),
    ),
    repeat_counter="rcx",
    psabi="System V ABI, AMD64 supplement",
    kernel=KernelAbi(stat=_STAT, signal_restorer=True, wide_arguments="register", segment_bases=("fs_base", "gs_base")),
    unnamed_arguments="they go where named ones would; al tells how many vector registers are used (psABI 3.2.3)",
    emulated={b"\x0f\x31": _rdtsc, b"\x0f\x01\xf9": _rdtscp},
    start_registers={"eflags": 0x202, "mxcsr": 0x1F80, "fpcw": 0x37F},  # psABI 3.4.1, figure 3.34
    # Intel's manual, volume 1, section 3.7.4: these count from the stack segment, so it is #SS and not #GP.
    bus_error_bases=frozenset(("rsp", "rbp")),
    canary_thread_offset=0x28,
    canary_load=rb"\x64[\x48\x4c]\x8b[\x04-\x3c]\x25\x28\0\0\0",  # mov r64, fs:0x28
    stack_steps=STACK_STEPS,
    entering=ENTERING,
    direct_calls=direct_calls,
    assign=assign,
    long_double="x87",
    words=_words,
    frame_setup=frame_setup,
    gnu_triplet="x86_64-linux-gnu",
    zig_target="x86_64-linux-musl",
    hardware=Hardware("x86_64", 0x078BFBFD),  # CPUID 1's EDX
    not_emulated="AVX",
    exceptions={
        0: "division",
        3: "breakpoint",
        6: "illegal",
        12: "forbidden",
        13: "forbidden",
    },
)
