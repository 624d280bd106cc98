"""RISC-V with 64-bit registers and the LP64D ABI (RISC-V psABI) on Linux."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stackglass.isa.instructions import InstructionKind, InstructionPattern, StackField
from stackglass.isa.linux import GENERIC_STAT, KernelAbi
from stackglass.isa.riscv64_arguments import assign, convention
from stackglass.isa.riscv64_prologue import frame_setup
from stackglass.isa.riscv64_stores import stores, writes
from stackglass.isa.table import AbiVariant, Cpu, Hardware, Isa, Register, SystemCalls
from stackglass.isa.words import Vocabulary

# psABI, register convention: x0 to x31 in this order, whose DWARF numbers are 0 to 31.
_NAMES = (
    *("zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1"),
    *(f"a{n}" for n in range(8)),
    *(f"s{n}" for n in range(2, 12)),
    *(f"t{n}" for n in range(3, 7)),
)
_FLOAT_NAMES = (
    *(f"ft{n}" for n in range(8)),
    *("fs0", "fs1"),
    *(f"fa{n}" for n in range(8)),
    *(f"fs{n}" for n in range(2, 12)),
    *(f"ft{n}" for n in range(8, 12)),
)
_ROLES = {
    "zero": "always 0",
    "ra": "link register: where a call leaves the return address",
    "sp": "stack pointer",
    "gp": "points into the small data; nobody changes it",
    "tp": "thread pointer",
    "t0": "scratch; link register of calls that save and restore registers",
    "s0": "frame pointer; callee-saved",
    "a0": "argument 1; result",
    "a1": "argument 2; second word of the result",
}


def _role(name: str) -> str:
    if name in _ROLES:
        return _ROLES[name]
    if name[0] == "a":
        return f"argument {int(name[1:]) + 1}"
    return "callee-saved" if name[0] == "s" else "scratch"


def _float_role(name: str) -> str:
    if name[1] == "a":
        number = int(name[2:]) + 1
        return f"floating-point argument {number}" + ("; result" if number < 3 else "")
    return "callee-saved" if name[1] == "s" else "scratch"


_REGISTERS = (
    *(
        Register(
            name,
            64,
            number,
            1 + number,
            _role(name),
            callee_saved=name[0] == "s" and name != "sp",
            aliases=("fp", "x8") if name == "s0" else (f"x{number}",),
        )
        for number, name in enumerate(_NAMES)
    ),
    Register("pc", 64, None, 190, "program counter", kind="pc"),
    Register("fcsr", 32, None, 43, "floating-point control and status", kind="control"),
    *(
        Register(
            name,
            64,
            32 + number,
            158 + number,
            _float_role(name),
            callee_saved=name[1] == "s",
            aliases=(f"f{number}",),
            kind="vector",
        )
        for number, name in enumerate(_FLOAT_NAMES)
    ),
)

_MSTATUS, _FS_CLEAN = 116, 0b10 << 13
"""Unicorn's number of the register that lets programs use floating point, and its bits."""

_CALL, _RETURN, _JUMP, _PLAIN = (
    InstructionKind.CALL,
    InstructionKind.RETURN,
    InstructionKind.JUMP,
    InstructionKind.PLAIN,
)


def _word(
    mask: int,
    value: int,
    kind: InstructionKind = _PLAIN,
    stack_delta: int | None = 0,
    field: StackField | None = None,
) -> InstructionPattern:
    """A row by its instruction word. A compressed instruction has zeros behind its two bytes."""
    return InstructionPattern(mask.to_bytes(4, "little"), value.to_bytes(4, "little"), kind, stack_delta, field)


def _writes(mask: int, value: int) -> InstructionPattern:
    return _word(mask, value, _PLAIN, None)


def _add_16_sp() -> Iterator[InstructionPattern]:
    """c.addi16sp: bits 9, 4, 6 and 5 of its number lie apart, in bits 12, 6, 5 and 2; 8 and 7 lie together."""
    for number in range(16):
        nine, four, six, five = (number >> bit & 1 for bit in range(4))
        moved = -512 * nine + 16 * four + 64 * six + 32 * five
        yield _word(
            0xFFE7, 0x6101 | nine << 12 | four << 6 | six << 5 | five << 2, _PLAIN, moved, StackField(3, 2, 128)
        )


