"""What there is to say about an instruction set, as data: the shape that every file in this folder fills in.

Adding an instruction set is adding one file; the registry's docstring holds the checklist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from stackglass.isa.instructions import InstructionPattern, Prefixes, SilentStore, Store
from stackglass.isa.linux import KernelAbi
from stackglass.isa.passing import Assign
from stackglass.isa.words import Vocabulary


@dataclass(frozen=True, slots=True)
class Register:
    """A register at its full width. `parts` are (name, bits, shift) of narrower names.

    `engine` is Unicorn's number; -1 for one that Unicorn doesn't show, whose value `Isa.derived` tells.
    """

    name: str
    bits: int
    dwarf: int | None
    engine: int
    role: str
    callee_saved: bool = False
    parts: tuple[tuple[str, int, int], ...] = ()
    aliases: tuple[str, ...] = ()
    """Other names at full width ('r11' of fp)."""
    kind: Literal["general", "vector", "flags", "pc", "segment", "control"] = "general"
    holds_doubles: bool = False
    """Whether every floating-point number in it is a double, also one of a narrower type."""
    holds_integers: bool = False
    """Whether it is one for integers alone that are wider than a word."""
    kept_parts: tuple[str, ...] = ()
    """Of a callee-saved register: the parts that calls preserve, where that isn't all of it."""
    elements: tuple[tuple[str, int, int], ...] = ()
    """Likewise, names by which instructions read and write something in its midst, and leave the rest: 'v0.s[1]'."""


@dataclass(frozen=True, slots=True)
class SystemCalls:
    """How a program asks the kernel: registers by name. `table` is the name that the `system-calls` package uses."""

    table: str
    number: str
    arguments: tuple[str, ...]
    result: str
    machine: str
    """What uname's `machine` says."""
    failure: tuple[str, int] | None = None
    """The register and the bit in it that tell a failure, where the result is the error's number then; None where the
    result is that number negated."""
    overwrites: Mapping[str, str] = field(default_factory=dict)
    """Registers that the system-call instruction itself sets, and whose value they get."""


@dataclass(frozen=True, slots=True)
class OtherEncoding:
    """A second encoding of instructions, which code switches to and from (Thumb)."""

    title: str
    register: str
    flag: int
    """The bit of `register` that is set while it runs."""
    address_bit: int
    """The bit that is set in the address of code in it, where an address also chooses the encoding."""
    capstone_mode: int
    frame_pointer: str
    wide_from: int
    """The least halfword that begins an instruction of two."""
    group_bits: int
    """The bits of `register` that say where in a group of instructions (an IT block) control is."""
    ungrouped_code: int
    """An address in one of `fixed_pages` from which on the bytes, taken as code in it, have no such group."""
    compiler_flag: str
    """What makes gcc and clang compile to it ('-mthumb')."""
    zig_target: str
    mapping_symbols: Mapping[str, bool] = field(default_factory=dict)
    """Symbols that say where code in it begins (True), and where it ends (False)."""
    frame_setup: Callable[[bytes], int] | None = None
    """As `Isa.frame_setup`, for functions in it."""
    called_jumps: Mapping[bytes, str] = field(default_factory=dict)
    """The jumps by a register, as one reads them, that compilers call for want of a call by a register."""
    filler: bytes = b""
    """What matches (a regular expression) the code that may follow such a jump up to where its function ends."""


@dataclass(frozen=True, slots=True)
class FixedPage:
    """A page that the kernel puts into every process: what it holds from `address` on, and what it is called."""

    address: int
    content: bytes
    permissions: str
    name: str


@dataclass(frozen=True, slots=True)
class Linkage:
    """What every frame keeps at its lower end for the calls that it makes: offsets in bytes from SP at a call."""

    back_chain: int
    """Of the word that holds SP as the frame's function was called with."""
    return_address: int
    """Of the word in which whoever is called may keep its return address."""
    size: int
    """Bytes that it takes."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What auxv says of the processor: its name, and its abilities as bits (AT_PLATFORM, AT_HWCAP)."""

    name: str | None = None
    abilities: int = 0


ExceptionKind = Literal["illegal", "breakpoint", "division", "forbidden"]


StackStep = Literal["sum", "difference", "copy", "address", "mask", "chain"]
"""Adds it, subtracts it, takes it as it is or as it stands in memory, takes the address that it names, rounds down by
it. 'chain': the first operand is memory, with SP as its base, which moves there and leaves its old value there; by a
register, if it's an allocation."""

