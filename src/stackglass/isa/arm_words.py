"""ARM instructions, A32 and Thumb, in words: the table that `explain` reads. Its fields: see `isa.words`."""

from __future__ import annotations

from stackglass.isa.arm_conditions import CONDITIONS, FLAGS
from stackglass.isa.arm_spelling import spell
from stackglass.isa.three_operands import RELATIONS, combined
from stackglass.isa.words import Comparing, Idiom, Vocabulary

_LOADS_PC = "pop ldm ldmdb ldmib ldmda ldr"

_STACK = (
    Idiom("push vpush stmdb vstmdb", "sp:down", "pushes {saved} on the stack: sp goes down by {moved} to {sp}"),
    Idiom("str strd vstr", "saves sp:down", "pushes {saved} on the stack: sp goes down by {moved} to {sp}"),
    Idiom("str vstr", "saves", "saves {saved} in its slot ({places})"),
    Idiom("strd stm stmib", "saves", "saves {saved} in their slots ({places})"),
    Idiom("str", "sp:down", "pushes {b.what} on the stack: sp goes down by {moved} to {sp}"),
    Idiom(
        _LOADS_PC,
        "returns restores sp:up",
        "takes back {restored}, and so returns: back in {target}; sp goes up by {moved} to {sp}",
    ),
    Idiom(_LOADS_PC, "returns restores", "takes back {restored}, and so returns: back in {target}"),
    Idiom(
        _LOADS_PC,
        "returns sp:up",
        "pops {restored} off the stack, and so returns: back in {target}; sp goes up by {moved} to {sp}",
    ),
    Idiom(_LOADS_PC, "returns", "reads {loaded}, and so returns: back in {target}"),
    Idiom(
        "pop vpop ldm vldmia ldr ldrd vldr", "restores sp:up", "takes back {restored}: sp goes up by {moved} to {sp}"
    ),
    Idiom("ldr ldrd vldr ldm ldmdb ldmib", "restores", "takes back {restored}"),
    Idiom("pop vpop ldm vldmia", "sp:up", "pops {restored} off the stack: sp goes up by {moved} to {sp}"),
    Idiom(
        "mov add",
        "a:fp b:sp",
        "makes {a.name}, the frame pointer, point at this frame ({a.now}): from here on locals have fixed distances"
        " from it",
    ),
    Idiom(
        "mov sub add",
        "a:fp b:oldsp",
        "makes {a.name}, the frame pointer, point at this frame ({a.now}), by what {b.name} has kept of sp ({b.was}):"
        " from here on locals have fixed distances from it",
    ),
    Idiom("add adds", "a:fp b:fp epilogue", "moves {a.name}, the frame pointer, up over the locals: {a.now}"),
    Idiom("mov sub add", "a:sp !b:sp sp:lost", "makes sp {sp}, where nothing is mapped"),
    Idiom("mov sub add", "a:sp b:fp sp:up", "gives back the locals, by {b.name}: sp goes up by {moved} to {sp}"),
    Idiom(
        "mov sub add",
        "a:sp b:fp sp:same",
        "makes sp point where {b.name} says the locals end: there it is already ({sp})",
    ),
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
    Idiom("bic", "a:sp", "clears the bits of {c.what} in sp, which rounds it down: {sp}"),
    Idiom("and", "a:sp", "rounds {b.what} down to a multiple of {c.alignment}, and makes it sp: {sp}"),
)

_LINK = "leaves the return address {back}, the instruction after this call, in lr,"
_THUMB = "with bit 0 set to say that the caller is Thumb code, and jumps to"
_SWITCHES = (("encoding", f"{_THUMB} {{}}, in ARM code (A32)"), ("!encoding", "and jumps to {}, in Thumb code"))

_BY_HAND = ", as a call: lr has the return address already, {returns_to}"