# The RISC-V Instruction Set Manual, volume I: RV64GC. Links are ra and t0, as the hints of its section 2.5.1 have it.
_PATTERNS = (
    _word(0xFFF, 0x0EF, _CALL),  # jal ra, jal t0
    _word(0xFFF, 0x2EF, _CALL),
    _word(0x7FFF, 0x0E7, _CALL),  # jalr ra, jalr t0
    _word(0x7FFF, 0x2E7, _CALL),
    _word(0xFFFFF, 0x08067, _RETURN),  # ret, jr t0
    _word(0xFFFFF, 0x28067, _RETURN),
    _word(0xFFF, 0x16F, _JUMP, None),  # jal sp, jalr sp: nobody's
    _word(0x7FFF, 0x167, _JUMP, None),
    _word(0x7F, 0x6F, _JUMP),
    _word(0x707F, 0x67, _JUMP),
    _word(0x7F, 0x63, _JUMP),  # beq ... bgeu
    _word(0xFFFF, 0x8082, _RETURN),  # c.jr ra, c.jr t0
    _word(0xFFFF, 0x8282, _RETURN),
    _word(0xFFFF, 0x8002),  # reserved
    _word(0xFFFF, 0x9002),  # c.ebreak
    _word(0xF07F, 0x8002, _JUMP),  # c.jr
    _word(0xF07F, 0x9002, _CALL),  # c.jalr
    _word(0xE003, 0xA001, _JUMP),  # c.j
    _word(0xC003, 0xC001, _JUMP),  # c.beqz, c.bnez
    _word(0xFFFFFFFF, 0x00000073, InstructionKind.SYSTEM_CALL),  # ecall
    _word(0xFFFFF07F, 0xC0002073, InstructionKind.EMULATED),  # rdcycle, rdtime, rdinstret
    _word(0xFFFFF07F, 0xC0102073, InstructionKind.EMULATED),
    _word(0xFFFFF07F, 0xC0202073, InstructionKind.EMULATED),
    _word(0xFFFFF, 0x10113, field=StackField(20, 12, 1, signed=True)),  # addi sp, sp
    _word(0xFF83, 0x0101, field=StackField(2, 5, 1)),  # c.addi sp
    _word(0xFF83, 0x1101, _PLAIN, -32, StackField(2, 5, 1)),
    *_add_16_sp(),
    # Whatever else has sp as its result.
    *(_writes(0xFFF, 0x100 | opcode) for opcode in (0x03, 0x13, 0x17, 0x1B, 0x2F, 0x33, 0x37, 0x3B, 0x73)),
    *(_writes(0xF8000FFF, 0x153 | operation << 27) for operation in (0b10100, 0b11000, 0b11100)),  # of floats
    *(_writes(0xEF83, value) for value in (0x2101, 0x4101, 0x0102, 0x4102, 0x6102)),  # c.addiw, li, slli, lwsp, ldsp
    _writes(0xEF83, 0x8102),  # c.mv, c.add
)


def _counter(register: int) -> Callable[[Cpu], None]:
    def answer(cpu: Cpu) -> None:
        if register:
            cpu.write(_NAMES[register], cpu.step)

    return answer


_COUNTERS = {
    (opcode | register << 7).to_bytes(4, "little"): _counter(register)
    for opcode in (0xC0002073, 0xC0102073, 0xC0202073)
    for register in range(32)
}


def _direct_calls(code: bytes, address: int) -> Iterator[int]:
    """Wherever a jal, or an auipc and jalr by one register, stands."""
    for at in range(0, len(code) - 3, 2):
        word = int.from_bytes(code[at : at + 4], "little")
        if word & 0x7F == 0x6F:
            yield address + at + _jal_offset(word)
        elif word & 0x7F == 0x17:
            following = int.from_bytes(code[at + 4 : at + 8], "little")
            if following & 0x707F == 0x67 and following >> 15 & 31 == word >> 7 & 31:
                high = (word & 0xFFFFF000 ^ 1 << 31) - (1 << 31)
                yield address + at + high + (following >> 20 ^ 1 << 11) - (1 << 11)


def _jal_offset(word: int) -> int:
    offset = (word >> 21 & 0x3FF) << 1 | (word >> 20 & 1) << 11 | (word >> 12 & 0xFF) << 12
    return offset - (word >> 31 << 20)


