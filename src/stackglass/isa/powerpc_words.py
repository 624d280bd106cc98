"""PowerPC instructions in words: the table that `explain` reads. What the fields mean is said in `isa.words`."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.isa.powerpc_spelling import spell
from stackglass.isa.three_operands import combined
from stackglass.isa.words import Comparing, Condition, Idiom, Vocabulary

_STACK = (
    Idiom(
        "stwu",
        "b:sp frame sp:down",
        "reserves {moved} bytes of stack for this frame: r1 goes down to {sp}, and there it stores its old value,"
        " {b.was}: the back chain to the caller's frame",
    ),
    Idiom(
        "stwu",
        "b:sp sp:down",
        "reserves {moved} bytes of stack: r1 goes down to {sp}, and there it stores its old value, {b.was}: the back"
        " chain",
    ),
    Idiom(
        "stwu",
        "sp:down !a:linear",
        "moves r1 down by {moved} to {sp}: room, or alignment, for what comes next; there it stores the back chain,"
        " {b.what}",
    ),
    Idiom(
        "stwu",
        "sp:down",
        "takes {moved} bytes of stack (a variable-length array, alloca, or a large frame): r1 goes down to {sp}, and"
        " there it stores the back chain, {b.what}",
    ),
    Idiom(
        "stw",
        "writes:return_address",
        "puts the return address, {b.what}, where the caller's frame has a word for it (LR save word): {a.at}",
    ),
    Idiom("lwz", "reads:return_address", "takes the return address out of the caller's frame into {a.name}: {a.lead}"),
    Idiom("stw stfd", "saves", "saves {saved} in its slot ({a.name})"),
    Idiom("stmw", "saves", "saves {saved} in their slots ({places})"),
    Idiom("mr lwz addi add", "a:sp !b:sp sp:lost", "makes r1 {sp}, where nothing is mapped"),
    Idiom("lwz lfd lmw", "a:sp restores", "follows the back chain: r1 goes up by {moved} to {sp}"),
    Idiom("lwz lfd lmw", "restores", "takes back {restored}"),
    Idiom(
        "mr",
        "a:fp b:sp",
        "makes {a.name}, the frame pointer, a copy of r1 ({a.now}): from here on locals have fixed distances from it",
    ),
    Idiom("addi", "a:sp sp:up", "gives back {moved} bytes of stack: r1 goes up to {sp}"),
    Idiom("mr lwz addi add", "a:sp sp:up", "gives back {moved} bytes of stack: r1 goes up to {sp}"),
    Idiom("mr addi add", "a:sp sp:down", "moves r1 down by {moved} to {sp}"),
    Idiom("mr addi add", "a:sp", "leaves r1 where it is, at {sp}"),
    Idiom("andi", "a:sp", "rounds r1 down to a multiple of {c.alignment}: {sp}"),
)

_LINK = "leaves the return address {back}, the instruction after this call, in lr, and jumps to"
_BY_HAND = ", as a call: lr has the return address already, {returns_to}"

_CONTROL = (
    Idiom("bcl", "", "puts the address of the next instruction, {back}, into lr: so code finds out where it is"),
    Idiom("bcl_over", "", "puts {back}, the address behind it, where data lie, into lr, and goes on at {target}"),
    Idiom("bl", "conditional taken", f"{{condition}}, so it {_LINK} {{target}}"),
    Idiom("bl", "conditional", "{condition}, so goes on, with lr set all the same"),
    Idiom("bl", "", f"{_LINK} {{target}}"),
    Idiom("bctrl", "", f"{_LINK} where ctr points: {{target}}"),
    Idiom("blrl", "", f"{_LINK} where lr pointed: {{target}}"),
    Idiom("blr", "conditional taken", "{condition}, so returns to the address in lr: back in {target}"),
    Idiom("blr", "conditional", "{condition}, so goes on"),
    Idiom("blr", "", "returns to the address in lr: back in {target}"),
    Idiom("b", "calls", f"jumps to {{target}}{_BY_HAND}"),
    Idiom("bctr", "calls", f"jumps to where ctr points, {{target}}{_BY_HAND}"),
    Idiom("b", "conditional taken", "{condition}, so jumps to {target}"),
    Idiom("b", "conditional", "{condition}, so goes on"),
    Idiom(
        "b",
        "leaves",
        "jumps to {target} without a call: {takes_over}, and returns to {caller} itself",
    ),
    Idiom("b", "", "goes on at {target}"),
    Idiom("bctr", "returns", "returns to the address in ctr: back in {target}"),
    Idiom("bctr", "leaves", "jumps to where ctr points: {target}, which returns to {caller} itself"),
    Idiom("bctr", "", "goes on where ctr points: {target}"),
    Idiom("bdnz", "taken", "takes 1 off ctr, which leaves {unsigned:ctr}, so jumps to {target}"),
    Idiom("bdnz", "", "takes 1 off ctr, which leaves {unsigned:ctr}, so goes on"),
    Idiom("bdz", "taken", "takes 1 off ctr, which leaves {unsigned:ctr}, so jumps to {target}"),
    Idiom("bdz", "", "takes 1 off ctr, which leaves {unsigned:ctr}, so goes on"),
    Idiom("sc", "", "asks the kernel: {system_call}"),
    Idiom("nop", "", "does nothing"),
    Idiom("sync lwsync ptesync eieio", "", "keeps memory accesses before it from mixing with those after it"),
    Idiom("isync", "", "makes the processor fetch the next instructions afresh; changes nothing"),
    Idiom("dcbt dcbtst dcbf dcbst icbi", "", "is about the cache ({mnemonic}); changes nothing that is shown here"),
    Idiom("trap tw twi tweq twlge twllt", "", "stops the program if a condition holds ({mnemonic})"),
    Idiom("mflr mfctr", "", "copies {b.what} to {a.name}"),
    Idiom("mtlr", "", "copies {b.what} to lr"),
    Idiom("mtxer", "", "puts {b.what} into xer: the carry, the overflow, and how many bytes lswx and stswx move"),
    Idiom("mcrxr", "", "moves the overflow and the carry from xer to {a.name}, a field of the condition register"),
    Idiom("mtctr", "", "copies {b.what} to ctr"),
    Idiom("mfcr mfocrf", "", "reads the condition register into {a.name}: {a.now}"),
    Idiom("mtcrf mtocrf", "", "puts {a.name} of {b.what} into the condition register"),
    Idiom("mcrf", "", "copies {b.name}, a field of the condition register, to {a.name}"),
    Idiom("cror crand crxor crnor crnand creqv crandc crorc", "", "combines bits of the condition register"),
    Idiom("crmove crnot", "", "copies a bit of the condition register to another ({mnemonic})"),
    Idiom("mfxer", "", "reads the carry and overflow into {a.name}: {a.now}"),
    Idiom("mftb mftbu", "", "reads the clock (here: the steps made so far) into {a.name}: {a.now}"),
    Idiom("crset", "", "sets {a.name} to 1: a bit of the condition register"),
    Idiom("crclr", "", "sets {a.name} to 0: a bit of the condition register"),
    Idiom("mffs", "", "reads the floating-point control word (rounding, exceptions) into {a.name}"),
    Idiom("mtfsf mtfsfi mtfsb0 mtfsb1", "", "sets the floating-point control word (rounding, exceptions)"),
)

_STORES = "stb sth stw stfs stfd stbu sthu stwu stfsu stfdu"
_LOADED = "reads {b.place} into {a.name}"

_MOVES = (
    Idiom(
        _STORES,
        "prologue b:incoming writes:parameter",
        "stores {spot}, which came in {b.name} ({b.was}), in its slot, {a.at}",
    ),
    *(
        Idiom(
            "stw",
            when,
            "puts the canary into its slot ({a.name}), above the locals: an overrun of a buffer changes it first",
        )
        for when in ("writes:canary", "b:canary")
    ),
    *(
        Idiom("xor xor.", when, "compares the canary with the original: the difference is {a.now}, {canary}")
        for when in ("b:canary", "c:canary")
    ),
    Idiom("lwz", "b:canary", "reads the canary, the stack protector's secret word, into {a.name}: {a.now}"),
    Idiom("lwz", "reads:canary", "takes the canary from its slot ({b.name}) to check it: {a.now}"),
    Idiom(_STORES, "writes:outgoing_argument", "puts {b.what} into the stack slot ({a.name}) of {spot}"),
    Idiom(f"{_STORES} stwbrx sthbrx stfiwx", "", "puts {b.what} into {a.typed}"),
    Idiom("stwcx.", "", "puts {b.what} into {a.typed} unless somebody else wrote there meanwhile: {changes}"),
    Idiom("stmw stswi", "", "puts {stored}"),
    Idiom("lmw lswi", "", "reads {loaded}"),
    Idiom(
        "stswx",
        "",
        "puts as many bytes as the lowest 7 bits of xer say, of {b.name} and the registers behind it, into {a.place}:"
        " {changes}",
    ),
    Idiom(
        "lswx",
        "",
        "reads as many bytes as the lowest 7 bits of xer say, from {b.place} on, into {a.name} and the registers behind"
        " it: {changes}",
    ),
    Idiom("lwz lwzu lfd lfdu lfs lfsu", "", f"{_LOADED}: {{a.now}}"),
    Idiom("lha lhau", "", f"{_LOADED}, widened with its sign: {{a.now}}"),
    Idiom("lbz lbzu lhz lhzu", "", f"{_LOADED}, filled up with zeros: {{a.now}}"),
    Idiom("lwbrx lhbrx", "", f"{_LOADED} with its bytes turned round: {{a.now}}"),
    Idiom("lwarx", "", f"{_LOADED}, and notes whether anybody else writes there: {{a.now}}"),
    Idiom("li", "", "sets {a.name} to {b.what}"),
    Idiom("addi", "b:memory b:mapped", "puts the address of {b.spot} into {a.name}: {a.now}"),
    Idiom("addi", "b:memory", "computes {b.sum}: {a.name} = {a.now}"),
    Idiom("mr fmr", "", "copies {b.what} to {a.name}"),
    Idiom("mr.", "", "copies {b.what} to {a.name}, and compares it with 0"),
    Idiom("extsb extsb.", "", "widens the low byte of {b.what} with its sign: {a.name} = {a.now}"),
    Idiom("extsh extsh.", "", "widens the low 2 bytes of {b.what} with their sign: {a.name} = {a.now}"),
    Idiom("not not.", "", "puts {b.what} into {a.name} with every bit turned around: {a.now}"),
    Idiom("neg neg.", "a:b", "changes the sign of {a.name}: {a.becomes}"),
    Idiom("neg neg.", "", "puts {b.what} into {a.name} with its sign changed: {a.now}"),
)

_COMPARISONS = (
    Idiom("cmpw cmpwi", "", "compares {a.what} with {b.what}"),
    Idiom("cmplw cmplwi", "", "compares {a.what} with {b.what}, as numbers without sign"),
    Idiom("fcmpu fcmpo", "", "compares {a.what} with {b.what}"),
)


def _both(names: str) -> str:
    """The mnemonics, and those that compare their result with 0 besides."""
    return " ".join(f"{name} {name}." for name in names.split())


_ARITHMETIC = (
    *combined(_both("add addi addc addic"), "adds {c.what} to {left}"),
    *combined(_both("adde"), "adds {c.what} and the carry to {left}"),
    *combined(_both("sub subc"), "subtracts {c.what} from {left}"),
    *combined(_both("sube"), "subtracts {c.what} from {left}, with the carry"),
    Idiom(_both("addze addme subfze subfme"), "", "computes with {b.what} and the carry: {a.name} = {a.now}"),
    *combined(_both("and andi"), "combines {left} with {c.what}, bit by bit, by and"),
    *combined(_both("or ori"), "combines {left} with {c.what}, bit by bit, by or"),
    *combined(_both("xor xori"), "combines {left} with {c.what}, bit by bit, by xor"),
    *combined(_both("andc"), "clears the bits of {c.what} in {left}"),
    *combined(_both("orc nor nand eqv"), "combines {left} with {c.what}, bit by bit"),
    *combined(_both("mullw mulli"), "multiplies {left} by {c.what}"),
    *combined(_both("mulhw mulhwu"), "multiplies {left} by {c.what}, and keeps the upper half"),
    *combined(_both("divw divwu"), "divides {left} by {c.what}, rounded towards 0"),
    *combined(_both("slw slwi"), "shifts {left} left by {c.what}"),
    *combined(_both("srw srwi"), "shifts {left} right by {c.what}, filled up with zeros"),
    *combined(_both("sraw srawi"), "shifts {left} right by {c.what}, keeping its sign"),
    *combined(_both("rotlw rotlwi"), "rotates {left} left by {c.what}"),
    *combined(_both("clrlwi"), "clears the upper {c.what} bits of {left}"),
    Idiom(_both("rlwinm"), "", "rotates {b.what} left by {c.what} and keeps some of the bits: {a.name} = {a.now}"),
    Idiom(_both("rlwimi"), "", "puts some bits of {b.what}, rotated left by {c.what}, into {a.name}: {a.becomes}"),
    Idiom(_both("cntlzw"), "", "counts the zeros at the upper end of {b.what}: {a.name} = {a.now}"),
)

_FLOATS = (
    *combined(_both("fadd"), "adds {c.what} to {left}"),
    *combined(_both("fsub"), "subtracts {c.what} from {left}"),
    *combined(_both("fmul"), "multiplies {left} by {c.what}"),
    *combined(_both("fdiv"), "divides {left} by {c.what}"),
    Idiom(_both("fmadd"), "", "multiplies {b.what} by {c.what} and adds {d.what}: {a.name} = {a.now}"),
    Idiom(_both("fmsub"), "", "multiplies {b.what} by {c.what} and subtracts {d.what}: {a.name} = {a.now}"),
    Idiom(
        _both("fnmadd fnmsub"), "", "multiplies {b.what} by {c.what}, with {d.what} ({mnemonic}): {a.name} = {a.now}"
    ),
    Idiom(_both("fsqrt"), "", "takes the square root of {b.what}: {a.name} = {a.now}"),
    Idiom(_both("fabs"), "", "takes the sign off {b.what}: {a.name} = {a.now}"),
    Idiom(_both("fneg"), "", "changes the sign of {b.what}: {a.name} = {a.now}"),
    Idiom(_both("frsp"), "", "rounds {b.what} to the precision of a float: {a.name} = {a.now}"),
    *(
        Idiom(
            _both(name),
            "",
            f"converts {{b.what}} to an integer, rounded {how}, in the lower half of {{a.name}}: {{a.hex}}",
        )
        for name, how in (("fctiw", "as the control word says"), ("fctiwz", "towards 0"))
    ),
)

_LT, _GT, _EQ, _SO = 8, 4, 2, 1


def _conditions() -> Iterator[tuple[str, Condition]]:
    """Of each field of the condition register: 'eq' of cr0, 'cr7 eq' of the others."""
    words = {
        "lt": (_LT, "ge", ("less than", "not less than"), ("negative", "not negative")),
        "gt": (_GT, "le", ("greater than", "less than or equal to"), ("positive", "zero or negative")),
        "eq": (_EQ, "ne", ("equal to", "not equal to"), ("zero", "not zero")),
        "so": (_SO, "ns", ("", ""), ("", "")),
    }
    for number in range(8):
        field, shift = f"cr{number} " if number else "", 28 - 4 * number
        for code, (bit, opposite, compared, result) in words.items():
            condition = Condition(
                lambda flags, mask=bit << shift: bool(flags & mask),  # type: ignore[misc]
                compared=compared,
                tested=result,
                result=result,
                floats=(compared[0], f"not {compared[0]}") if compared[0] else compared,
            )
            yield f"{field}{code}", condition
            yield f"{field}{opposite}", condition.opposite


_RECORDING = (
    "add addic addc adde addze addme sub subc sube and andi andc or orc xor nor nand eqv mr not neg mullw mulhw mulhwu"
    " divw divwu slw slwi srw srwi sraw srawi rotlw rotlwi rlwinm rlwimi clrlwi clrrwi extsb extsh cntlzw"
)
_COPIES = "mr lwz lwzu lbz lbzu lhz lhzu lha lhau lfd lfdu lfs lfsu fmr frsp mr. mfcr"

WORDS = Vocabulary(
    spell=spell,
    idioms=(*_STACK, *_CONTROL, *_MOVES, *_COMPARISONS, *_ARITHMETIC, *_FLOATS),
    conditions=dict(_conditions()),
    conditional={},
    comparisons={
        **dict.fromkeys(("cmpw", "cmpwi", "cmplw", "cmplwi"), Comparing("compared")),
        **dict.fromkeys(("fcmpu", "fcmpo"), Comparing("floats")),
        **{f"{name}.": Comparing("result", 0, None) for name in _RECORDING.split()},
    },
    copies=frozenset(_COPIES.split()),
    number_kinds={},
    unsigned=frozenset(
        (
            *("cmplw", "cmplwi", "divwu", "mulhwu", "srw", "srwi", "lbz", "lhz", "lbzu", "lhzu", "clrlwi", "rlwinm"),
            *("divwu.", "mulhwu.", "srw.", "srwi.", "clrlwi.", "rlwinm."),
        )
    ),
    flags=tuple(
        (bit << 28 - 4 * number, f"cr{number}.{name}")
        for number in range(8)
        for bit, name in ((_LT, "lt"), (_GT, "gt"), (_EQ, "eq"), (_SO, "so"))
    ),
    prologue=(
        Idiom("stwu", "b:sp sp:down", ""),
        Idiom("mflr", "", ""),
        Idiom("stw", "writes:return_address", ""),
        Idiom("stw stfd stmw", "saves", ""),
        Idiom("mr", "a:fp b:sp", ""),
    ),
    epilogue=(
        Idiom("lwz", "reads:return_address", ""),
        Idiom("mtlr", "", ""),
        Idiom("lwz lfd lmw", "restores", ""),
        Idiom("addi mr lwz", "a:sp sp:up", ""),
        Idiom("lwz", "reads:canary", ""),
    ),
    counting=frozenset(f"bd{count}{how}" for count in ("nz", "z") for how in ("", "lr", "f", "t", "flr", "tlr")),
    implicit_stack_bytes=0,
    unsized_bytes=128,
)