_CONTROL = (
    *(
        Idiom("bl blx", f"switches {when}{direct}", f"{_LINK} {words.format(to)}: the processor goes on in that")
        for when, words in _SWITCHES
        for direct, to in ((" direct", "{target}"), ("", "where {a.name} points: {target}"))
    ),
    Idiom("bl blx", "direct encoding", f"{_LINK} {_THUMB} {{target}}"),
    Idiom("bl blx", "encoding", f"{_LINK} {_THUMB} where {{a.name}} points: {{target}}"),
    Idiom("bl blx", "direct", f"{_LINK} and jumps to {{target}}"),
    Idiom("bl blx", "", f"{_LINK} and jumps to where {{a.name}} points: {{target}}"),
    Idiom("bx bxj", "returns", "returns to the address in {a.name}: back in {target}"),
    Idiom("mov", "returns b:register", "returns to the address in {b.name}: back in {target}"),
    Idiom("b", "calls", f"jumps to {{target}}{_BY_HAND}"),
    Idiom("bx bxj", "calls", f"jumps to where {{a.name}} points, {{target}}{_BY_HAND}"),
    Idiom("mov", "calls b:register", f"jumps to where {{b.name}} points, {{target}}{_BY_HAND}"),
    Idiom("ldr", "a:pc calls", f"jumps to the address in {{b.place}}, {{target}}{_BY_HAND}"),
    Idiom("add sub mov rsb and bic", "a:pc calls", f"computes where to go on, {{target}}{_BY_HAND}"),
    Idiom("b", "conditional taken", "{condition}, so jumps to {target}"),
    Idiom("b", "conditional", "{condition}, so goes on"),
    Idiom(
        "b",
        "leaves",
        "jumps to {target} without a call: {takes_over}, and returns to {caller} itself",
    ),
    Idiom("b", "", "goes on at {target}"),
    Idiom("bx bxj", "leaves", "jumps to where {a.name} points: {target}, which returns to {caller} itself"),
    Idiom("bx bxj", "", "goes on where {a.name} points: {target}"),
    Idiom("ldr", "a:pc leaves", "jumps to the address in {b.place}: {target}, which returns to {caller} itself"),
    Idiom("ldr", "a:pc", "goes on at the address in {b.place}: {target}"),
    Idiom(
        "add sub mov rsb and bic", "a:pc returns", "puts where the function is to return to into pc: back in {target}"
    ),
    Idiom("add sub mov rsb and bic", "a:pc", "computes where to go on: {target}"),
    Idiom("tbb tbh", "", "looks up in a table ({a.place}) where to go on: {target}"),
    Idiom("cbz cbnz", "taken", "{condition}, so jumps to {target}"),
    Idiom("cbz cbnz", "", "{condition}, so goes on"),
    Idiom("svc", "", "asks the kernel: {system_call}"),
    Idiom("nop", "", "does nothing"),
    Idiom("yield wfe sev", "", "tells the processor that this is a waiting loop; does nothing else"),
    Idiom("dmb dsb", "", "keeps memory accesses before it from mixing with those after it; changes nothing"),
    Idiom("isb", "", "makes the processor fetch the next instructions afresh; changes nothing"),
    Idiom("pld pldw pli", "", "asks for {a.address} to be fetched into the cache"),
    Idiom("bkpt udf", "", "is an instruction that must not be reached: the processor refuses it"),
    Idiom("mrc", "", "reads a register of the system's (the thread pointer) into {a.name}: {a.now}"),
    Idiom("mcr", "", "asks the system for a barrier or the like; changes nothing that is shown here"),
    Idiom("mrs", "", "reads the flags into {a.name}: {a.now}"),
    Idiom("msr", "", "puts {a.what} into the flags"),
    Idiom("vmrs.flags", "", "puts what the last floating-point comparison found into the flags"),
    Idiom("vmrs", "", "reads the floating-point control word (rounding, exceptions) into {a.name}: {a.now}"),
    Idiom("vmsr", "", "sets the floating-point control word (rounding, exceptions)"),
)

_STORES = "str strb strh vstr"

