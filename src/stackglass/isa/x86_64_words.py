"""x86-64 instructions in words: what it doesn't share with i386. What the fields mean is said in `isa.words`."""

from __future__ import annotations

from stackglass.isa import x87_words as x87
from stackglass.isa.words import Idiom
from stackglass.isa.x86_words import vocabulary

_NAMES = {
    "sp": "rsp",
    "fp": "rbp",
    "pc": "rip",
    "ax": "rax",
    "bx": "rbx",
    "cx": "rcx",
    "dx": "rdx",
    "si": "rsi",
    "di": "rdi",
}

_OWN = (
    Idiom("jrcxz jecxz", "taken", "the count, {reg:rcx}, is 0, so jumps to {target}"),
    Idiom("jrcxz jecxz", "", "the count, {reg:rcx}, is not 0, so goes on"),
    Idiom("syscall", "", "asks the kernel: {system_call}"),
    Idiom(
        "cmpxchg8b cmpxchg16b",
        "",
        "compares {a.place} with edx:eax (rdx:rax), and replaces it if they are equal: {changes}",
    ),
    Idiom("cdqe", "", "widens eax ({reg_was:eax}) to rax with its sign: {reg:rax}"),
    Idiom("cqo", "", "fills rdx with the sign of rax ({reg_was:rax}), for the division to come: rdx = {reg:rdx}"),
    Idiom(
        "imul mul",
        "b:none a:8",
        "multiplies rax ({reg_was:rax}) by {a.what}: the product is rdx:rax, {pointer:rdx}:{pointer:rax}",
    ),
    Idiom(
        "idiv",
        "a:8",
        "divides rdx:rax (its low half is {reg_was:rax}) by {a.what}: quotient {reg:rax} in rax, remainder {reg:rdx} in"
        " rdx",
    ),
    Idiom(
        "div",
        "a:8",
        "divides rdx:rax (its low half is {unsigned_was:rax}) by {a.what}, without sign: quotient {unsigned:rax} in"
        " rax, remainder {unsigned:rdx} in rdx",
    ),
)

WORDS = vocabulary((*_OWN, *x87.IDIOMS), _NAMES, comparisons=x87.COMPARISONS, conditional=x87.CONDITIONAL)
