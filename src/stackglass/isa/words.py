"""How an instruction set's instructions are put into words: the shape of the table that each ISA fills in.

A row of `idioms` says what one kind of instruction does, as a template. The first row of the mnemonic whose `when` all
hold is used; `explain` fills in the fields. An instruction that no row fits is told from what it changed.

Tests that `when` knows (several in one row are separated by spaces):

    a:register  a:memory  a:immediate     what operand a is (so for b and c); a:none if there is no such operand
    a:4                                   its size in bytes
    a:sp  a:fp                            the operand is the stack pointer, the frame pointer
    a:incoming                            a register in which the parameter that is written was passed
    a:linear                              memory with an index register, or whose base isn't SP, FP or PC
    a:canary                              the stack protector's word in thread-local storage
    same                                  a and b are one register
    reads:ROLE  writes:ROLE               the slot read (before) or written (after) has that role of `model.Role`
    taken  leaves                         the jump was made; it left the function
    direct                                the call or jump names its target
    repeated  none                        with a repeat prefix; that did no round at all
    sp:down  sp:up  sp:same               how SP moved
    prologue  epilogue  after             the part of a call that the instruction is in, where that is known

Fields of operands: `{a.what}` the value with its source ("a's value 3", 'eax (3)', '3'), `{a.place}` where it lies ('a
(rbp-4)', 'eax'), `{a.typed}` the place with its address and type, `{a.at}` the place without its name, `{a.was}` and
`{a.now}` the value before and after, `{a.becomes}` ('3 becomes 7'), `{a.name}` the register, or memory as 'rbp-4',
`{a.size}` bytes, `{a.alignment}` of a mask; of memory `{a.address}`, `{a.spot}` what lies there and `{a.sum}` how the
address is computed.

Other fields: `{spot}` the name of what is written; `{sp}` after; `{moved}` how far it moved; `{back}` the address
behind the instruction; `{target}` where control went; `{caller}` the function that the running one returns to;
`{condition}` as a sentence; `{canary}` whether it is unchanged; `{bytes}` and `{rounds}` of a repeated instruction;
`{system_call}`; `{changes}` everything that changed; `{mnemonic}`.

`{reg:rcx}` is a register after, `{reg_was:rcx}` before, as signed numbers; `{unsigned:…}` and `{unsigned_was:…}` are
without sign, `{pointer:…}` and `{pointer_was:…}` in hex.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Comparison = Literal["compared", "tested", "floats", "logic", "result"]
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
    comparisons: Mapping[str, Comparison]
    """What the flags are about after an instruction: 'logic' is a bitwise operation, 'result' other arithmetic."""
    copies: frozenset[str]
    """Mnemonics that put the value of b, or of a register's narrower part, into a."""
    number_kinds: Mapping[str, tuple[NumberKind, ...]]
    """How operands are read as numbers, one by one; integers where a mnemonic is missing."""
    unsigned: frozenset[str]
    """Mnemonics whose integers have no sign."""
    flags: tuple[tuple[int, str], ...]
    """(bit, name) of the flags that are worth telling."""
    prologue: tuple[Idiom, ...]
    """What a prologue is made of, for code without line information; the words of these rows are not used."""
    epilogue: tuple[Idiom, ...]
    """What an epilogue is made of, likewise."""
    implicit_stack_bytes: int = 64
    """How far below SP an instruction may write that names no memory operand."""
    unsized_bytes: int = 1024
    """How much memory an operand without a size may cover."""