_MOVES = (
    Idiom(
        _STORES,
        "prologue b:incoming writes:parameter",
        "stores {spot}, which came in {b.name} ({b.was}), in its slot, {a.at}",
    ),
    *(
        Idiom(
            "str",
            when,
            "puts the canary into its slot ({a.name}), above the locals: an overrun of a buffer changes it first",
        )
        for when in ("writes:canary", "b:canary")
    ),
    *(
        Idiom("eors", when, "compares the canary with the original: the difference is {a.now}, {canary}")
        for when in ("b:canary", "c:canary")
    ),
    Idiom("ldr", "b:canary", "reads the canary, the stack protector's secret word, into {a.name}: {a.now}"),
    Idiom("ldr", "reads:canary", "takes the canary from its slot ({b.name}) to check it: {a.now}"),
    Idiom(_STORES, "writes:outgoing_argument", "puts {b.what} into the stack slot ({a.name}) of {spot}"),
    Idiom(f"{_STORES} strt strbt strht", "", "puts {b.what} into {a.typed}"),
    Idiom("strd stm stmdb stmib stmda vstmia vstmdb", "", "puts {stored}"),
    Idiom("ldrd ldm ldmdb ldmib ldmda vldmia vldmdb", "", "reads {loaded}"),
    Idiom("ldr", "b:constant", "sets {a.name} to {a.now}, which lies among the code, at {b.address}"),
    Idiom("ldr vldr ldrt", "", "reads {b.place} into {a.name}: {a.now}"),
    Idiom("ldrb ldrh ldrbt ldrht", "", "reads {b.place} into {a.name}, filled up with zeros: {a.now}"),
    Idiom("ldrsb ldrsh ldrsbt ldrsht", "", "reads {b.place} into {a.name}, widened with its sign: {a.now}"),
    Idiom("mov movs", "b:immediate", "sets {a.name} to {b.what}"),
    Idiom("mov add sub", "b:memory b:mapped", "puts the address of {b.spot} into {a.name}: {a.now}"),
    Idiom("mov add sub", "b:memory", "computes {b.sum}: {a.name} = {a.now}"),
    Idiom("mov", "same", "does nothing"),
    Idiom("mov", "", "copies {b.what} to {a.name}"),
    Idiom("movs", "", "copies {b.what} to {a.name}, and sets the flags"),
    Idiom("movt", "", "puts {b.what} into the upper half of {a.name}: {a.now}"),
    Idiom("mvn mvns", "b:immediate", "sets {a.name} to {a.now}"),
    Idiom("mvn mvns", "", "puts {b.what} into {a.name} with every bit turned around: {a.now}"),
    Idiom("adr", "", "puts an address, {b.what}, into {a.name}"),
    Idiom("sxtb sxth", "", "copies the low part of {b.what} to {a.name}, widened with its sign: {a.now}"),
    Idiom("uxtb uxth", "", "copies the low part of {b.what} to {a.name}, filled up with zeros: {a.now}"),
)

_ATOMIC = (
    Idiom(
        "ldrex ldrexb ldrexh ldrexd",
        "",
        "reads {b.place} into {a.name}, and notes whether anybody else writes there: {a.now}",
    ),
    Idiom(
        "strex strexb strexh strexd",
        "",
        "puts {c.what} into {a.typed} unless somebody else wrote there meanwhile: {b.name} = {b.now}, and 0 means"
        " that it was stored",
    ),
    Idiom("clrex", "", "forgets what was noted by an exclusive load"),
    Idiom("swp swpb", "", "puts {c.what} into {a.place}, and what was there into {b.name}: {b.now}"),
)


def _also_with_flags(mnemonic: str, phrase: str) -> tuple[Idiom, ...]:
    """Rows for an operation, and for the same with an s: it sets the flags, too."""
    return (*combined(mnemonic, phrase), *combined(f"{mnemonic}s", f"{phrase}, and sets the flags"))


