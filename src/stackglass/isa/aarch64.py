"""AArch64 with the AAPCS64 (Procedure Call Standard for the Arm 64-bit Architecture) on Linux, little-endian."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stackglass.isa.aarch64_arguments import assign
from stackglass.isa.aarch64_prologue import frame_setup
from stackglass.isa.aarch64_stores import stores
from stackglass.isa.instructions import InstructionKind, InstructionPattern, SilentStore, StackField
from stackglass.isa.linux import GENERIC_STAT, OTHER_OPEN_FLAGS, KernelAbi
from stackglass.isa.table import Cpu, Hardware, Isa, Register, SystemCalls
from stackglass.isa.words import Vocabulary

_CALLEE_SAVED = tuple(f"x{n}" for n in range(19, 30))
_KEPT_VECTORS = range(8, 16)
"""Their low 64 bits (AAPCS64 6.1.2)."""

_ROLES = {
    "x8": "address of a result in memory; scratch",
    "x16": "scratch, also of linkage stubs (ip0)",
    "x17": "scratch, also of linkage stubs (ip1)",
    "x18": "platform register; scratch on Linux",
    "x29": "frame pointer; callee-saved",
    "x30": "link register: where a call leaves the return address",
}
_ALIASES = {"x16": ("ip0",), "x17": ("ip1",), "x29": ("fp",), "x30": ("lr",)}


def _role(name: str) -> str:
    number = int(name[1:])
    if name in _ROLES:
        return _ROLES[name]
    if number == 0:
        return "argument 1; result"
    if number < 8:
        return f"argument {number + 1}"
    return "callee-saved" if name in _CALLEE_SAVED else "scratch"


def _vector_role(number: int) -> str:
    if number < 8:
        return f"floating-point argument {number + 1}" + ("; result" if number == 0 else "")
    return "its low 64 bits callee-saved" if number in _KEPT_VECTORS else "scratch"


def _vector_parts(number: int) -> tuple[tuple[str, int, int], ...]:
    names = (("q", 128), ("d", 64), ("s", 32), ("h", 16), ("b", 8))
    return tuple((f"{letter}{number}", bits, 0) for letter, bits in names)


def _vector_elements(number: int) -> tuple[tuple[str, int, int], ...]:
    widths = (("d", 64), ("s", 32), ("h", 16), ("b", 8))
    return tuple(
        (f"v{number}.{letter}[{index}]", bits, bits * index) for letter, bits in widths for index in range(128 // bits)
    )


# DWARF numbers: DWARF for the Arm 64-bit Architecture, 4.1. Unicorn's: x0 to x28 in a row, x29, x30.
_REGISTERS = (
    *(
        Register(
            f"x{n}",
            64,
            n,
            199 + n if n < 29 else n - 28,
            _role(f"x{n}"),
            callee_saved=f"x{n}" in _CALLEE_SAVED,
            parts=((f"w{n}", 32, 0),),
            aliases=_ALIASES.get(f"x{n}", ()),
        )
        for n in range(31)
    ),
    Register("sp", 64, 31, 4, "stack pointer", parts=(("wsp", 32, 0),)),
    Register("pc", 64, 32, 260, "program counter", kind="pc"),
    Register("nzcv", 32, None, 3, "flags", kind="flags"),
    Register("tpidr_el0", 64, 36, 262, "thread pointer", kind="segment"),
    Register("fpcr", 32, None, 291, "floating-point control", kind="control"),
    Register("fpsr", 32, None, 292, "floating-point status", kind="control"),
    *(
        Register(
            f"v{n}",
            128,
            64 + n,
            228 + n,
            _vector_role(n),
            callee_saved=n in _KEPT_VECTORS,
            parts=_vector_parts(n),
            kind="vector",
            kept_parts=(f"d{n}",) if n in _KEPT_VECTORS else (),
            elements=_vector_elements(n),
        )
        for n in range(32)
    ),
)

_CPACR_EL1, _CPACR_FPEN = 261, 0b11 << 20
"""Unicorn's number of the register that lets programs use floating point, and its bits."""


def _word(
    mask: int,
    value: int,
    kind: InstructionKind = InstructionKind.PLAIN,
    stack_delta: int | None = 0,
    field: StackField | None = None,
) -> InstructionPattern:
    """A row by its instruction word, as the manual writes it."""
    return InstructionPattern(mask.to_bytes(4, "little"), value.to_bytes(4, "little"), kind, stack_delta, field)


