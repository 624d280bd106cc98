"""AArch64 instructions in words: the table that `explain` reads. What the fields mean is said in `isa.words`."""

from __future__ import annotations

from stackglass.isa.aarch64_spelling import spell
from stackglass.isa.arm_conditions import CONDITIONS, FLAGS
from stackglass.isa.three_operands import RELATIONS, combined
from stackglass.isa.words import Comparing, Idiom, Vocabulary

_STACK = (
    Idiom(
        "stp stnp str stur",
        "saves frame sp:down",
        "reserves {moved} bytes of stack and saves {saved} at the bottom of them: sp goes down to {sp}",
    ),
    Idiom("stp stnp str stur", "saves sp:down", "pushes {saved} on the stack: sp goes down by {moved} to {sp}"),
    Idiom("stp stnp", "saves", "saves {saved} in their slots ({places})"),
    Idiom("str stur", "saves", "saves {saved} in its slot ({a.name})"),
    Idiom(
        "ldp ldnp ldr ldur",
        "restores sp:up",
        "takes back {restored}, and gives back {moved} bytes of stack: sp goes up to {sp}",
    ),
    Idiom("ldp ldnp ldr ldur", "restores", "takes back {restored}"),
    Idiom("mov add", "a:fp b:sp", "makes {a.name}, the frame pointer, point at this frame: {a.now}"),
    Idiom("mov sub add", "a:sp !b:sp sp:lost", "makes sp {sp}, where nothing is mapped"),
    Idiom("mov sub add", "a:sp epilogue sp:up", "gives back {moved} bytes of stack: sp goes up to {sp}"),
    *(
        Idiom("sub add", f"a:sp sp:down {when}", "reserves {moved} bytes of stack for this frame: sp goes down to {sp}")
        for when in ("prologue", "frame c:immediate")
    ),
    Idiom(
        "sub add",
        "a:sp sp:down c:immediate",
        "moves sp down by {moved} to {sp}: room, or alignment, for what comes next",
    ),
    Idiom(
        "sub add",
        "a:sp sp:down",
        "takes {moved} bytes of stack (a variable-length array, alloca, or a large frame): sp goes down to {sp}",
    ),
    Idiom(
        "add sub", "a:sp sp:up over:arguments", "takes the arguments off the stack again: sp goes up by {moved} to {sp}"
    ),
    Idiom("add sub", "a:sp sp:up", "gives back {moved} bytes of stack: sp goes up to {sp}"),
    Idiom("mov", "a:sp sp:down", "moves sp down by {moved} to {sp}"),
    Idiom("mov", "a:sp sp:up", "moves sp up by {moved} to {sp}"),
    Idiom("mov add sub", "a:sp", "leaves sp where it is, at {sp}"),
    Idiom("and", "a:sp", "rounds {b.what} down to a multiple of {c.alignment}, and makes it sp: {sp}"),
)

_BY_HAND = ", as a call: x30 has the return address already, {returns_to}"

