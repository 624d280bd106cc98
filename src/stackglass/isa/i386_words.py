"""i386 instructions in words: what it doesn't share with x86-64. What the fields mean is said in `isa.words`."""

from __future__ import annotations

from stackglass.isa import x87_words as x87
from stackglass.isa.words import Idiom
from stackglass.isa.x86_words import vocabulary

_NAMES = {
    "sp": "esp",
    "fp": "ebp",
    "pc": "eip",
    "ax": "eax",
    "bx": "ebx",
    "cx": "ecx",
    "dx": "edx",
    "si": "esi",
    "di": "edi",
}

_OWN = (
    Idiom("jecxz jcxz", "taken", "the count, {reg:ecx}, is 0, so jumps to {target}"),
    Idiom("jecxz jcxz", "", "the count, {reg:ecx}, is not 0, so goes on"),
    Idiom("int", "", "asks the kernel: {system_call}"),
    Idiom("int3 into", "", "stops the program for a debugger: {changes}"),
    Idiom("cmpxchg8b", "", "compares {a.place} with edx:eax, and puts ecx:ebx there if they are equal: {changes}"),
    Idiom(
        "mov",
        "a:register reads:return_address",
        "reads its own return address into {a.name}: {a.now}; position-independent code finds its data by that",
    ),
    Idiom("add", "a:sp sp:up epilogue !over:arguments", "gives back {moved} bytes of stack: esp goes up to {sp}"),
    Idiom("pusha pushal pushad", "", "pushes all eight general registers: esp goes down by {moved} to {sp}"),
    Idiom("popa popal popad", "", "pops all general registers but esp: esp goes up by {moved} to {sp}"),
    Idiom("xlatb", "", "looks al ({unsigned_was:al}) up in the table that ebx points at: al = {unsigned:al}"),
)

WORDS = vocabulary((*_OWN, *x87.IDIOMS), _NAMES, comparisons=x87.COMPARISONS, conditional=x87.CONDITIONAL)
