"""What both x86 instruction sets have in common in words. What the fields mean is said in `isa.words`.

Registers that differ in their names are written `$sp` and so on: `vocabulary` puts the names in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from string import Template

from stackglass.isa.words import Comparing, Condition, Idiom, NumberKind, Vocabulary
from stackglass.isa.x86_spelling import spell

_CF, _PF, _ZF, _SF, _DF, _OF = 0x001, 0x004, 0x040, 0x080, 0x400, 0x800

_ALL_CODES = ("e", "l", "le", "b", "be", "s", "o", "p", "ne", "ge", "g", "ae", "a", "ns", "no", "np")
_JUMPS, _SETS, _CONDITIONAL_MOVES = (" ".join(f"{verb}{code}" for code in _ALL_CODES) for verb in ("j", "set", "cmov"))

_STACK = (
    Idiom(
        "push",
        "writes:saved_frame_pointer",
        "saves the caller's {a.name} on the stack: $sp goes down by {moved} to {sp}, and {a.was} is stored there",
    ),
    Idiom(
        "push",
        "writes:saved_register",
        "saves the caller's {a.name}, which this function is going to use, on the stack: $sp goes down by {moved} to"
        " {sp}",
    ),
    Idiom("push", "writes:canary", "puts the canary on the stack: $sp goes down by {moved} to {sp}"),
    Idiom("push", "writes:outgoing_argument", "pushes {a.what} as {spot}: $sp goes down by {moved} to {sp}"),
    Idiom(
        "push",
        "prologue a:register",
        "pushes {a.what}: $sp goes down by {moved} to {sp}",
    ),
    Idiom("push pushf pushfq", "a:none", "pushes the flags: $sp goes down by {moved} to {sp}"),
    Idiom("push", "", "pushes {a.what} on the stack: $sp goes down by {moved} to {sp}"),
    Idiom(
        "pop",
        "reads:saved_frame_pointer a:fp",
        "takes back the caller's {a.name}, {a.now}: $sp goes up by {moved} to {sp}",
    ),
    Idiom("pop", "reads:saved_register", "takes back the caller's {a.name}, {a.now}: $sp goes up by {moved} to {sp}"),
    Idiom(
        "pop",
        "reads:return_address",
        "pops the return address, {a.now}, into {a.place}: $sp goes up by {moved} to {sp}",
    ),
    Idiom("pop", "", "pops {a.now} off the stack into {a.place}: $sp goes up by {moved} to {sp}"),
    Idiom("popf popfq", "", "pops the flags off the stack: $sp goes up by {moved} to {sp}"),
    Idiom(
        "mov",
        "a:fp b:sp",
        "makes {a.name} point at this frame ({a.now}): from here on locals have fixed distances from it",
    ),
    Idiom("mov lea", "a:sp sp:lost", "makes $sp {sp}, where nothing is mapped"),
    Idiom("mov lea", "a:sp epilogue", "gives back the locals: $sp goes up by {moved} to {sp}"),
    Idiom("mov lea", "a:sp sp:down", "moves $sp down by {moved} to {sp}"),
    Idiom("mov lea", "a:sp sp:up", "moves $sp up by {moved} to {sp}"),
    Idiom("mov lea", "a:sp", "leaves $sp where it is, at {sp}"),
    Idiom("sub add", "a:sp prologue sp:down", "reserves {moved} bytes for locals: $sp goes down to {sp}"),
    Idiom(
        "sub add",
        "a:sp sp:down b:immediate",
        "moves $sp down by {moved} to {sp}: room, or alignment, for what comes next",
    ),
    Idiom(
        "sub add",
        "a:sp sp:down",
        "takes {moved} bytes of stack (a variable-length array, alloca): $sp goes down to {sp}",
    ),
    Idiom(
        "add sub lea",
        "a:sp sp:up over:arguments",
        "takes the arguments off the stack again: $sp goes up by {moved} to {sp}",
    ),
    Idiom("add sub", "a:sp sp:up epilogue", "gives back the {moved} bytes of locals: $sp goes up to {sp}"),
    Idiom("add sub", "a:sp sp:up", "gives back {moved} bytes of stack: $sp goes up to {sp}"),
    Idiom("add sub", "a:sp sp:same", "leaves $sp where it is, at {sp}"),
    Idiom("and", "a:sp sp:down", "rounds $sp down to a multiple of {b.alignment}, by {moved} bytes to {sp}"),
    Idiom("and", "a:sp sp:same", "rounds $sp down to a multiple of {b.alignment}, which it is already"),
    Idiom(
        "leave",
        "",
        "takes the frame down: $sp goes up to where $fp points, and the caller's $fp, {reg:$fp}, is popped from there;"
        " $sp is now {sp}",
    ),
    Idiom("enter", "", "saves the caller's $fp, points $fp at this frame, and reserves room: $sp goes down to {sp}"),
    Idiom("lea", "a:fp b:sp", "makes {a.name} point at {b.address}"),
)

_BY_HAND = ", as a call: the return address is on the stack already, {returns_to}"

_CONTROL = (
    Idiom("call", "direct", "pushes the return address {back}, the instruction after this call, and jumps to {target}"),
    Idiom(
        "call",
        "a:register",
        "pushes the return address {back}, the instruction after this call, and jumps to where {a.name} points:"
        " {target}",
    ),
    Idiom(
        "call",
        "",
        "pushes the return address {back}, the instruction after this call, and jumps to where {a.place} points:"
        " {target}",
    ),
    Idiom("jmp", "direct calls", f"jumps to {{target}}{_BY_HAND}"),
    Idiom("jmp", "calls", f"jumps to where {{a.place}} points, {{target}}{_BY_HAND}"),
    Idiom("ret retf retq", "calls", f"pops an address into $pc and so jumps to {{target}}{_BY_HAND}"),
    Idiom("ret retf retq", "a:immediate", "pops the return address into $pc and {a.what} more bytes: back in {target}"),
    Idiom("ret retf retq", "", "pops the return address into $pc: back in {target}"),
    Idiom(
        "jmp",
        "direct leaves",
        "jumps to {target} without a call: {takes_over}, and returns to {caller} itself",
    ),
    Idiom("jmp", "a:register returns", "returns to the address in {a.name}: back in {target}"),
    Idiom("jmp", "returns", "returns to the address in {a.place}: back in {target}"),
    Idiom(
        "jmp",
        "leaves",
        "jumps to where {a.place} points: {target}, which returns to {caller} itself",
    ),
    Idiom("jmp", "direct", "goes on at {target}"),
    Idiom("jmp", "", "goes on where {a.place} points: {target}"),
    Idiom("loop", "taken", "counts $cx down to {reg:$cx}, which is not 0, so jumps to {target}"),
    Idiom("loop", "", "counts $cx down to 0, so goes on"),
    Idiom(
        "endbr64 endbr32", "", "marks a place that indirect calls may jump to (control-flow enforcement); does nothing"
    ),
    Idiom("nop fnop", "", "does nothing"),
    Idiom("pause", "", "tells the processor that this is a waiting loop; does nothing else"),
    Idiom(
        "lfence mfence sfence", "", "keeps memory accesses before it from mixing with those after it; changes nothing"
    ),
    Idiom(
        "prefetcht0 prefetcht1 prefetcht2 prefetchnta prefetchw",
        "",
        "asks for {a.address} to be fetched into the cache",
    ),
    Idiom("ud2", "", "is an instruction that must not be reached: the processor refuses it"),
    Idiom("hlt", "", "stops the processor: a program may not, and never gets past this"),
    Idiom("cld", "", "makes string instructions go upwards"),
    Idiom("std", "", "makes string instructions go downwards"),
    Idiom(
        "cpuid", "", "asks the processor what it can do (leaf {reg_was:$ax}); the answer is in $ax, $bx, $cx and $dx"
    ),
    Idiom("rdtsc rdtscp", "", "reads the clock (here: the steps made so far) into edx:eax"),
    Idiom("xgetbv", "", "asks which register sets the system saves; the answer is in edx:eax"),
    Idiom(_JUMPS, "taken", "{condition}, so jumps to {target}"),
    Idiom(_JUMPS, "", "{condition}, so goes on"),
)

_CANARY = (
    Idiom("mov", "a:register b:canary", "reads the canary, the stack protector's secret word, into {a.name}: {a.now}"),
    Idiom(
        "mov",
        "a:memory writes:canary",
        "puts the canary into its slot ({a.name}), above the locals: an overrun of a buffer changes it first",
    ),
    Idiom("mov", "a:register reads:canary", "takes the canary from its slot ({b.name}) to check it: {a.now}"),
    Idiom(
        "sub xor",
        "b:canary",
        "compares the canary with the original: the difference is {a.now}, {canary}",
    ),
    Idiom("cmp", "b:canary", "compares the canary, {a.was}, with the original, {b.was}"),
)

_MOVES = (
    Idiom("mov", "a:memory writes:saved_register", "saves the caller's {b.name}, {b.was}, in its slot ({a.name})"),
    Idiom("mov", "a:memory writes:saved_frame_pointer", "saves the caller's {b.name}, {b.was}, in its slot ({a.name})"),
    Idiom("mov", "a:register reads:saved_register epilogue", "takes back the caller's {a.name}, {a.now}"),
    Idiom(
        "mov movss movsd movaps movups movq movd",
        "prologue b:incoming writes:parameter",
        "stores {spot}, which came in {b.name} ({b.was}), in its slot, {a.at}",
    ),
    Idiom("mov", "a:memory writes:outgoing_argument", "puts {b.what} into the stack slot ({a.name}) of {spot}"),
    Idiom("mov movabs", "a:register b:immediate", "sets {a.name} to {b.what}"),
    Idiom("mov movabs", "a:memory b:immediate", "puts {b.what} into {a.typed}"),
    Idiom(
        "mov movabs movaps movups movdqa movdqu movss movsd movq movd movapd movupd movlps movlpd movhps movhpd lddqu"
        " movntdq movntps movnti movbe",
        "a:memory",
        "puts {b.what} into {a.typed}",
    ),
    Idiom(
        "mov movabs movaps movups movdqa movdqu movss movsd movq movd movapd movupd lddqu",
        "b:memory",
        "reads {b.place} into {a.name}: {a.now}",
    ),
    Idiom("movlps movlpd", "b:memory", "reads {b.place} into the low half of {a.name}"),
    Idiom("movhps movhpd", "b:memory", "reads {b.place} into the high half of {a.name}"),
    Idiom("mov", "", "copies {b.what} to {a.name}"),
    Idiom("movss movsd", "", "copies the low part of {b.what} to {a.name}"),
    Idiom("movaps movups movdqa movdqu movq movd movapd movupd", "", "copies {b.what} to {a.name}"),
    Idiom("movzx", "b:memory", "reads {b.place} into {a.name}, filled up with zeros: {a.now}"),
    Idiom("movzx", "", "copies {b.what} to {a.name}, filled up with zeros: {a.now}"),
    Idiom("movsx movsxd", "b:memory", "reads {b.place} into {a.name}, widened with its sign: {a.now}"),
    Idiom("movsx movsxd", "", "copies {b.what} to {a.name}, widened with its sign: {a.now}"),
    Idiom("xchg", "same", "swaps {a.name} with itself: does nothing"),
    Idiom("xchg", "", "swaps {a.what} and {b.what}"),
    Idiom(
        "cmpxchg",
        "",
        "compares {a.what} with the accumulator, and puts {b.what} there if they are equal: {a.place} is {a.now}",
    ),
    Idiom("xadd", "", "adds {b.what} to {a.place}, and keeps the old value: {a.becomes}, {b.name} is now {b.now}"),
    Idiom("lea", "b:linear", "computes {b.sum}: {a.name} = {a.now} (lea reads no memory)"),
    Idiom("lea", "", "puts the address of {b.spot} into {a.name}: {a.now}"),
    Idiom("cbw", "", "widens al to ax with its sign: {reg:ax}"),
    Idiom("cwde", "", "widens ax to eax with its sign: {reg:eax}"),
    Idiom("cwd", "", "fills dx with the sign of ax ({reg_was:ax}), for the division to come: dx = {reg:dx}"),
    Idiom("cdq", "", "fills edx with the sign of eax ({reg_was:eax}), for the division to come: edx = {reg:edx}"),
    Idiom("bswap", "", "turns the bytes of {a.name} around: {a.becomes}"),
    Idiom(_SETS, "", "{condition}: puts {a.now} into {a.place}"),
    Idiom(_CONDITIONAL_MOVES, "taken", "{condition}, so copies {b.what} to {a.name}"),
    Idiom(_CONDITIONAL_MOVES, "", "{condition}, so leaves {a.name} as it is"),
)

_ARITHMETIC = (
    Idiom("xor sub pxor xorps xorpd", "same", "sets {a.name} to 0 (anything combined so with itself is 0)"),
    Idiom("pcmpeqd pcmpeqb pcmpeqw pcmpeqq", "same", "sets every bit of {a.name} to 1"),
    Idiom("sbb", "same", "makes {a.name} 0 or -1, by the carry of the instruction before: {a.now}"),
    Idiom("add", "b:immediate", "adds {b.what} to {a.place}: {a.becomes}"),
    Idiom("add", "", "adds {b.what} to {a.place}: {a.becomes}"),
    Idiom("adc", "", "adds {b.what} and the carry to {a.place}: {a.becomes}"),
    Idiom("sub", "", "subtracts {b.what} from {a.place}: {a.becomes}"),
    Idiom("sbb", "", "subtracts {b.what} and the borrow from {a.place}: {a.becomes}"),
    Idiom("inc", "", "adds 1 to {a.place}: {a.becomes}"),
    Idiom("dec", "", "subtracts 1 from {a.place}: {a.becomes}"),
    Idiom("neg", "", "changes the sign of {a.place}: {a.becomes}"),
    Idiom("not", "", "turns every bit of {a.place} around: {a.becomes}"),
    Idiom("and or xor", "", "combines {a.place} with {b.what}, bit by bit, by {mnemonic}: {a.becomes}"),
    Idiom("imul", "c:immediate", "multiplies {b.what} by {c.what}: {a.name} = {a.now}"),
    Idiom(
        "imul mul",
        "b:none a:4",
        "multiplies eax ({reg_was:eax}) by {a.what}: the product is edx:eax, {pointer:edx}:{pointer:eax}",
    ),
    Idiom("imul mul", "b:none", "multiplies the accumulator by {a.what}: {changes}"),
    Idiom("imul", "", "multiplies {a.place} by {b.what}: {a.becomes}"),
    Idiom(
        "idiv",
        "a:4",
        "divides edx:eax (its low half is {reg_was:eax}) by {a.what}: quotient {reg:eax} in eax, remainder {reg:edx} in"
        " edx",
    ),
    Idiom(
        "div",
        "a:4",
        "divides edx:eax (its low half is {unsigned_was:eax}) by {a.what}, without sign: quotient {unsigned:eax} in"
        " eax, remainder {unsigned:edx} in edx",
    ),
    Idiom("idiv div", "", "divides by {a.what}: {changes}"),
    Idiom("shl sal", "", "shifts {a.place} left by {b.what}: {a.becomes}"),
    Idiom("shr", "b:none", "shifts {a.place} right by 1, filled up with zeros: {a.becomes}"),
    Idiom("shr", "", "shifts {a.place} right by {b.what}, filled up with zeros: {a.becomes}"),
    Idiom("sar", "b:none", "shifts {a.place} right by 1, keeping its sign: {a.becomes}"),
    Idiom("sar", "", "shifts {a.place} right by {b.what}, keeping its sign: {a.becomes}"),
    Idiom("rcl rcr", "", "rotates {a.place} by {b.what}, through the carry ({mnemonic}): {a.becomes}"),
    Idiom("stc", "", "sets the carry flag"),
    Idiom("clc", "", "clears the carry flag"),
    Idiom("cmc", "", "turns the carry flag around"),
    Idiom("lahf", "", "puts the flags into ah: {reg:ah}"),
    Idiom("sahf", "", "puts ah ({reg_was:ah}) into the flags"),
    Idiom("rol ror", "", "rotates {a.place} by {b.what}: {a.becomes}"),
    Idiom("shld shrd", "", "shifts {a.place} by {c.what}, filled up with bits of {b.name}: {a.becomes}"),
    Idiom("bt", "", "looks at bit {b.what} of {a.place}"),
    Idiom("bts", "", "sets bit {b.what} of {a.place}: {a.becomes}"),
    Idiom("btr", "", "clears bit {b.what} of {a.place}: {a.becomes}"),
    Idiom("btc", "", "turns bit {b.what} of {a.place} around: {a.becomes}"),
    Idiom("bsf tzcnt", "", "finds the lowest bit set in {b.what}: {a.name} = {a.now}"),
    Idiom("bsr", "", "finds the highest bit set in {b.what}: {a.name} = {a.now}"),
    Idiom("lzcnt", "", "counts the zero bits above the highest one of {b.what}: {a.name} = {a.now}"),
    Idiom("popcnt", "", "counts the bits set in {b.what}: {a.name} = {a.now}"),
    Idiom("cmp", "", "compares {a.what} with {b.what}"),
    Idiom("test", "same", "looks whether {a.what} is zero or negative"),
    Idiom("test", "", "looks whether {a.what} and {b.what} have a bit in common"),
    Idiom("ucomisd ucomiss comisd comiss", "", "compares {a.what} with {b.what}"),
    Idiom("addsd addss", "", "adds {b.what} to {a.name}: {a.becomes}"),
    Idiom("subsd subss", "", "subtracts {b.what} from {a.name}: {a.becomes}"),
    Idiom("mulsd mulss", "", "multiplies {a.name} by {b.what}: {a.becomes}"),
    Idiom("divsd divss", "", "divides {a.name} by {b.what}: {a.becomes}"),
    Idiom("sqrtsd sqrtss", "", "takes the square root of {b.what}: {a.name} = {a.now}"),
    Idiom("minsd minss", "", "keeps the smaller of {a.what} and {b.what}: {a.name} = {a.now}"),
    Idiom("maxsd maxss", "", "keeps the larger of {a.what} and {b.what}: {a.name} = {a.now}"),
    Idiom("cvtsi2sd cvtsi2ss", "", "converts the integer {b.what} to floating point: {a.name} = {a.now}"),
    Idiom("cvttsd2si cvttss2si", "", "converts {b.what} to an integer, rounded towards 0: {a.name} = {a.now}"),
    Idiom(
        "cvtsd2si cvtss2si", "", "converts {b.what} to an integer, rounded as the control word says: {a.name} = {a.now}"
    ),
    Idiom("cvtss2sd", "", "converts the float {b.what} to a double: {a.name} = {a.now}"),
    Idiom("cvtsd2ss", "", "converts the double {b.what} to a float: {a.name} = {a.now}"),
)

_VECTORS = (
    Idiom("pand andpd andps por orpd orps", "", "combines {a.name} with {b.what}, bit by bit ({mnemonic}): {a.now}"),
    Idiom("pandn andnpd andnps", "", "keeps the bits of {b.what} that {a.name} doesn't have: {a.now}"),
    Idiom("pxor xorpd xorps", "", "turns the bits of {b.what} in {a.name}: {a.now}"),
    Idiom(
        "paddb paddw paddd paddq psubb psubw psubd psubq addps addpd subps subpd mulps mulpd divps divpd pmuludq"
        " pminub pmaxub pminsw pmaxsw pminsd pmaxsd pminud pmaxud pcmpeqb pcmpeqw pcmpeqd pcmpgtb pcmpgtw pcmpgtd"
        " pavgb pmullw pmulld psllw pslld psllq psrlw psrld psrlq psraw psrad sqrtps sqrtpd maxps minps maxpd minpd",
        "",
        "works on {a.name} and {b.name} part by part ({mnemonic}): {a.now}",
    ),
    Idiom(
        "unpcklps unpcklpd unpckhps unpckhpd punpcklbw punpcklwd punpckldq punpcklqdq punpckhbw punpckhwd punpckhdq"
        " punpckhqdq pshufd pshuflw pshufhw pshufb shufps shufpd movhlps movlhps packsswb packssdw packuswb palignr"
        " pslldq psrldq",
        "",
        "puts parts of vector registers together anew ({mnemonic}): {a.name} = {a.now}",
    ),
    Idiom("pmovmskb movmskps movmskpd", "", "gathers the highest bit of each part of {b.name} in {a.name}: {a.now}"),
)

_STRINGS = (
    Idiom("movs stos lods scas cmps", "none", "has no round to do: the count in $cx is 0"),
    Idiom(
        "movs",
        "repeated descends",
        "copies {bytes} from {b.lowest} on to {a.lowest} on, the highest first, {a.size} at a time: {rounds}",
    ),
    Idiom(
        "movs",
        "repeated",
        "copies {bytes} from {pointer_was:$si} on to {pointer_was:$di}, {a.size} at a time: {rounds}",
    ),
    Idiom(
        "movs",
        "descends",
        "copies {a.size} bytes from {b.place} to {a.place}, and moves $si and $di down",
    ),
    Idiom("movs", "", "copies {a.size} bytes from {b.place} to {a.place}, and moves $si and $di on"),
    Idiom(
        "stos",
        "repeated descends",
        "fills {bytes} from {a.lowest} on, the highest first, with {b.what}, {a.size} at a time: {rounds}",
    ),
    Idiom("stos", "repeated", "fills {bytes} from {pointer_was:$di} on with {b.what}, {a.size} at a time: {rounds}"),
    Idiom("stos", "descends", "puts {b.what} into {a.place}, and moves $di down"),
    Idiom("stos", "", "puts {b.what} into {a.place}, and moves $di on"),
    Idiom(
        "lods",
        "repeated descends",
        "reads {bytes} from {b.lowest} on into {a.name}, highest first, {a.size} at a time: {rounds}, {a.now} stays",
    ),
    Idiom(
        "lods",
        "repeated",
        "reads {bytes} from {pointer_was:$si} on into {a.name}, {a.size} at a time: {rounds}, {a.now} stays",
    ),
    Idiom("lods", "descends", "reads {b.place} into {a.name}, and moves $si down: {a.now}"),
    Idiom("lods", "", "reads {b.place} into {a.name}, and moves $si on: {a.now}"),
    Idiom("scas", "repeated descends", "looks for {a.what} from {pointer_was:$di} downwards: {rounds}"),
    Idiom("scas", "repeated", "looks for {a.what} from {pointer_was:$di} on: {rounds}"),
    Idiom("scas", "descends", "compares {a.what} with {b.what}, and moves $di down"),
    Idiom("scas", "", "compares {a.what} with {b.what}, and moves $di on"),
    Idiom(
        "cmps",
        "repeated descends",
        "compares what lies at {pointer_was:$si} with what lies at {pointer_was:$di}, and so downwards: {rounds}",
    ),
    Idiom(
        "cmps",
        "repeated",
        "compares what lies at {pointer_was:$si} with what lies at {pointer_was:$di}: {rounds}",
    ),
    Idiom("cmps", "descends", "compares {a.what} with {b.what}, and moves $si and $di down"),
    Idiom("cmps", "", "compares {a.what} with {b.what}, and moves $si and $di on"),
)

_STATE = (
    Idiom(
        "fxsave fxsave64 xsave xsave64 xsavec xsavec64 fnsave fnstenv",
        "",
        "stores the processor's state from {a.address} on",
    ),
    Idiom("fxrstor fxrstor64 xrstor xrstor64 frstor fldenv", "", "takes the processor's state back from {a.address}"),
    Idiom("fnstcw fstcw", "", "stores the x87 control word (rounding, precision) in {a.place}"),
    Idiom("fldcw", "", "sets the x87 control word (rounding, precision) from {a.place}"),
    Idiom("stmxcsr", "", "stores the SSE control word (rounding, exceptions) in {a.place}"),
    Idiom("ldmxcsr", "", "sets the SSE control word (rounding, exceptions) from {a.place}"),
)

_CONDITIONS = {
    "e": Condition(
        lambda f: bool(f & _ZF),
        compared=("equal to", "not equal to"),
        tested=("zero", "not zero"),
        result=("zero", "not zero"),
        floats=("equal to", "not equal to"),
    ),
    "l": Condition(
        lambda f: bool(f & _SF) != bool(f & _OF),
        compared=("less than", "not less than"),
        tested=("negative", "not negative"),
    ),
    "le": Condition(
        lambda f: bool(f & _ZF) or bool(f & _SF) != bool(f & _OF),
        compared=("less than or equal to", "greater than"),
        tested=("zero or negative", "positive"),
    ),
    "b": Condition(
        lambda f: bool(f & _CF),
        compared=("less than", "not less than"),
        floats=("less than", "not less than"),
        unsigned=True,
    ),
    "be": Condition(
        lambda f: bool(f & (_CF | _ZF)),
        compared=("less than or equal to", "greater than"),
        tested=("zero", "not zero"),
        floats=("less than or equal to", "greater than"),
        unsigned=True,
    ),
    "s": Condition(lambda f: bool(f & _SF), tested=("negative", "not negative"), result=("negative", "not negative")),
    "o": Condition(lambda f: bool(f & _OF), result=("too large for its size", "not too large for its size")),
    "p": Condition(lambda f: bool(f & _PF), floats=("not comparable with", "comparable with")),
}
_OPPOSITES = {"e": "ne", "l": "ge", "le": "g", "b": "ae", "be": "a", "s": "ns", "o": "no", "p": "np"}


_SCALAR_VERBS = ("mov", "add", "sub", "mul", "div", "sqrt", "min", "max", "ucomi", "comi")
_NUMBERS: dict[str, tuple[NumberKind, ...]] = {
    **{f"{verb}sd": ("double", "double") for verb in _SCALAR_VERBS},
    **{f"{verb}ss": ("single", "single") for verb in _SCALAR_VERBS},
}
_BYTES = (
    "movaps movups movapd movupd movdqa movdqu lddqu movlps movlpd movhps movhpd movq movd pxor xorps xorpd pand por"
    " andps andpd orps orpd pcmpeqb pcmpeqw pcmpeqd pcmpeqq movntdq movntps"
)
_NUMBERS |= dict.fromkeys(_BYTES.split(), ("bytes", "bytes"))
_NUMBERS |= {name: ("bytes", "bytes") for row in _VECTORS[:-1] for name in row.mnemonics.split()}
_NUMBERS |= dict.fromkeys(_VECTORS[-1].mnemonics.split(), ("integer", "bytes"))
_NUMBERS |= {
    "cvtsi2sd": ("double", "integer"),
    "cvtsi2ss": ("single", "integer"),
    "cvttsd2si": ("integer", "double"),
    "cvttss2si": ("integer", "single"),
    "cvtsd2si": ("integer", "double"),
    "cvtss2si": ("integer", "single"),
    "cvtss2sd": ("double", "single"),
    "cvtsd2ss": ("single", "double"),
}

_COPIES = "mov movabs movzx movsx movsxd movss movsd movaps movups movq movd cdqe cwde cvtss2sd"

_SHARED = (*_STACK, *_CONTROL, *_CANARY, *_MOVES, *_ARITHMETIC, *_VECTORS, *_STRINGS, *_STATE)

_WORDS = Vocabulary(
    spell=spell,
    idioms=(),
    conditions=_CONDITIONS | {name: _CONDITIONS[code].opposite for code, name in _OPPOSITES.items()},
    conditional={f"{verb}{code}": code for verb in ("j", "set", "cmov") for code in _ALL_CODES},
    comparisons={
        "cmp": Comparing("compared"),
        "test": Comparing("tested"),
        "ucomisd": Comparing("floats"),
        "ucomiss": Comparing("floats"),
        "comisd": Comparing("floats"),
        "comiss": Comparing("floats"),
        "and": Comparing("logic"),
        "or": Comparing("logic"),
        "xor": Comparing("logic"),
        **dict.fromkeys(("add", "sub", "adc", "sbb", "inc", "dec", "neg"), Comparing("result")),
    },
    copies=frozenset(_COPIES.split()),
    number_kinds=_NUMBERS,
    unsigned=frozenset({"mul", "div", "movzx", "shr", "shl"}),
    flags=((_CF, "CF"), (_PF, "PF"), (0x10, "AF"), (_ZF, "ZF"), (_SF, "SF"), (_DF, "DF"), (_OF, "OF")),
    prologue=(
        Idiom("endbr64 endbr32", "", ""),
        Idiom("enter", "", ""),
        Idiom("push", "writes:saved_register", ""),
        Idiom("push", "writes:saved_frame_pointer", ""),
        Idiom("mov", "a:fp b:sp", ""),
        Idiom("sub add lea", "a:sp", ""),
    ),
    epilogue=(
        Idiom("leave", "", ""),
        Idiom("pop", "reads:saved_register", ""),
        Idiom("pop", "reads:saved_frame_pointer", ""),
        Idiom("add lea mov", "a:sp sp:up !over:arguments", ""),
        Idiom("mov", "a:register reads:saved_register", ""),
        Idiom("mov", "a:register reads:canary", ""),
        Idiom("sub xor cmp", "b:canary", ""),
        Idiom("nop vzeroupper", "", ""),
    ),
    counting=frozenset(("loop", "loope", "loopne", "jcxz", "jecxz", "jrcxz")),
)
_NO_COMPARISONS: Mapping[str, Comparing] = {}
_NO_CONDITIONS: Mapping[str, str] = {}


def vocabulary(
    own: tuple[Idiom, ...],
    names: Mapping[str, str],
    *,
    comparisons: Mapping[str, Comparing] = _NO_COMPARISONS,
    conditional: Mapping[str, str] = _NO_CONDITIONS,
) -> Vocabulary:
    """The words of one of the two: what it has of its `own`, and what is shared with its `names` put in."""
    shared = tuple(replace(row, words=Template(row.words).substitute(names)) for row in _SHARED)
    return replace(
        _WORDS,
        idioms=(*own, *shared),
        comparisons={**_WORDS.comparisons, **comparisons},
        conditional={**_WORDS.conditional, **conditional},
    )
