"""How an instruction set's instructions are put into words: the shape of the table that each ISA fills in.

A row of `idioms` says what one kind of instruction does, as a template. The first row of the mnemonic whose `when` all
hold is used; `explain` fills in the fields. An instruction that no row fits is told from what it changed.

Tests that `when` knows (several in one row are separated by spaces):

    a:register  a:memory  a:immediate     what operand a is (so for b and c); a:none if there is no such operand
    a:sp  a:fp  a:accumulator             the operand is the stack pointer, the frame pointer, the first result register
    a:stack                               memory on the stack
    a:linear                              a memory operand with an index register, or one whose base isn't SP, FP or PC
    a:canary                              the stack protector's word in thread-local storage
    a:negative  a:zero                    an immediate below zero, or zero
    a:argument                            a register in which the ABI passes arguments
    a:thread                              memory relative to the thread pointer
    same                                  a and b are one register
    reads:ROLE  writes:ROLE               the slot read (before) or written (after) has that role of `model.Role`
    taken  leaves                         the jump was made; it left the function
    repeated  none                        with a repeat prefix; that did no round at all
    direct                                the call or jump names its target
    sp:down  sp:up  sp:same               how SP moved
    prologue  epilogue  after             the part of a call that the instruction is in, where that is known

Fields: `{a.what}` the value with its source ('a's value 3', 'eax (3)', '3'), `{a.place}` where it lies ('a (rbp-4)',
'eax'), `{a.typed}` the place with its type, `{a.was}` and `{a.now}` the value before and after, `{a.becomes}` ('3
becomes 7'), `{a.address}` a memory operand's address, `{a.spot}` what lies there, `{a.sum}` how it is computed,
`{a.name}` the register or text as the assembler writes it, `{a.size}` bytes. `{result}` is what the first result
register holds after. `{sp}`, `{sp_was}`, `{moved}`, `{next}`, `{target}`, `{back}`, `{callee}`, `{caller}`, `{owner}`,
`{condition}`, `{canary}`, `{times}`, `{system_call}`, `{changes}` and `{saved}` are in `explain.scene`. `{reg:rcx}` and
`{reg_was:rcx}` are a register after and before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

NumberKind = Literal["integer", "single", "double", "bytes"]


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand as decoded. `size` is in bytes, 0 where the disassembler doesn't say."""

    kind: Literal["register", "immediate", "memory"]
    size: int
    text: str
    register: str | None = None
    """A register's name as written, 'edi'."""
    value: int = 0
    """An immediate, as a signed number."""
    base: str | None = None
    index: str | None = None
    scale: int = 1
    displacement: int = 0
    segment: str | None = None
    """The full-width name of a register whose value is added: a thread pointer."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """An instruction's mnemonic without prefixes, what they were, and its operands."""

    mnemonic: str
    prefix: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Idiom:
    """One row: `mnemonics` and `when` are separated by spaces."""

    mnemonics: str
    when: str
    words: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the flags, with its words when it holds and when it doesn't; empty where there are none.

    `compared` follows a comparison of two integers ('less than'), `floats` one of two floating-point numbers, `tested`
    a test of one value or a bitwise operation, `result` any other arithmetic.
    """

    holds: Callable[[int], bool]
    compared: tuple[str, str] = ("", "")
    tested: tuple[str, str] = ("", "")
    result: tuple[str, str] = ("", "")
    floats: tuple[str, str] = ("", "")
    unsigned: bool = False
    """Whether it takes what was compared as numbers without sign."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of one instruction set."""

    spell: Callable[[Any], Spelled]
    """Takes capstone's instruction apart."""
    idioms: tuple[Idiom, ...]
    conditions: Mapping[str, Condition]
    conditional: Mapping[str, str]
    """The condition of each mnemonic that has one: 'jl' has 'l'."""
    comparisons: Mapping[str, Literal["compared", "tested", "floats", "logic"]]
    """What the flags say after an instruction: 'logic' is a bitwise operation, whose result was tested."""
    number_kinds: Mapping[str, tuple[NumberKind, ...]]
    """How operands are read as numbers, one by one; integers where a mnemonic is missing."""
    unsigned: frozenset[str]
    """Mnemonics whose integers have no sign."""
    flags: tuple[tuple[int, str], ...]
    """(bit, name) of the flags that are worth telling."""
    epilogue: tuple[Idiom, ...]
    """What an epilogue is made of; its words are not used."""
    implicit_stack_bytes: int = 64
    """How far below SP an instruction may write that names no memory operand."""
    unsized_bytes: int = 1024
    """How much memory an operand without a size may cover."""