_CALL, _RETURN, _JUMP, _PLAIN = (
    InstructionKind.CALL,
    InstructionKind.RETURN,
    InstructionKind.JUMP,
    InstructionKind.PLAIN,
)
_SP_BASE = 31 << 5  # Rn


def _pair(opcode: int, size: int) -> Iterator[InstructionPattern]:
    """stp and ldp of registers of `size` bytes that write back to SP, before (pre-index) or after."""
    for when in (0x00800000, 0x01800000):
        yield _word(0xFF8003E0, opcode | when | _SP_BASE, field=StackField(15, 7, size, signed=True))


def _one(opcode: int) -> Iterator[InstructionPattern]:
    """Loads and stores of one register that write back to SP: an offset in bytes."""
    for when in (0x400, 0xC00):
        yield _word(0x3F200FE0, opcode | when | _SP_BASE, field=StackField(12, 9, 1, signed=True))


# Arm Architecture Reference Manual for A-profile, C4.1. That 31 means SP, and not zero, is so only for these.
_PATTERNS = (
    _word(0xFC000000, 0x94000000, _CALL),  # bl
    _word(0xFFFFFC1F, 0xD63F0000, _CALL),  # blr
    _word(0xFEFFF800, 0xD63F0800, _CALL),  # blraa, blrab and the kinds without a modifier
    _word(0xFFFFFC1F, 0xD65F0000, _RETURN),  # ret
    _word(0xFFFFFBFF, 0xD65F0BFF, _RETURN),  # retaa, retab
    _word(0xFFFFFFFF, 0xD61F03C0, _RETURN),  # br x30
    _word(0xFFFFFC1F, 0xD61F0000, _JUMP),  # br
    _word(0xFEFFF800, 0xD61F0800, _JUMP),  # braa, brab and the kinds without a modifier
    _word(0xFC000000, 0x14000000, _JUMP),  # b
    _word(0xFF000000, 0x54000000, _JUMP),  # b.cond, bc.cond
    _word(0x7C000000, 0x34000000, _JUMP),  # cbz, cbnz, tbz, tbnz
    _word(0xFFE0001F, 0xD4000001, InstructionKind.SYSTEM_CALL),  # svc
    _word(0xFFFFFFE0, 0xD53B00E0, InstructionKind.EMULATED),  # mrs dczid_el0
    _word(0xFFFFFFE0, 0xD53BE040, InstructionKind.EMULATED),  # mrs cntvct_el0
    *_pair(0x28000000, 4),  # w
    *_pair(0x68000000, 4),  # ldpsw
    *_pair(0xA8000000, 8),  # x
    *_pair(0x2C000000, 4),  # s
    *_pair(0x6C000000, 8),  # d
    *_pair(0xAC000000, 16),  # q
    *_one(0x38000000),
    *_one(0x3C000000),
    _word(0xFFC003FF, 0x910003FF, field=StackField(10, 12, 1)),  # add sp, sp, #
    _word(0xFFC003FF, 0x914003FF, field=StackField(10, 12, 4096)),
    _word(0xFFC003FF, 0xD10003FF, field=StackField(10, 12, -1)),  # sub sp, sp, #
    _word(0xFFC003FF, 0xD14003FF, field=StackField(10, 12, -4096)),
    _word(0x3F80001F, 0x1100001F, _PLAIN, None),  # add, sub immediate, also from another register and of wsp
    _word(0x3FE0001F, 0x0B20001F, _PLAIN, None),  # add, sub extended register
    *(_word(0x7F80001F, value, _PLAIN, None) for value in (0x1200001F, 0x3200001F, 0x5200001F)),  # and, orr, eor
    # Of the vector and tag extensions, which no program needs: addvl, addpl; addg, subg; loads and stores with tags.
    _word(0xFFA0F81F, 0x0420501F, _PLAIN, None),
    _word(0xBFC0C01F, 0x9180001F, _PLAIN, None),
    _word(0xFFE0001F, 0x9AC0001F, _PLAIN, None),  # irg, gmi
    _word(0xFF2007E0, 0xD92007E0, _PLAIN, None),  # stg and its kin, with write-back
)

_SIGNING = frozenset(
    f"{what}{key}"
    for what in ("pac", "aut")
    for key in ["ia", "ib", "da", "db", "iza", "izb", "dza", "dzb", "iasp", "ibsp", "iaz", "ibz", "ia1716", "ib1716"]
) | {"xpaci", "xpacd", "xpaclri"}
"""Pointer authentication's, but for pacga and for what also branches or loads."""