def _size(code: bytes) -> int:
    """By an instruction's lowest bits ("Expanded Instruction-Length Encoding")."""
    lowest = code[0] if code else 0
    return 2 if lowest & 0b11 != 0b11 else 4 if lowest & 0b11111 != 0b11111 else 6 if not lowest & 0b100000 else 8


def _words() -> Vocabulary:
    from stackglass.isa.riscv64_words import WORDS

    return WORDS


_FLOAT_ABI = 0x6
"""EF_RISCV_FLOAT_ABI of the ELF header's flags: 0 is none, 2 single, 4 double (psABI 8.1)."""
_KEPT_FLOATS = tuple(f"fs{n}" for n in range(12))
_OTHER_FLOATS = (
    AbiVariant(_FLOAT_ABI, 0, "RISC-V 64, LP64", convention(0), (), (), dict.fromkeys(_KEPT_FLOATS, 0)),
    AbiVariant(
        _FLOAT_ABI,
        2,
        "RISC-V 64, LP64F",
        convention(4),
        tuple(f"fa{n}" for n in range(8)),
        ("fa0", "fa1"),
        dict.fromkeys(_KEPT_FLOATS, 4),
    ),
)
"""Calls preserve of fs0 to fs11 what the variant passes floating-point values in (psABI, "Floating-point Register
Convention")."""

ISA = Isa(
    name="riscv64",
    title="RISC-V 64, LP64D",
    word_size=8,
    byte_order="little",
    elf_machine="EM_RISCV",
    elf_class=64,
    engine_arch=8,
    engine_mode=8,
    capstone_arch=15,
    capstone_mode=2 | 4,
    instruction_size=_size,
    registers=_REGISTERS,
    pc="pc",
    stack_pointer="sp",
    frame_pointer="s0",
    return_register="ra",
    thread_pointer="tp",
    tls_offset=0,
    stack_alignment=16,
    red_zone=0,
    cfa_minus_sp_at_entry=0,
    integer_arguments=tuple(f"a{n}" for n in range(8)),
    float_arguments=tuple(f"fa{n}" for n in range(8)),
    integer_results=("a0", "a1"),
    float_results=("fa0", "fa1"),
    system_calls=SystemCalls(
        table="riscv64", number="a7", arguments=tuple(f"a{n}" for n in range(6)), result="a0", machine="riscv64"
    ),
    shared_code=r"__riscv_(save|restore)_(tailcall_)?\d+",  # gcc's -msave-restore
    patterns=_PATTERNS,
    prefixes=None,
    repeat_counter=None,
    psabi="RISC-V ELF psABI",
    kernel=KernelAbi(stat=GENERIC_STAT, signal_restorer=False, wide_arguments="register"),
    unnamed_arguments="they go in what is left of a0 to a7, floating-point values too, then on the stack (psABI 2.1)",
    emulated=_COUNTERS,
    assign=assign,
    abi_variants=_OTHER_FLOATS,
    direct_calls=_direct_calls,
    canary_variable="__stack_chk_guard",
    stack_steps={"add": "sum", "sub": "difference", "mv": "copy", "ld": "copy", "and": "mask", "andi": "mask"},
    address_steps={"ld": "load", "add": "sum", "addi": "sum", "lui": "copy", "auipc": "copy", "mv": "copy"},
    char_is_signed=False,
    words=_words,
    frame_pointer_at_cfa=True,
    frame_setup=frame_setup,
    stores=stores,
    writes=writes,
    mapping_symbols=("$x", "$d"),
    prologue_by_lines=True,
    gnu_triplet="riscv64-linux-gnu",
    zig_target="riscv64-linux-musl",
    hardware=Hardware(None, sum(1 << ord(letter) - ord("A") for letter in "IMAFDC")),
    engine_setup=((_MSTATUS, _FS_CLEAN),),
    exceptions={2: "illegal", 3: "breakpoint"},
    breakpoints=(b"\x02\x90", b"\x73\x00\x10\x00"),  # c.ebreak, ebreak
    debug_relocations={1: 4, 2: 8},  # R_RISCV_32, R_RISCV_64 (RISC-V ELF psABI, "Relocations")
    interpreter_base=0x3FF7FC0000,
    mmap_top=0x3FF7FB0000,
    stack_top=0x3FFFFFF000,
)