_CONTROL = (
    Idiom("bl", "", "leaves the return address {back}, the instruction after this call, in x30, and jumps to {target}"),
    Idiom(
        "blr",
        "",
        "leaves the return address {back}, the instruction after this call, in x30, and jumps to where {a.name}"
        " points: {target}",
    ),
    Idiom("ret", "a:register", "returns to the address in {a.name}: back in {target}"),
    Idiom("ret", "", "returns to the address in x30: back in {target}"),
    Idiom("retaa retab", "", "checks the address in x30, and returns to it: back in {target}"),
    Idiom("b", "calls", f"jumps to {{target}}{_BY_HAND}"),
    Idiom("br", "calls", f"jumps to where {{a.name}} points, {{target}}{_BY_HAND}"),
    Idiom("b", "conditional taken", "{condition}, so jumps to {target}"),
    Idiom("b", "conditional", "{condition}, so goes on"),
    Idiom(
        "b",
        "leaves",
        "jumps to {target} without a call: {takes_over}, and returns to {caller} itself",
    ),
    Idiom("b", "", "goes on at {target}"),
    Idiom("br", "returns", "returns to the address in {a.name}: back in {target}"),
    Idiom("br", "leaves", "jumps to where {a.name} points: {target}, which returns to {caller} itself"),
    Idiom("br", "", "goes on where {a.name} points: {target}"),
    Idiom("cbz cbnz tbz tbnz", "taken", "{condition}, so jumps to {target}"),
    Idiom("cbz cbnz tbz tbnz", "", "{condition}, so goes on"),
    Idiom("svc", "", "asks the kernel: {system_call}"),
    Idiom("bti", "", "marks a place that indirect calls may jump to (branch target identification); does nothing"),
    Idiom(
        "paciasp pacibsp paciaz pacibz",
        "",
        "signs the return address in x30, where the processor can (pointer authentication): {changes}",
    ),
    Idiom(
        "autiasp autibsp autiaz autibz",
        "",
        "checks the return address in x30, where the processor can (pointer authentication): {changes}",
    ),
    Idiom("xpaclri", "", "takes the signature off the return address in x30, where it has one: {changes}"),
    Idiom("nop hint", "", "does nothing"),
    Idiom("yield wfe sev sevl", "", "tells the processor that this is a waiting loop; does nothing else"),
    Idiom("dmb dsb", "", "keeps memory accesses before it from mixing with those after it; changes nothing"),
    Idiom("isb", "", "makes the processor fetch the next instructions afresh; changes nothing"),
    Idiom("prfm prfum", "", "asks for {a.address} to be fetched into the cache"),
    Idiom("dc ic", "", "tends the cache: {changes}"),
    Idiom("brk udf hlt", "", "is an instruction that must not be reached: the processor refuses it"),
    Idiom("mrs", "", "reads {b.name}, a register of the system's, into {a.name}: {a.now}"),
    Idiom("msr", "", "puts {b.what} into {a.name}, a register of the system's"),
)

_PLAIN_STORES = "str stur strb sturb strh sturh sttr"
_PLAIN_LOADS = "ldr ldur ldtr"

_MOVES = (
    Idiom(
        _PLAIN_STORES,
        "prologue b:incoming writes:parameter",
        "stores {spot}, which came in {b.name} ({b.was}), in its slot, {a.at}",
    ),
    *(
        Idiom(
            "str stur",
            when,
            "puts the canary into its slot ({a.name}), above the locals: an overrun of a buffer changes it first",
        )
        for when in ("writes:canary", "b:canary")
    ),
    Idiom("subs eor", "c:canary", "compares the canary with the original: the difference is {a.now}, {canary}"),
    Idiom("ldr", "b:canary", "reads the canary, the stack protector's secret word, into {a.name}: {a.now}"),
    Idiom(_PLAIN_LOADS, "reads:canary", "takes the canary from its slot ({b.name}) to check it: {a.now}"),
    Idiom(_PLAIN_STORES, "writes:outgoing_argument", "puts {b.what} into the stack slot ({a.name}) of {spot}"),
    Idiom(_PLAIN_STORES, "", "puts {b.what} into {a.typed}"),
    Idiom("stlr stlrb stlrh stllr", "", "puts {b.what} into {a.typed}, after all memory accesses before it"),
    Idiom("stp stnp", "", "puts {stored}"),
    Idiom("ldp ldnp ldpsw", "", "reads {loaded}"),
    Idiom(_PLAIN_LOADS, "", "reads {b.place} into {a.name}: {a.now}"),
    Idiom("ldar ldarb ldarh ldapr", "", "reads {b.place} into {a.name}, before all memory accesses after it: {a.now}"),
    Idiom("ldrb ldurb ldrh ldurh", "", "reads {b.place} into {a.name}, filled up with zeros: {a.now}"),
    Idiom(
        "ldrsb ldursb ldrsh ldursh ldrsw ldursw",
        "",
        "reads {b.place} into {a.name}, widened with its sign: {a.now}",
    ),
    Idiom("mov movz movn", "b:immediate", "sets {a.name} to {b.what}"),
    Idiom("mov add sub", "b:memory b:mapped", "puts the address of {b.spot} into {a.name}: {a.now}"),
    Idiom("mov add sub", "b:memory", "computes {b.sum}: {a.name} = {a.now}"),
    Idiom("mov", "", "copies {b.what} to {a.name}"),
    Idiom("movk", "", "puts {b.what} into {a.name}, from bit {c.what} on: {a.becomes}"),
    Idiom("adr", "", "puts an address, {b.what}, into {a.name}"),
    Idiom(
        "adrp", "", "puts {b.bits}, the address of a page, into {a.name}: what is wanted lies somewhere in that page"
    ),
    Idiom("sxtb sxth sxtw", "", "copies {b.what} to {a.name}, its low part widened with its sign: {a.now}"),
    Idiom("uxtb uxth uxtw", "", "copies {b.what} to {a.name}, its low part filled up with zeros: {a.now}"),
    Idiom("csel fcsel", "taken", "{condition}, so copies {b.what} to {a.name}"),
    Idiom("csel fcsel", "", "{condition}, so copies {c.what} to {a.name}"),
    Idiom("csinc csinv csneg", "taken", "{condition}, so copies {b.what} to {a.name}"),
    Idiom("csinc", "", "{condition}, so puts {c.what} plus 1 into {a.name}: {a.now}"),
    Idiom("csinv", "", "{condition}, so puts {c.what} into {a.name} with every bit turned around: {a.now}"),
    Idiom("csneg", "", "{condition}, so puts {c.what} into {a.name} with its sign changed: {a.now}"),
    Idiom("cinc", "taken", "{condition}, so puts {b.what} plus 1 into {a.name}: {a.now}"),
    Idiom("cinv", "taken", "{condition}, so puts {b.what} into {a.name} with every bit turned around: {a.now}"),
    Idiom("cneg", "taken", "{condition}, so puts {b.what} into {a.name} with its sign changed: {a.now}"),
    Idiom("cinc cinv cneg", "", "{condition}, so copies {b.what} to {a.name}"),
    Idiom("cset csetm", "", "{condition}: puts {a.now} into {a.name}"),
)

