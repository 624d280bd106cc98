"""x86-64 with the System V ABI (psABI: System V ABI, AMD64 Architecture Processor Supplement)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackglass.isa.table import Cpu, InstructionKind, InstructionPattern, Isa, Prefixes, Register, SystemCalls
from stackglass.isa.words import Vocabulary
from stackglass.isa.x86_64_arguments import assign
from stackglass.isa.x86_64_prologue import frame_setup

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
    Register("eflags", 32, 49, 25, "flags", kind="flags"),
    Register("fs_base", 64, 58, 250, "thread pointer", kind="segment"),
    Register("gs_base", 64, 59, 251, "", kind="segment"),
    Register("mxcsr", 32, 64, 249, "SSE control and status", kind="control"),
    Register("fpcw", 16, 65, 246, "x87 control word", kind="control"),
    *(
        Register(
            f"xmm{n}", 128, 17 + n, 122 + n, f"floating-point argument {n + 1}" if n < 8 else "scratch", kind="vector"
        )
        for n in range(16)
    ),
)


def _opcode(
    opcode: str,
    kind: InstructionKind = InstructionKind.PLAIN,
    stack_delta: int | None = 0,
    *,
    mask: str = "",
    rex: tuple[int, int] = (0, 0),
    narrow: int | None = None,
    repeat: tuple[int, int] = (0, 0),
) -> InstructionPattern:
    """A row by its opcode bytes in hex; `rex` and `repeat` are (mask, value) of those prefixes; `narrow` the value that
    the 0x66 prefix must have."""
    value = bytes.fromhex(opcode)
    bits = bytes.fromhex(mask) if mask else b"\xff" * len(value)
    size_prefix = (0xFF, narrow) if narrow is not None else (0, 0)
    return InstructionPattern(
        bytes([repeat[0], size_prefix[0], rex[0], *bits]),
        bytes([repeat[1], size_prefix[1], rex[1], *value]),
        kind,
        stack_delta,
    )


_CALL, _RETURN, _JUMP = InstructionKind.CALL, InstructionKind.RETURN, InstructionKind.JUMP
_REX_B_CLEAR = (0x01, 0x00)
_REX_R_CLEAR = (0x04, 0x00)
_REPEATED = (0xFE, 0xF2)

_PATTERNS = (
    _opcode("e8", _CALL, -8),
    _opcode("ff10", _CALL, -8, mask="ff38"),  # call r/m
    _opcode("ff18", _CALL, None, mask="ff38"),  # far call
    _opcode("c3", _RETURN, 8),
    _opcode("c2", _RETURN, None),
    _opcode("ca", _RETURN, None, mask="fe"),  # far return
    _opcode("e9", _JUMP),
    _opcode("eb", _JUMP),
    _opcode("70", _JUMP, mask="f0"),
    _opcode("0f80", _JUMP, mask="fff0"),
    _opcode("e0", _JUMP, mask="fc"),  # loop, jcxz
    _opcode("ff20", _JUMP, mask="ff38"),
    _opcode("ff28", _JUMP, mask="ff38"),
    _opcode("0f05", InstructionKind.SYSTEM_CALL),
    _opcode("0f31", InstructionKind.EMULATED),  # rdtsc
    _opcode("0f01f9", InstructionKind.EMULATED),  # rdtscp
    _opcode("a4", InstructionKind.REPEATED, mask="fc", repeat=_REPEATED),  # movs, cmps
    _opcode("aa", InstructionKind.REPEATED, mask="fe", repeat=_REPEATED),  # stos
    _opcode("ac", InstructionKind.REPEATED, mask="fc", repeat=_REPEATED),  # lods, scas
    _opcode("54", stack_delta=-8, rex=_REX_B_CLEAR, narrow=0),  # push rsp
    _opcode("5c", stack_delta=None, rex=_REX_B_CLEAR),  # pop rsp
    _opcode("50", stack_delta=-8, mask="f8", narrow=0),
    _opcode("58", stack_delta=8, mask="f8", narrow=0),
    _opcode("6a", stack_delta=-8, narrow=0),
    _opcode("68", stack_delta=-8, narrow=0),
    _opcode("50", stack_delta=None, mask="f0"),  # 16-bit push and pop
    _opcode("6a", stack_delta=None),
    _opcode("68", stack_delta=None),
    _opcode("ff30", stack_delta=None, mask="ff38"),  # push r/m
    _opcode("8f00", stack_delta=None, mask="ff38"),  # pop r/m
    _opcode("9c", stack_delta=None, mask="fe"),  # pushf, popf
    _opcode("c8", stack_delta=None, mask="fe"),  # enter, leave
    _opcode("0fa0", stack_delta=None, mask="fff6"),  # push and pop of fs and gs
    # Whatever else can write rsp: it as a ModRM register operand of the arithmetic and move groups.
    _opcode("80c4", stack_delta=None, mask="fcc7", rex=_REX_B_CLEAR),  # group 1: r/m, immediate
    _opcode("00c4", stack_delta=None, mask="c4c7", rex=_REX_B_CLEAR),  # add ... cmp r/m, r
    _opcode("0220", stack_delta=None, mask="c638", rex=_REX_R_CLEAR),  # add ... cmp r, r/m
    _opcode("86c4", stack_delta=None, mask="fec7", rex=_REX_B_CLEAR),  # xchg
    _opcode("8620", stack_delta=None, mask="fe38", rex=_REX_R_CLEAR),
    _opcode("88c4", stack_delta=None, mask="fcc7", rex=_REX_B_CLEAR),  # mov
    _opcode("8a20", stack_delta=None, mask="fe38", rex=_REX_R_CLEAR),
    _opcode("8c20", stack_delta=None, mask="fc38", rex=_REX_R_CLEAR),  # lea
    _opcode("94", stack_delta=None, rex=_REX_B_CLEAR),  # xchg rax
    _opcode("bc", stack_delta=None, rex=_REX_B_CLEAR),  # mov immediate
    _opcode("b4", stack_delta=None, rex=_REX_B_CLEAR),
    _opcode("c6c4", stack_delta=None, mask="fec7", rex=_REX_B_CLEAR),
    _opcode("c0c4", stack_delta=None, mask="fec7", rex=_REX_B_CLEAR),  # shifts
    _opcode("d0c4", stack_delta=None, mask="fcc7", rex=_REX_B_CLEAR),
    _opcode("f6c4", stack_delta=None, mask="fec7", rex=_REX_B_CLEAR),
    _opcode("fec4", stack_delta=None, mask="fec7", rex=_REX_B_CLEAR),  # inc, dec
    _opcode("6320", stack_delta=None, mask="ff38", rex=_REX_R_CLEAR),  # movsxd
    _opcode("6920", stack_delta=None, mask="fd38", rex=_REX_R_CLEAR),  # imul
    _opcode("0f4020", stack_delta=None, mask="fff038", rex=_REX_R_CLEAR),  # cmov
    _opcode("0fb020", stack_delta=None, mask="fff038", rex=_REX_R_CLEAR),  # movzx, movsx, bsf ...
    _opcode("0fb0c4", stack_delta=None, mask="fff0c7", rex=_REX_B_CLEAR),  # cmpxchg, bit tests
    _opcode("0fc0c4", stack_delta=None, mask="fffec7", rex=_REX_B_CLEAR),  # xadd
    _opcode("0faf20", stack_delta=None, mask="ffff38", rex=_REX_R_CLEAR),  # imul
    # No compiler does these to rsp; a program that means harm may.
    _opcode("0fc020", stack_delta=None, mask="fffe38", rex=_REX_R_CLEAR),  # xadd, its other operand
    _opcode("8cc4", stack_delta=None, mask="ffc7", rex=_REX_B_CLEAR),  # mov from a segment register
    _opcode("0fcc", stack_delta=None, rex=_REX_B_CLEAR),  # bswap
    _opcode("0fa4c4", stack_delta=None, mask="fff6c7", rex=_REX_B_CLEAR),  # shld, shrd
    _opcode("0fabc4", stack_delta=None, mask="ffffc7", rex=_REX_B_CLEAR),  # bts
    _opcode("0f90c4", stack_delta=None, mask="fff0c7", rex=_REX_B_CLEAR),  # set on a condition
    _opcode("0f2c20", stack_delta=None, mask="fffe38", rex=_REX_R_CLEAR),  # conversions from floating point
    _opcode("0f5020", stack_delta=None, mask="ffff38", rex=_REX_R_CLEAR),  # movmsk
    _opcode("0fd720", stack_delta=None, mask="ffff38", rex=_REX_R_CLEAR),  # pmovmskb
    _opcode("0fc520", stack_delta=None, mask="ffff38", rex=_REX_R_CLEAR),  # pextrw
    _opcode("0f3a14c4", stack_delta=None, mask="fffffcc7", rex=_REX_B_CLEAR),  # pextrb, d, q, w; extractps
    _opcode("0f7ec4", stack_delta=None, mask="ffffc7", rex=_REX_B_CLEAR),  # movd, movq
    _opcode("0f38f020", stack_delta=None, mask="fffff838", rex=_REX_R_CLEAR),  # crc32, movbe, adcx, adox
    _opcode("0f0220", stack_delta=None, mask="fffe38", rex=_REX_R_CLEAR),  # lar, lsl
    _opcode("0f00c4", stack_delta=None, mask="fffec7", rex=_REX_B_CLEAR),  # sldt, str, smsw
    _opcode("0faec4", stack_delta=None, mask="ffffc7", rex=_REX_B_CLEAR),  # rdfsbase, rdgsbase
)


def _direct_calls(code: bytes, address: int) -> Iterator[int]:
    """Wherever the opcode stands: where instructions begin isn't known."""
    for match in re.finditer(b"\xe8(?=(....))", code, re.DOTALL):
        yield address + match.start() + 5 + int.from_bytes(match[1], "little", signed=True)


def _rdtsc(cpu: Cpu) -> None:
    cpu.write("rax", cpu.step & 0xFFFFFFFF)
    cpu.write("rdx", cpu.step >> 32)


def _rdtscp(cpu: Cpu) -> None:
    _rdtsc(cpu)
    cpu.write("rcx", 0)


def _words() -> Vocabulary:
    from stackglass.isa.x86_64_words import WORDS

    return WORDS


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
    emulated={b"\x0f\x31": _rdtsc, b"\x0f\x01\xf9": _rdtscp},
    start_registers={"eflags": 0x202, "mxcsr": 0x1F80, "fpcw": 0x37F},  # psABI 3.4.1, figure 3.34
    # Intel's manual, volume 1, section 3.7.4: these count from the stack segment, so it is #SS and not #GP.
    bus_error_bases=frozenset(("rsp", "rbp")),
    canary_thread_offset=0x28,
    canary_load=rb"\x64[\x48\x4c]\x8b[\x04-\x3c]\x25\x28\0\0\0",  # mov r64, fs:0x28
    direct_calls=_direct_calls,
    assign=assign,
    words=_words,
    frame_setup=frame_setup,
    gnu_triplet="x86_64-linux-gnu",
    zig_target="x86_64-linux-musl",
)