_ARITHMETIC = (
    Idiom("rsb", "c:zero a:b", "changes the sign of {a.name}: {a.becomes}"),
    Idiom("rsb rsbs", "c:zero", "puts {b.what} into {a.name} with its sign changed: {a.now}"),
    *_also_with_flags("add", "adds {c.what} to {left}"),
    *_also_with_flags("adc", "adds {c.what}, and the carry, to {left}"),
    *_also_with_flags("sub", "subtracts {c.what} from {left}"),
    *_also_with_flags("sbc", "subtracts {c.what}, and the borrow, from {left}"),
    Idiom("rsb", "", "subtracts {b.what} from {c.what}: {a.name} = {a.now}"),
    Idiom("rsbs", "", "subtracts {b.what} from {c.what}, and sets the flags: {a.name} = {a.now}"),
    Idiom("rsc rscs", "", "subtracts {b.what}, and the borrow, from {c.what}: {a.name} = {a.now}"),
    *_also_with_flags("and", "combines {left} with {c.what}, bit by bit, by and"),
    *_also_with_flags("orr", "combines {left} with {c.what}, bit by bit, by orr"),
    *_also_with_flags("eor", "combines {left} with {c.what}, bit by bit, by eor"),
    *_also_with_flags("bic", "clears the bits of {c.what} in {left}"),
    *_also_with_flags("orn", "combines {left} with {c.what}, whose bits are turned around, by orn"),
    *_also_with_flags("mul", "multiplies {left} by {c.what}"),
    Idiom(
        "umull umulls",
        "",
        "multiplies {c.what} by {d.what}, without sign: {b.name}:{a.name} = {b.hex}:{a.hex}",
    ),
    Idiom("smull smulls", "", "multiplies {c.what} by {d.what}: {b.name}:{a.name} = {b.hex}:{a.hex}"),
    Idiom(
        "umlal umlals umaal smlal smlals",
        "",
        "multiplies {c.what} by {d.what}, and adds that to {b.name}:{a.name}: {b.hex}:{a.hex}",
    ),
    Idiom("mla mlas", "", "multiplies {b.what} by {c.what} and adds {d.what}: {a.name} = {a.now}"),
    Idiom("mls", "", "subtracts {b.what} times {c.what} from {d.what}: {a.name} = {a.now}"),
    *combined("smmul smmulr", "multiplies {left} by {c.what}, and keeps the upper half"),
    *combined("smulbb smulbt smultb smultt", "multiplies halves of {left} and {c.what} ({mnemonic})"),
    Idiom(
        "smlabb smlabt smlatb smlatt smmla smmls smlawb smlawt",
        "",
        "multiplies {b.what} and {c.what}, or halves of them, with {d.what} ({mnemonic}): {a.name} = {a.now}",
    ),
    *combined("sdiv udiv", "divides {left} by {c.what}, rounded towards 0"),
    *_also_with_flags("lsl", "shifts {left} left by {c.what}"),
    *combined("lsr", "shifts {left} right by {c.what}, filled up with zeros"),
    *combined("lsrs", "shifts {left} right by {c.what}, filled up with zeros, and sets the flags"),
    *combined("asr", "shifts {left} right by {c.what}, keeping its sign"),
    *combined("asrs", "shifts {left} right by {c.what}, keeping its sign, and sets the flags"),
    *_also_with_flags("ror", "rotates {left} right by {c.what}"),
    Idiom("rrx rrxs", "", "rotates {b.what} right by 1 through the carry: {a.name} = {a.now}"),
    Idiom("ubfx", "", "takes {d.what} bits of {b.what} from bit {c.what} on: {a.name} = {a.now}"),
    Idiom(
        "sbfx", "", "takes {d.what} bits of {b.what} from bit {c.what} on, widened with their sign: {a.name} = {a.now}"
    ),
    Idiom("bfi", "", "puts the low {d.what} bits of {b.what} into {a.name}, from bit {c.what} on: {a.becomes}"),
    Idiom("bfc", "", "clears {c.what} bits of {a.name}, from bit {b.what} on: {a.becomes}"),
    Idiom("clz", "", "counts the zero bits above the highest one of {b.what}: {a.name} = {a.now}"),
    Idiom("rbit", "", "turns the order of the bits of {b.what} around: {a.name} = {a.now}"),
    Idiom("rev rev16 revsh", "", "turns the bytes of {b.what} around ({mnemonic}): {a.name} = {a.now}"),
    Idiom("uxtab uxtah", "", "adds the low part of {c.what}, filled up with zeros, to {b.what}: {a.name} = {a.now}"),
    Idiom("sxtab sxtah", "", "adds the low part of {c.what}, widened with its sign, to {b.what}: {a.name} = {a.now}"),
    Idiom("usat ssat", "", "keeps {c.what} within {b.what} bits ({mnemonic}): {a.name} = {a.now}"),
    Idiom(
        "uadd8 usub8 sadd8 ssub8 uqadd8 uqsub8 uadd16 usub16 sel usad8 pkhbt pkhtb qadd qsub",
        "",
        "works on {b.what} and {c.what} part by part ({mnemonic}): {a.name} = {a.now}",
    ),
    Idiom("cmp", "", "compares {a.what} with {b.what}"),
    Idiom("cmn", "", "compares {a.what} with minus {b.what}"),
    Idiom("teq", "", "looks whether {a.what} and {b.what} are equal"),
    Idiom("tst", "same", "looks whether {a.what} is zero or negative"),
    Idiom("tst", "", "looks whether {a.what} and {b.what} have a bit in common"),
)