_ATOMIC = (
    Idiom(
        "ldxr ldaxr ldxrb ldaxrb ldxrh ldaxrh",
        "",
        "reads {b.place} into {a.name}, and notes whether anybody else writes there: {a.now}",
    ),
    Idiom(
        "stxr stlxr stxrb stlxrb stxrh stlxrh",
        "",
        "puts {c.what} into {a.typed} unless somebody else wrote there meanwhile: {b.name} = {b.now}, and 0 means"
        " that it was stored",
    ),
    Idiom(
        "ldxp ldaxp",
        "",
        "reads two values from {c.name} on into {a.name} and {b.name}, and notes whether anybody else writes there:"
        " {a.now} and {b.now}",
    ),
    Idiom(
        "stxp stlxp",
        "",
        "puts {c.what} and {d.what} into memory from {a.name} on unless somebody else wrote there meanwhile: {b.name} ="
        " {b.now}, and 0 means that they were stored",
    ),
    Idiom("clrex", "", "forgets what was noted by an exclusive load"),
    *(
        Idiom(
            " ".join(f"cas{order}{width}" for order in ("", "a", "l", "al") for width in ("", "b", "h")),
            "",
            "compares {a.what} with {b.what}, and puts {c.what} there if they are equal: {a.place} is {a.now}",
        ),
    ),
    *(
        Idiom(
            " ".join(f"{name}{order}{width}" for order in ("", "a", "l", "al") for width in ("", "b", "h")),
            "",
            words,
        )
        for name, words in (
            ("swp", "puts {c.what} into {a.place}, and what was there into {b.name}: {b.now}"),
            ("ldadd", "adds {c.what} to {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
            ("ldset", "sets the bits of {c.what} in {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
            ("ldclr", "clears the bits of {c.what} in {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
            ("ldeor", "turns the bits of {c.what} in {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
            ("stadd", "adds {b.what} to {a.place}: {a.becomes}"),
            ("stset", "sets the bits of {b.what} in {a.place}: {a.becomes}"),
            ("stclr", "clears the bits of {b.what} in {a.place}: {a.becomes}"),
        )
    ),
)

_ARITHMETIC = (
    *combined("add", "adds {c.what} to {left}"),
    *combined("adds", "adds {c.what} to {left}, and sets the flags"),
    *combined("adc adcs", "adds {c.what}, and the carry, to {left}"),
    *combined("sub", "subtracts {c.what} from {left}"),
    *combined("subs", "subtracts {c.what} from {left}, and sets the flags"),
    *combined("sbc sbcs", "subtracts {c.what}, and the borrow, from {left}"),
    Idiom("ngc ngcs", "", "subtracts {b.what}, and the borrow, from 0: {a.name} = {a.now}"),
    Idiom("neg negs", "a:b", "changes the sign of {a.name}: {a.becomes}"),
    Idiom("neg negs", "", "puts {b.what} into {a.name} with its sign changed: {a.now}"),
    Idiom("mvn", "", "puts {b.what} into {a.name} with every bit turned around: {a.now}"),
    *combined("and orr eor", "combines {left} with {c.what}, bit by bit, by {mnemonic}"),
    *combined("ands", "combines {left} with {c.what}, bit by bit, by and, and sets the flags"),
    *combined("bic bics", "clears the bits of {c.what} in {left}"),
    *combined("orn eon", "combines {left} with {c.what}, whose bits are turned around, by {mnemonic}"),
    *combined("mul", "multiplies {left} by {c.what}"),
    *combined("smull umull mneg", "multiplies {left} by {c.what} ({mnemonic})"),
    *combined("smulh umulh", "multiplies {left} by {c.what}, and keeps the upper half"),
    Idiom("madd", "", "multiplies {b.what} by {c.what} and adds {d.what}: {a.name} = {a.now}"),
    Idiom("smaddl umaddl", "", "multiplies {b.what} by {c.what} and adds {d.what}: {a.name} = {a.now}"),
    Idiom("msub smsubl umsubl", "", "subtracts {b.what} times {c.what} from {d.what}: {a.name} = {a.now}"),
    *combined("sdiv udiv", "divides {left} by {c.what}, rounded towards 0"),
    *combined("lsl", "shifts {left} left by {c.what}"),
    *combined("lsr", "shifts {left} right by {c.what}, filled up with zeros"),
    *combined("asr", "shifts {left} right by {c.what}, keeping its sign"),
    *combined("ror", "rotates {left} right by {c.what}"),
    Idiom("extr", "", "takes the bits of {b.name}:{c.name} from bit {d.what} on: {a.name} = {a.now}"),
    Idiom("ubfx", "", "takes {d.what} bits of {b.what} from bit {c.what} on: {a.name} = {a.now}"),
    Idiom(
        "sbfx", "", "takes {d.what} bits of {b.what} from bit {c.what} on, widened with their sign: {a.name} = {a.now}"
    ),
    Idiom("ubfiz", "", "shifts the low {d.what} bits of {b.what} left by {c.what}: {a.name} = {a.now}"),
    Idiom(
        "sbfiz",
        "",
        "shifts the low {d.what} bits of {b.what}, widened with their sign, left by {c.what}: {a.name} = {a.now}",
    ),
    Idiom("bfi", "", "puts the low {d.what} bits of {b.what} into {a.name}, from bit {c.what} on: {a.becomes}"),
    Idiom(
        "bfxil", "", "puts {d.what} bits of {b.what}, from bit {c.what} on, into the low bits of {a.name}: {a.becomes}"
    ),
    Idiom("bfc", "", "clears {c.what} bits of {a.name}, from bit {b.what} on: {a.becomes}"),
    Idiom("clz", "", "counts the zero bits above the highest one of {b.what}: {a.name} = {a.now}"),
    Idiom("cls", "", "counts the bits of {b.what} that only repeat its sign: {a.name} = {a.now}"),
    Idiom("rbit", "", "turns the order of the bits of {b.what} around: {a.name} = {a.now}"),
    Idiom("rev rev16 rev32 rev64", "", "turns the bytes of {b.what} around ({mnemonic}): {a.name} = {a.now}"),
    Idiom("cmp cmn", "b:immediate", "compares {a.what} with {b.what}"),
    Idiom("cmp", "", "compares {a.what} with {b.what}"),
    Idiom("cmn", "", "compares {a.what} with minus {b.what}"),
    Idiom("tst", "same", "looks whether {a.what} is zero or negative"),
    Idiom("tst", "", "looks whether {a.what} and {b.what} have a bit in common"),
    Idiom("ccmp", "taken", "{condition}, so compares {a.what} with {b.what}"),
    Idiom("ccmn", "taken", "{condition}, so compares {a.what} with minus {b.what}"),
    Idiom("ccmp ccmn", "", "{condition}, so compares nothing: sets the flags NZCV to {c.what} instead"),
)

_FLOATS = (
    Idiom("fmov", "b:immediate", "sets {a.name} to {b.what}"),
    Idiom("fmov", "", "copies {b.what} to {a.name}: {a.now}"),
    *combined("fadd", "adds {c.what} to {left}"),
    *combined("fsub", "subtracts {c.what} from {left}"),
    *combined("fmul", "multiplies {left} by {c.what}"),
    *combined("fnmul", "multiplies {left} by {c.what}, and changes the sign"),
    *combined("fdiv", "divides {left} by {c.what}"),
    *combined("fmin fminnm", "keeps the smaller of {left} and {c.what}"),
    *combined("fmax fmaxnm", "keeps the larger of {left} and {c.what}"),
    Idiom("fmadd", "", "multiplies {b.what} by {c.what} and adds {d.what}: {a.name} = {a.now}"),
    Idiom("fmsub", "", "subtracts {b.what} times {c.what} from {d.what}: {a.name} = {a.now}"),
    Idiom("fnmadd fnmsub", "", "multiplies {b.what} by {c.what}, with {d.what} ({mnemonic}): {a.name} = {a.now}"),
    Idiom("fsqrt", "", "takes the square root of {b.what}: {a.name} = {a.now}"),
    Idiom("fabs", "", "takes the sign off {b.what}: {a.name} = {a.now}"),
    Idiom("fneg", "", "changes the sign of {b.what}: {a.name} = {a.now}"),
    Idiom("frinta frinti frintm frintn frintp frintx frintz", "", "rounds {b.what} ({mnemonic}): {a.name} = {a.now}"),
    Idiom("fcvt", "", "converts {b.what} to another width: {a.name} = {a.now}"),
    Idiom("scvtf ucvtf", "", "converts the integer {b.what} to floating point: {a.name} = {a.now}"),
    Idiom("fcvtzs fcvtzu", "", "converts {b.what} to an integer, rounded towards 0: {a.name} = {a.now}"),
    Idiom(
        "fcvtas fcvtau fcvtms fcvtmu fcvtns fcvtnu fcvtps fcvtpu",
        "",
        "rounds {b.what} to an integer: {a.name} = {a.now}",
    ),
    Idiom("fcmp fcmpe", "", "compares {a.what} with {b.what}"),
    Idiom("fccmp fccmpe", "taken", "{condition}, so compares {a.what} with {b.what}"),
    Idiom("fccmp fccmpe", "", "{condition}, so compares nothing: sets the flags NZCV to {c.what} instead"),
)

_VECTORS = (
    Idiom("v-add v-fadd", "", "adds {c.name} to {b.name} part by part: {a.name} = {a.now}"),
    Idiom("v-sub v-fsub", "", "subtracts {c.name} from {b.name} part by part: {a.name} = {a.now}"),
    Idiom("v-mul v-fmul", "", "multiplies {b.name} by {c.name} part by part: {a.name} = {a.now}"),
    Idiom("v-fdiv", "", "divides {b.name} by {c.name} part by part: {a.name} = {a.now}"),
    Idiom("v-neg v-fneg", "", "changes the sign of each part of {b.name}: {a.name} = {a.now}"),
    Idiom("v-abs v-fabs", "", "takes the sign off each part of {b.name}: {a.name} = {a.now}"),
    Idiom("v-rev16 v-rev32 v-rev64", "", "turns the bytes of each part of {b.name} around: {a.name} = {a.now}"),
    Idiom(
        "v-clz v-cls v-rbit v-fsqrt v-fmin v-fmax v-fminnm v-fmaxnm v-fcvtzs v-fcvtzu v-scvtf v-ucvtf",
        "",
        "works on {b.name} part by part: {a.name} = {a.now}",
    ),
    Idiom("movi mvni", "", "fills {a.name} with a constant: {a.now}"),
    Idiom("dup", "", "fills every part of {a.name} with {b.what}: {a.now}"),
    Idiom("ins", "", "copies {b.what} to {a.name}"),
    Idiom("umov smov", "", "copies {b.what} to {a.name}: {a.now}"),
    Idiom("ld1 ld1r ld2 ld3 ld4", "", "reads memory from {b.address} on into vector registers: {changes}"),
    Idiom("st1 st2 st3 st4", "", "puts vector registers into memory from {a.address} on: {changes}"),
    Idiom(
        "cmeq cmhi cmhs cmgt cmge cmtst cmle cmlt",
        "",
        "compares {b.name} and {c.name} part by part ({mnemonic}); each part of {a.name} is all ones or 0: {a.now}",
    ),
    Idiom("umaxp uminp addp smaxp sminp", "", "joins neighbouring parts ({mnemonic}): {a.name} = {a.now}"),
    Idiom("umaxv uminv addv smaxv sminv uaddlv", "", "joins all parts of {b.name} ({mnemonic}): {a.name} = {a.now}"),
    Idiom("shrn xtn uqxtn sqxtn", "", "keeps a half of each part of {b.name} ({mnemonic}): {a.name} = {a.now}"),
    Idiom(
        "ext zip1 zip2 uzp1 uzp2 trn1 trn2 tbl tbx",
        "",
        "puts bytes of vector registers together anew ({mnemonic}): {a.name} = {a.now}",
    ),
    Idiom(
        "bit bif bsl umin umax smin smax shl ushr sshr ushl sshl sli sri usra cnt mla mls fmla fmls pmull pmull2 sxtl"
        " uxtl sshll ushll uaddw uaddl saddw saddl uabd sabd not aese aesd aesmc aesimc",
        "",
        "works on vector registers part by part ({mnemonic}): {a.name} = {a.now}",
    ),
)

_COPIES = (
    "mov ldr ldur ldp ldnp ldrb ldrh ldrsb ldrsh ldrsw ldurb ldurh ldursb ldursh ldursw ldpsw sxtb sxth sxtw uxtb uxth"
    " fmov fcvt"
)

WORDS = Vocabulary(
    spell=spell,
    idioms=(*_STACK, *_CONTROL, *_MOVES, *_ATOMIC, *_ARITHMETIC, *_FLOATS, *_VECTORS),
    conditions=RELATIONS | CONDITIONS,
    conditional={},
    comparisons={
        "cmp": Comparing("compared"),
        "ccmp": Comparing("compared"),
        "tst": Comparing("tested"),
        "fcmp": Comparing("floats"),
        "fcmpe": Comparing("floats"),
        "fccmp": Comparing("floats"),
        "fccmpe": Comparing("floats"),
        "subs": Comparing("difference", 1, 2),
        "ands": Comparing("logic"),
        "bics": Comparing("logic"),
        **dict.fromkeys(("adds", "adcs", "sbcs", "negs"), Comparing("result")),
    },
    own_comparisons={
        "cbz": Comparing("tested", 0, None),
        "cbnz": Comparing("tested", 0, None),
        "tbz": Comparing("bit"),
        "tbnz": Comparing("bit"),
    },
    copies=frozenset(_COPIES.split()),
    number_kinds={},
    unsigned=frozenset(("udiv", "umull", "umulh", "lsr", "lsl", "ldrb", "ldrh", "uxtb", "uxth", "umov")),
    flags=FLAGS,
    prologue=(
        Idiom("bti paciasp pacibsp", "", ""),
        Idiom("stp stnp str stur", "saves", ""),
        Idiom("mov add", "a:fp b:sp", ""),
        Idiom("sub", "a:sp", ""),
    ),
    epilogue=(
        Idiom("ldp ldnp ldr ldur", "restores", ""),
        Idiom("add sub mov", "a:sp sp:up", ""),
        Idiom("autiasp autibsp xpaclri nop hint", "", ""),
        Idiom("ldr ldur", "reads:canary", ""),
    ),
    implicit_stack_bytes=0,
    unsized_bytes=64,
)