FrameInstruction = Literal["negate signed"]
"""From here on the return address is signed where it wasn't, and the other way round."""

LongDouble = Literal["x87", "pair"] | None
"""The x87's 80-bit format; or the sum of two doubles, the greater one first (IBM's); None is IEEE's binary128."""


class Cpu(Protocol):
    """What an emulated instruction may do: read and write registers by full-width name, and ask the time in steps."""

    def read(self, register: str) -> int: ...

    def write(self, register: str, value: int) -> None: ...

    def random(self, size: int) -> bytes: ...

    @property
    def step(self) -> int: ...


@dataclass(frozen=True, slots=True)
class AbiVariant:
    """Another way to pass arguments and results, of programs in whose ELF header `flags & mask == value`; or whose GNU
    attributes, with `attribute`, have that value under that tag."""

    mask: int
    value: int
    title: str
    assign: Assign
    float_arguments: tuple[str, ...]
    float_results: tuple[str, ...]
    kept_bytes: Mapping[str, int] = field(default_factory=dict)
    """By register: how many bytes of it calls preserve, where that differs from what the table says."""
    attribute: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Isa:
    """An instruction set with its ABI. Registers are named by their full-width names everywhere."""

    name: str
    title: str
    word_size: int
    byte_order: Literal["little", "big"]
    elf_machine: str
    elf_class: Literal[32, 64]
    engine_arch: int
    engine_mode: int
    capstone_arch: int
    capstone_mode: int
    registers: tuple[Register, ...]
    pc: str
    stack_pointer: str
    frame_pointer: str
    return_register: str | None
    """The register a call leaves the return address in; None where the call pushes it."""
    thread_pointer: str
    tls_offset: int | None
    """How far above the thread pointer the executable's thread-local storage begins, or at the next address that is
    aligned as it asks for (TLS variant I); None if it ends at the thread pointer (variant II).
    """
    stack_alignment: int
    red_zone: int
    """Bytes below SP that a running function may use."""
    cfa_minus_sp_at_entry: int
    """CFA - SP at a function's first instruction: what the call instruction pushed."""
    integer_arguments: tuple[str, ...]
    float_arguments: tuple[str, ...]
    integer_results: tuple[str, ...]
    float_results: tuple[str, ...]
    system_calls: SystemCalls
    patterns: tuple[InstructionPattern, ...]
    prefixes: Prefixes | None
    repeat_counter: str | None
    psabi: str
    kernel: KernelAbi | None = None
    """How Linux lays out what it hands to programs; None where there is no Linux."""
    page_size: int = 4096
    silent_stores: tuple[SilentStore, ...] = ()
    numbered_registers: tuple[str | None, ...] = ()
    """The registers that the fields of `silent_stores` number; None for one that is always 0."""
    dwarf_parts: Mapping[int, str] = field(default_factory=dict)
    """DWARF numbers of parts of registers."""
    emulated: Mapping[bytes, Callable[[Cpu], None]] = field(default_factory=dict)
    """Emulated instructions by their bytes."""
    bus_error_bases: frozenset[str] = frozenset()
    """Registers through which an access to an address that no memory can have raises SIGBUS, and not SIGSEGV."""
    start_registers: Mapping[str, int] = field(default_factory=dict)
    """Register values at process start that are not 0."""
    linkage: Linkage | None = None
    canary_thread_offset: int | None = None
    """Where the stack protector's canary lies, relative to the thread pointer."""
    canary_load: bytes | None = None
    """A regular expression that the bytes of every function match which loads the canary; few others do."""
    canary_variable: str | None = None
    """The variable that holds the stack protector's word, where it isn't in thread-local storage."""
    stack_steps: Mapping[str, StackStep] = field(default_factory=dict)
    """How instructions whose first operand is SP set it from their last one, by spelled mnemonic."""
    address_steps: Mapping[str, Literal["load", "sum", "copy", "high"]] = field(default_factory=dict)
    """What code computes addresses by, by spelled mnemonic: loads a word, adds its operands, takes one as it is (or
    a constant that the spelling has worked out), puts a constant into the upper half of 32 bits. A register that can't
    be stored is saved by way of one that takes it as it is."""
    assign: Assign | None = None
    assign_in_memory: Assign | None = None
    """As `assign`, of code that is compiled without the `optional_registers`; None where there are none."""
    optional_registers: frozenset[str] = frozenset()
    """Those that compilers use for vectors only if they are told to."""
    abi_variants: tuple[AbiVariant, ...] = ()
    kept_bytes: Mapping[str, int] = field(default_factory=dict)
    """Of the variant that this is: see there."""
    alignments: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """(ArgumentType's kind, size in bytes): alignment of scalars for which it isn't their size, or at most 16."""
    long_double: LongDouble = None
    """What a long double of more than 8 bytes is, if not IEEE's binary128."""
    long_double_size: int = 16
    """In bytes, padding included; 8 where it is a double."""
    char_is_signed: bool = True
    virtual_in_adjustment: bool = False
    """Whether a C++ pointer to a member function says in the lowest bit of its second word that the function is
    virtual, and not in that of its first (C++ ABI for the Arm Architecture, 3.2.1)."""
    words: Callable[[], Vocabulary] | None = None
    """Gives the words for its instructions; a function, so that only who explains pays for the table."""
    stores: Callable[[Any], tuple[Store, ...]] | None = None
    """Which registers capstone's instruction stores, in the names that capstone uses; None where its operands say."""
    writes: Callable[[Any], frozenset[str]] | None = None
    """Which registers it writes, likewise; None where capstone says."""
    entering: frozenset[str] = frozenset()
    """Instructions, by mnemonic, that push FP, copy SP to it and take room off SP, all by themselves."""
    shared_code: str = ""
    """What the names match (a regular expression) of compilers' out-of-line code that saves and restores registers for
    the functions that call it, or jump to it: it is a part of each of them."""
    veneers: str = ""
    """What the names match (a regular expression) of the code that linkers put between a call and the function that it
    is meant for, where an instruction of the one doesn't reach the other: the symbols aren't global."""
    linkage_stub: tuple[int, bytes] | None = None
    """Where linkers put the stubs of dynamic linking into .text, in the slots' order, right before what the first slot
    of .plt leads to at first: the bytes of one, and what it begins with."""
    mapping_symbols: tuple[str, ...] = ()
    """What symbols begin with that only tell code from data ('$x')."""
    signing: frozenset[str] = frozenset()
    """Instructions that only sign an address in a register, check it, or take its signature away, by capstone's
    mnemonic: what was in the register is still there."""
    address_bits: int | None = None
    """How many bits of a signed address are the address; None where addresses aren't signed."""
    frame_instructions: Mapping[int, FrameInstruction] = field(default_factory=dict)
    """Call-frame instructions of its own."""
    frame_pointer_at_cfa: bool = False
    """Whether a frame pointer is its frame's CFA, the first byte above the frame, and not one of the frame's own."""
    frame_setup: Callable[[bytes], int] | None = None
    """Given the code at a function's start, how many bytes of it set up the frame pointer; 0 if it doesn't begin so."""
    prologue_by_lines: bool = False
    """Whether gdb takes a function's second line for the end of its prologue, whoever compiled it."""
    gnu_triplet: str = ""
    """What a cross gcc's name begins with ('x86_64-linux-gnu')."""
    zig_target: str = ""
    """Zig's name for it with a static C library ('x86_64-linux-musl')."""
    compatible_hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By `uname -m`: the flags that make such a host's own compiler compile for it ('-m32')."""
    hardware: Hardware | None = None
    engine_setup: tuple[tuple[int, int], ...] = ()
    """(Unicorn's register number, value): what a kernel sets up and programs don't see, in the order of writing."""
    fixed_pages: tuple[FixedPage, ...] = ()
    thread_descriptors: int | None = None
    """Where the segment descriptors lie that set_thread_area fills, on i386."""
    derived: Mapping[str, Callable[[Mapping[str, int], Callable[[int, int], bytes]], int]] = field(default_factory=dict)
    """The values of registers that Unicorn doesn't show, from the others and from memory (address, size)."""
    other_encoding: OtherEncoding | None = None
    debug_relocations: Mapping[int, int] = field(default_factory=dict)
    """Relocations of object files' debug sections that pyelftools lacks: their type, and how many bytes symbol + addend
    replaces."""
    not_emulated: str = ""
    """Instructions that the engine lacks, as one would ask about them ('AVX')."""
    exceptions: Mapping[int, ExceptionKind] = field(default_factory=dict)
    """What the engine's exception numbers mean."""
    breakpoints: tuple[bytes, ...] = ()
    """The bytes of breakpoint instructions that the engine takes for illegal ones."""
    direct_calls: Callable[[bytes, int], Iterable[int]] | None = None
    """The targets of what looks like direct calls in code bytes that lie at an address; more than there are, never
    fewer."""
    instruction_size: Callable[[bytes], int] | None = None
    """How many bytes the instruction has that code in the usual encoding begins with, known or not; None where only
    taking it apart tells."""
    other_spellings: Mapping[str, str] = field(default_factory=dict)
    """Names of registers as the disassembler writes them, and as this table has them, where those differ."""
    disassembler: Callable[[], Any] | None = None
    """Gives what takes its instructions apart, of the shape of capstone's `Cs`, where capstone doesn't know them."""
    unnamed_arguments: str = ""
    """Where the arguments of a variadic function go that have no names, in words; '' if there are none."""
    stack_arguments: bool = True
    """Whether arguments may be passed on the stack."""
    simulated: bool = False
    """Whether its programs run in the textbook machine, and not in the emulator."""
    default_base: int = 0x400000
    """Where a position-independent executable is loaded."""
    interpreter_base: int = 0x7FFFF7FC0000
    mmap_top: int = 0x7FFFF7FB0000
    stack_top: int = 0x7FFFFFFFF000
    wide_arguments: tuple[str, ...] = ()
    """Registers for arguments that are wider than a word, where they have some of their own."""

    def register(self, name: str) -> Register:
        """The register called `name`, at full width. KeyError if there is none."""
        return _by_name(self)[name]

    def by_dwarf(self, number: int) -> Register | None:
        """The register with that DWARF number, or None."""
        return _by_dwarf(self).get(number)

    def with_flags(self, flags: int) -> Isa:
        """As programs with these flags in their ELF header use it."""
        fitting = (one for one in self.abi_variants if one.attribute is None and flags & one.mask == one.value)
        return self._as(next(fitting, None))

    def with_attributes(self, attributes: Mapping[int, int]) -> Isa:
        """As programs with these GNU attributes use it."""
        said = {*attributes.items()}
        fitting = (one for one in self.abi_variants if one.attribute is not None and one.attribute in said)
        return self._as(next(fitting, None))

    def _as(self, variant: AbiVariant | None) -> Isa:
        if variant is None:
            return self
        return replace(
            self,
            title=variant.title,
            assign=variant.assign,
            float_arguments=variant.float_arguments,
            float_results=variant.float_results,
            kept_bytes=variant.kept_bytes,
        )

    def is_same_machine(self, other: Isa) -> bool:
        """Whether both are one instruction set, in whichever variants of its ABI."""
        return self.name == other.name

    @property
    def return_address_offset(self) -> int:
        """Where a return address lies on the stack, relative to the CFA, as far as calls or the ABI alone decide it."""
        return self.linkage.return_address if self.linkage else -self.cfa_minus_sp_at_entry

    def is_shared_code(self, name: str) -> bool:
        """Whether a function of that name is `shared_code`."""
        return bool(self.shared_code) and re.fullmatch(self.shared_code, name) is not None

    def is_veneer(self, name: str) -> bool:
        """Whether code of that name, by a symbol that isn't global, is one of the linker's `veneers`."""
        return bool(self.veneers) and re.fullmatch(self.veneers, name) is not None

    def code_address(self, address: int) -> int:
        """`address` without the bit that only chooses the encoding."""
        return address & ~self.other_encoding.address_bit if self.other_encoding else address

    def without_signature(self, address: int) -> int:
        """A signed `address` as it was before."""
        return address if self.address_bits is None else address & ((1 << self.address_bits) - 1)

    def in_other_encoding(self, registers: Mapping[str, int]) -> bool:
        """Whether a processor with these registers runs the second encoding."""
        other = self.other_encoding
        return other is not None and bool(registers.get(other.register, 0) & other.flag)

    def size_of_unknown(self, code: bytes, *, other_encoding: bool = False) -> int | None:
        """Bytes of an instruction that nothing takes apart, by the first ones of `code`; None if those don't tell."""
        if self.other_encoding is not None and other_encoding:
            return 4 if int.from_bytes(code[:2], self.byte_order) >= self.other_encoding.wide_from else 2
        return None if self.instruction_size is None else self.instruction_size(code)

    def dwarf_part(self, number: int) -> tuple[Register, str, int, int] | None:
        """What that DWARF number means: (register, name, bits, shift), of all of a register or of a part; or None."""
        name = self.dwarf_parts.get(number)
        if name is not None:
            full, bits, shift = _widths(self)[name]
            return self.register(full or name), name, bits, shift
        register = self.by_dwarf(number)
        return None if register is None else (register, register.name, register.bits, 0)

    def frame_pointer_with(self, registers: Mapping[str, int]) -> str:
        """The register that is the frame pointer in the encoding that a processor with these registers runs."""
        return self.frame_pointer_in(other_encoding=self.in_other_encoding(registers))

    def frame_pointer_in(self, *, other_encoding: bool) -> str:
        """The register that is the frame pointer in one of the encodings."""
        return self.other_encoding.frame_pointer if self.other_encoding and other_encoding else self.frame_pointer

    def full_name(self, name: str) -> str | None:
        """The full-width name of a register named at any width ('edi' gives 'rdi'), or None."""
        return self.extent(name)[0]

    def extent(self, name: str) -> tuple[str | None, int, int]:
        """What a register's name at any width means: (full-width name, bits, shift); (None, 0, 0) if nothing does."""
        return _widths(self).get(name, (None, 0, 0))

    def is_element(self, name: str) -> bool:
        """Whether a name is that of one of a register's `elements`."""
        full = self.full_name(name)
        return full is not None and any(name == element for element, _, _ in self.register(full).elements)

    def part(self, name: str, bits: int, shift: int = 0) -> str:
        """The name of the narrowest part of the register `name` that has `bits` bits from bit `shift` on ('rdi', 32
        gives 'edi'; 'x1', 8 gives 'w1'); `name` itself if there is none."""
        wide = [(width, part) for part, width, low in self.register(name).parts if low == shift and width >= bits]
        return min(wide)[1] if wide else name

    def holding(self, name: str, size: int) -> str:
        """What the register `name` is called where it holds a value of `size` bytes: one for vectors goes by the part
        that is large enough ('v0', 8 gives 'd0'), as instructions name it and as arguments are said to come in it."""
        return self.part(name, 8 * size) if self.register(name).kind == "vector" else name

    @property
    def callee_saved(self) -> tuple[str, ...]:
        """The registers that a function must give back as it got them, all of each or a part."""
        return tuple(register.name for register in self.registers if self.is_callee_saved(register.name))

    def is_callee_saved(self, name: str) -> bool:
        """Whether a function must give back the register called `name`, or parts of it, as it got it."""
        return self.register(name).callee_saved and self.kept_bytes.get(name, 1) > 0

    def is_preserved(self, name: str) -> bool:
        """Whether a register named at any width has bits that a function must give back as it got them."""
        full, bits, shift = self.extent(name)
        if full is None or not self.is_callee_saved(full):
            return False
        kept = [_widths(self)[part] for part in self.register(full).kept_parts]
        return not kept or any(low < shift + bits and shift < low + width for _, width, low in kept)

    def saved_bytes(self, name: str) -> int:
        """How many bytes of a register a function saves: what calls preserve of it, 64 bits at most."""
        return self.kept_bytes.get(name) or min(self.register(name).bits, 64) // 8


_names: dict[str, dict[str, Register]] = {}
_dwarf: dict[str, dict[int, Register]] = {}
_parts: dict[str, dict[str, tuple[str | None, int, int]]] = {}


def _by_name(isa: Isa) -> dict[str, Register]:
    if isa.name not in _names:
        _names[isa.name] = {register.name: register for register in isa.registers}
    return _names[isa.name]


def _by_dwarf(isa: Isa) -> dict[int, Register]:
    if isa.name not in _dwarf:
        _dwarf[isa.name] = {register.dwarf: register for register in isa.registers if register.dwarf is not None}
    return _dwarf[isa.name]


def _widths(isa: Isa) -> dict[str, tuple[str | None, int, int]]:
    if isa.name not in _parts:
        table: dict[str, tuple[str | None, int, int]] = {}
        for register in isa.registers:
            for name in (register.name, *register.aliases):
                table[name] = (register.name, register.bits, 0)
            narrower = (*register.parts, *register.elements)
            table.update({part: (register.name, bits, shift) for part, bits, shift in narrower})
        _parts[isa.name] = table
    return _parts[isa.name]
