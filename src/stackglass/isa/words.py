"""How an instruction set's instructions are put into words: the shape of the table that each ISA fills in.

A row of `idioms` says what one kind of instruction does, as a template. The first row of the mnemonic whose `when` all
hold is used; `explain` fills in the fields. An instruction that no row fits is told from what it changed.

Tests that `when` knows (several in one row are separated by spaces; one with '!' in front must not hold):

    a:register  a:memory  a:immediate     what operand a is (so for b and c); a:none if there is no such operand
    a:4                                   its size in bytes
    a:sp  a:fp  a:pc                      the operand is the stack pointer, the frame pointer, the program counter
    a:oldsp                               a register that holds what the stack pointer was
    a:zero                                the number 0
    a:integral                            the operand itself tells that it is an integer, among others that aren't
    a:incoming                            a register in which the parameter that is written was passed
    a:linear                              memory with an index register, or whose base isn't SP, FP or PC
    a:canary                              the stack protector's word, or a register that it was just read into
    a:mapped                              memory at an address of this process
    a:constant                            memory whose address no register decides
    same                                  all operands are one register
    a:b                                   operands a and b are one register
    reads:ROLE  writes:ROLE               a slot read (before) or written (after) has that role of `model.Role`
    saves  restores                       every register that is stored (loaded) is the one its slot is there for
    taken  leaves                         the jump was made, or the condition held; it left the function
    calls                                 it made a call, by the call history: a jump by hand, too
    conditional                           there is a condition
    returns                               it is a return instruction, or the jump by which a function has returned
    encoding                              it is in the ISA's second encoding
    switches                              what comes next is in the other encoding
    direct                                the call or jump names its target
    repeated  none                        with a repeat prefix; that did no round at all
    descends                              it moved a base register of its operands down
    sp:down  sp:up  sp:same               how SP moved
    sp:lost                               it is where nothing is mapped now
    over:arguments                        it moved up over the arguments of the call that has just returned, and no more
    prologue  epilogue  after             the part of a call that the instruction is in, where that is known
    frame                                 in the prologue, or where optimised code makes its frame first thing

Fields of operands: `{a.what}` the value with its source ("a's value 3", 'eax (3)', '3'), `{a.place}` where it lies ('a
(rbp-4)', 'eax'), `{a.typed}` the place with its address and type, `{a.at}` the place without its name, `{a.was}` and
`{a.now}` the value before and after, `{a.becomes}` ('3 becomes 7'), `{a.name}` the register, or memory as 'rbp-4',
`{a.hex}` the value after in
hex, `{a.size}` bytes, `{a.alignment}` of a mask, `{a.bits}` an immediate in hex; of memory `{a.address}`, `{a.spot}`
what lies there, `{a.sum}` how the address is computed and `{a.lowest}` the last address that it went down to.

Other fields: `{spot}` the name of what is written; `{sp}` after; `{moved}` how far it moved; `{back}` the address
behind the instruction; `{target}` where control went; `{caller}` the function that the running one returns to;
`{takes_over}` what a jump to another function does to this frame; `{returns_to}` where what was called is to return to;
`{condition}` as a sentence; `{canary}` whether it is unchanged; `{bytes}` and `{rounds}` of a repeated instruction;
`{system_call}`; `{changes}` everything that changed; `{mnemonic}`. Of instructions that move several registers:
`{saved}` what is saved ("the caller's x29 (0x7ffe5c) and the return address (x30, 0x4007c4)"), `{restored}` likewise
(other registers than those of the caller are told by their values),
`{stored}` what is put where, `{loaded}` what is read into what, `{places}` the memory ('sp+16 and sp+24').

`{reg:rcx}` is a register after, `{reg_was:rcx}` before, as signed numbers; `{unsigned:…}` and `{unsigned_was:…}` are
without sign, `{pointer:…}` and `{pointer_was:…}` in hex.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Comparison = Literal["compared", "tested", "floats", "logic", "result", "difference", "bit"]
NumberKind = Literal["integer", "single", "double", "extended", "bytes"]

EQUAL, LESS, LESS_UNSIGNED, UNORDERED = 1, 2, 4, 8
"""How two values compare, as bits: what conditions look at where instructions compare and decide in one."""


EVERY_SET = "*"


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
    index_is_signed: bool = False
    """Whether an index register narrower than an address is widened with its sign."""
    index_right: int = 0
    """By how many bits the index register's value is shifted to the right before it is scaled."""
    step: int = 0
    """How far the instruction moves the base register: before it (`displacement` says so too), or after; any
    number but 0 where it isn't told."""
    modifier: str = ""
    """What is done to a register's value before it is used: ' shifted left by 2'."""
    number: NumberKind | None = None
    """How it is read as a number, where the operand itself tells."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """An instruction's mnemonic without prefixes, what they were, and its operands: what it writes comes first.

    One that moves several registers has as many targets as sources, in the same order: `stp x0, x1, [sp]` is taken
    apart as the 8 bytes at sp, the 8 bytes at sp+8, x0, x1. The constant zero of a zero register is an immediate.
    """

    mnemonic: str
    prefix: str
    operands: tuple[Operand, ...]
    targets: int = 1
    """How many operands, from the first on, it may write."""
    condition: str | None = None
    """The condition that it has besides its mnemonic ('ne')."""
    flag_set: str = ""
    """Which of several sets of flags it writes, or its condition looks at ('cr7'), where there are several; EVERY_SET
    for one that writes into any of them."""
    predicated: bool = False
    """Whether it does nothing at all where its condition doesn't hold."""
    reads: frozenset[str] | None = None
    """Names of the registers that it reads; None where capstone knows."""
    writes: frozenset[str] | None = None
    """Names of the registers that it writes, flags too; None where capstone knows."""
    text: str | None = None
    """The instruction as people write it, where capstone writes it otherwise."""

    @property
    def target(self) -> int | None:
        """Where it leads if it is a direct call or jump: that is its last operand."""
        return self.operands[-1].value if self.operands and self.operands[-1].kind == "immediate" else None