_DATA_CACHE_ZERO_PROHIBITED = 0x14
"""DCZID_EL0: dc zva, which would write 64 bytes, is not offered."""
_DC_ZVA = SilentStore(
    (0xFFFFFFE0).to_bytes(4, "little"), (0xD50B7420).to_bytes(4, "little"), base=0, size=64, alignment=64
)


def _into(register: int, value: Callable[[Cpu], int]) -> Callable[[Cpu], None]:
    """What an mrs into general register number `register` does; 31 is the zero register."""

    def answer(cpu: Cpu) -> None:
        if register < 31:
            cpu.write(f"x{register}", value(cpu))

    return answer


def _reads(opcode: int, value: Callable[[Cpu], int]) -> dict[bytes, Callable[[Cpu], None]]:
    return {(opcode | register).to_bytes(4, "little"): _into(register, value) for register in range(32)}


def _direct_calls(code: bytes, address: int) -> Iterator[int]:
    """Wherever a bl stands."""
    for at in range(0, len(code) - 3, 4):
        word = int.from_bytes(code[at : at + 4], "little")
        if word >> 26 == 0b100101:
            yield address + at + 4 * ((word & 0x3FFFFFF ^ 1 << 25) - (1 << 25))


def _words() -> Vocabulary:
    from stackglass.isa.aarch64_words import WORDS

    return WORDS


ISA = Isa(
    name="aarch64",
    title="AArch64, AAPCS64",
    word_size=8,
    byte_order="little",
    elf_machine="EM_AARCH64",
    elf_class=64,
    engine_arch=2,
    engine_mode=0,
    capstone_arch=1,
    capstone_mode=0,
    instruction_size=lambda code: 4,
    registers=_REGISTERS,
    pc="pc",
    stack_pointer="sp",
    frame_pointer="x29",
    return_register="x30",
    thread_pointer="tpidr_el0",
    tls_offset=16,
    stack_alignment=16,
    red_zone=0,
    cfa_minus_sp_at_entry=0,
    integer_arguments=tuple(f"x{n}" for n in range(8)),
    float_arguments=tuple(f"v{n}" for n in range(8)),
    integer_results=("x0", "x1"),
    float_results=("v0", "v1", "v2", "v3"),
    system_calls=SystemCalls(
        table="arm64", number="x8", arguments=tuple(f"x{n}" for n in range(6)), result="x0", machine="aarch64"
    ),
    patterns=_PATTERNS,
    silent_stores=(_DC_ZVA,),
    numbered_registers=(*(f"x{number}" for number in range(31)), None),
    prefixes=None,
    repeat_counter=None,
    psabi="Procedure Call Standard for the Arm 64-bit Architecture",
    kernel=KernelAbi(stat=GENERIC_STAT, signal_restorer=True, wide_arguments="register", open_flags=OTHER_OPEN_FLAGS),
    unnamed_arguments="they go where named ones would, each in a register of its sort (AAPCS64 6.8.2)",
    emulated={
        **_reads(0xD53B00E0, lambda cpu: _DATA_CACHE_ZERO_PROHIBITED),
        **_reads(0xD53BE040, lambda cpu: cpu.step),
    },
    assign=assign,
    direct_calls=_direct_calls,
    canary_variable="__stack_chk_guard",
    stack_steps={"add": "sum", "sub": "difference", "mov": "copy", "and": "mask"},
    address_steps={"ldr": "load", "add": "sum", "adr": "copy", "adrp": "copy", "mov": "copy"},
    char_is_signed=False,
    virtual_in_adjustment=True,
    words=_words,
    frame_setup=frame_setup,
    stores=stores,
    signing=_SIGNING,
    address_bits=48,  # user space's; bit 55, which tells it from the kernel's, is 0
    frame_instructions={0x2C: "negate signed", 0x2D: "negate signed"},  # DW_CFA_AARCH64_negate_ra_state(_with_pc)
    not_emulated="retaa, pacia and SVE",
    mapping_symbols=("$x", "$d"),
    prologue_by_lines=True,
    gnu_triplet="aarch64-linux-gnu",
    zig_target="aarch64-linux-musl",
    hardware=Hardware("aarch64", 0b11),  # FP and ASIMD
    engine_setup=((_CPACR_EL1, _CPACR_FPEN),),
    exceptions={1: "illegal", 7: "breakpoint"},
    interpreter_base=0x7FFFF7FC0000,
    mmap_top=0x7FFFF7FB0000,
    stack_top=0x7FFFFFFFF000,
)