_FLOATS = (
    Idiom("vmov", "b:immediate", "sets {a.name} to {b.what}"),
    Idiom("vmov", "c:none", "copies {b.what} to {a.name}"),
    Idiom("vmov", "a:4", "copies the two halves of {c.name} to {a.name} ({a.now}) and {b.name} ({b.now})"),
    Idiom("vmov", "", "puts {a.name} together from {b.what} and, above that, {c.what}: {a.now}"),
    *combined("vadd", "adds {c.what} to {left}"),
    *combined("vsub", "subtracts {c.what} from {left}"),
    *combined("vmul", "multiplies {left} by {c.what}"),
    *combined("vnmul", "multiplies {left} by {c.what}, and changes the sign"),
    *combined("vdiv", "divides {left} by {c.what}"),
    Idiom("vmla vfma", "", "multiplies {b.what} by {c.what}, and adds that to {a.name}: {a.becomes}"),
    Idiom("vmls vfms", "", "multiplies {b.what} by {c.what}, and subtracts that from {a.name}: {a.becomes}"),
    Idiom(
        "vnmla vnmls vfnma vfnms",
        "",
        "multiplies {b.what} by {c.what}, with {a.name} ({mnemonic}): {a.becomes}",
    ),
    Idiom("vsqrt", "", "takes the square root of {b.what}: {a.name} = {a.now}"),
    Idiom("vabs", "", "takes the sign off {b.what}: {a.name} = {a.now}"),
    Idiom("vneg", "", "changes the sign of {b.what}: {a.name} = {a.now}"),
    Idiom("vcvt", "a:integral", "converts {b.what} to an integer, rounded towards 0: {a.name} = {a.now}"),
    Idiom(
        "vcvtr", "a:integral", "converts {b.what} to an integer, rounded as the control word says: {a.name} = {a.now}"
    ),
    Idiom("vcvt vcvtr", "b:integral", "converts the integer {b.what} to floating point: {a.name} = {a.now}"),
    Idiom("vcvt vcvtr vcvtb vcvtt", "", "converts {b.what} to another width: {a.name} = {a.now}"),
    Idiom("vcmp vcmpe", "", "compares {a.what} with {b.what}"),
)

_VECTORS = (
    Idiom("vld1 vld2 vld3 vld4", "", "reads memory into vector registers: {changes}"),
    Idiom("vst1 vst2 vst3 vst4", "", "puts vector registers into memory: {changes}"),
    Idiom(
        "vdup veor vorr vand vbic vceq vcgt vcge vcgtu vext vmax vmin vpadd vpmax vpmin vmvn vshl vshr vsli vsra vrev16"
        " vrev32 vrev64 vtst vbif vbit vbsl vmovn vmovl vshrn vqmovn vzip vuzp vtrn vtbl vmull vmlal vcnt",
        "",
        "works on vector registers part by part ({mnemonic}): {changes}",
    ),
)

_COPIES = "mov ldr ldrd ldrb ldrh ldrsb ldrsh sxtb sxth uxtb uxth vmov vldr vcvt"
_LOGIC = "ands orrs eors bics orns movs mvns muls lsls lsrs asrs rors rrxs adds adcs sbcs rscs"

WORDS = Vocabulary(
    spell=spell,
    idioms=(*_STACK, *_CONTROL, *_MOVES, *_ATOMIC, *_ARITHMETIC, *_FLOATS, *_VECTORS),
    conditions=RELATIONS | CONDITIONS,
    conditional={},
    comparisons={
        "cmp": Comparing("compared"),
        "tst": Comparing("tested"),
        "teq": Comparing("compared"),
        "vcmp": Comparing("floats"),
        "vcmpe": Comparing("floats"),
        "subs": Comparing("difference", 1, 2),
        "rsbs": Comparing("difference", 2, 1),
        **dict.fromkeys(_LOGIC.split(), Comparing("result")),
    },
    own_comparisons={"cbz": Comparing("tested", 0, None), "cbnz": Comparing("tested", 0, None)},
    kept_apart=frozenset({"vcmp", "vcmpe"}),
    fetches_comparison=frozenset({"vmrs.flags"}),
    copies=frozenset(_COPIES.split()),
    number_kinds={},
    unsigned=frozenset(("udiv", "umull", "umlal", "lsr", "lsl", "ldrb", "ldrh", "uxtb", "uxth")),
    flags=(*FLAGS, (1 << 27, "Q"), (1 << 5, "T")),
    prologue=(
        Idiom("push vpush stmdb str", "saves", ""),
        Idiom("mov add", "a:fp b:sp", ""),
        Idiom("sub", "a:sp sp:down", ""),
    ),
    epilogue=(
        Idiom("pop vpop ldm ldr", "restores", ""),
        Idiom("add sub mov", "a:sp sp:up !over:arguments", ""),
        Idiom("mov sub add", "a:sp b:fp", ""),
        Idiom("add adds", "a:fp b:fp", ""),
        Idiom("ldr", "reads:canary", ""),
        Idiom("nop", "", ""),
    ),
    implicit_stack_bytes=0,
    unsized_bytes=64,
)