@dataclass(frozen=True, slots=True)
class Idiom:
    """One row: `mnemonics` and `when` are separated by spaces."""

    mnemonics: str
    when: str
    words: str


@dataclass(frozen=True, slots=True)
class Comparing:
    """What an instruction compares: the numbers of its operands, `right` None for a single one with zero.

    'logic' is about the result of a bitwise operation, 'result' of other arithmetic, 'difference' of a subtraction
    whose sides are those operands; 'bit' is about the bit of `left` that `right` gives.
    """

    kind: Comparison
    left: int = 0
    right: int | None = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with its words when it holds and when it doesn't; empty where there are none.

    `holds` looks at the flags, or at how two values compare (EQUAL and so on). `compared` follows a comparison of two
    integers ('less than'), `floats` one of two floating-point numbers, `tested` a test of one value or a bitwise
    operation, `result` any other arithmetic.
    """

    holds: Callable[[int], bool]
    compared: tuple[str, str] = ("", "")
    tested: tuple[str, str] = ("", "")
    result: tuple[str, str] = ("", "")
    floats: tuple[str, str] = ("", "")
    unsigned: bool = False
    """Whether it takes what was compared as numbers without sign."""

    @property
    def opposite(self) -> Condition:
        """The condition that holds when this one doesn't: its words are the same, the other way round."""
        return Condition(
            lambda facts: not self.holds(facts),
            compared=self.compared[::-1],
            tested=self.tested[::-1],
            result=self.result[::-1],
            floats=self.floats[::-1],
            unsigned=self.unsigned,
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of one instruction set."""

    spell: Callable[[Any], Spelled]
    """Takes capstone's instruction apart."""
    idioms: tuple[Idiom, ...]
    conditions: Mapping[str, Condition]
    conditional: Mapping[str, str]
    """The condition of each mnemonic that has one: 'jl' has 'l'."""
    comparisons: Mapping[str, Comparing]
    """What the flags are about after an instruction."""
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
    own_comparisons: Mapping[str, Comparing] = field(default_factory=dict)
    """What a conditional instruction compares itself, before it decides; the others look at the flags."""
    kept_apart: frozenset[str] = frozenset()
    """Comparisons whose outcome the flags don't have, until an instruction fetches it."""
    fetches_comparison: frozenset[str] = frozenset()
    """What makes the flags the outcome of such a comparison."""
    takes_address: frozenset[str] = frozenset()
    """Mnemonics that put an address into a. With the next two only where small negative numbers may be addresses."""
    sums: frozenset[str] = frozenset()
    """Mnemonics that add b to a."""
    differences: frozenset[str] = frozenset()
    """Mnemonics that subtract b from a."""
    counting: frozenset[str] = frozenset()
    """Jumps that are made or not by what a counter holds."""
    implicit_stack_bytes: int = 64
    """How far below SP an instruction may write that names no memory operand."""
    unsized_bytes: int = 1024
    """How much memory an operand without a size may cover."""

    def condition(self, spelled: Spelled) -> str | None:
        """The condition of the flags, or of what it compares, on which `spelled` depends ('ne'); None if on none."""
        return spelled.condition or self.conditional.get(spelled.mnemonic)

    def decides(self, spelled: Spelled) -> bool:
        """Whether a jump or a return is made on some condition only, a count's included."""
        return spelled.mnemonic in self.counting or self.condition(spelled) is not None
