"""RISC-V instructions in words: the table that `explain` reads. What the fields mean is said in `isa.words`."""

from __future__ import annotations

from stackglass.isa.riscv64_spelling import spell
from stackglass.isa.three_operands import RELATIONS, combined
from stackglass.isa.words import Comparing, Idiom, Vocabulary

_STACK = (
    Idiom("sd fsd", "saves", "saves {saved} in its slot ({a.name})"),
    Idiom("ld fld", "restores", "takes back {restored}"),
    Idiom(
        "addi mv",
        "a:fp b:sp",
        "makes {a.name}, the frame pointer, point at this frame's upper end ({a.now}): from here on locals have fixed"
        " distances from it",
    ),
    Idiom("addi add mv", "a:sp !b:sp sp:lost", "makes sp {sp}, where nothing is mapped"),
    Idiom(
        "addi addiw",
        "a:sp b:sp frame sp:down",
        "reserves {moved} bytes of stack for this frame: sp goes down to {sp}",
    ),
    Idiom(
        "addi addiw",
        "a:sp b:sp sp:down",
        "moves sp down by {moved} to {sp}: room, or alignment, for what comes next",
    ),
    Idiom(
        "addi addiw",
        "a:sp sp:up over:arguments",
        "takes the arguments off the stack again: sp goes up by {moved} to {sp}",
    ),
    Idiom("addi addiw add mv", "a:sp sp:up", "gives back {moved} bytes of stack: sp goes up to {sp}"),
    Idiom(
        "sub add",
        "a:sp b:sp sp:down",
        "takes {moved} bytes of stack (a variable-length array, alloca, or a large frame): sp goes down to {sp}",
    ),
    Idiom("addi addiw add sub mv", "a:sp sp:down", "moves sp down by {moved} to {sp}"),
    Idiom("addi addiw add sub mv", "a:sp", "leaves sp where it is, at {sp}"),
    Idiom("and andi", "a:sp", "rounds sp down to a multiple of {c.alignment}: {sp}"),
)

_LINK = "leaves the return address {back}, the instruction after this call, in {a.name}, and jumps to"
_BY_HAND = ", as a call: ra has the return address already, {returns_to}"

_CONTROL = (
    Idiom("jal", "", f"{_LINK} {{target}}"),
    Idiom("jalr", "b:memory", f"{_LINK} {{b.sum}}: {{target}}"),
    Idiom("jalr", "", f"{_LINK} where {{b.name}} points: {{target}}"),
    Idiom("ret", "", "returns to the address in ra: back in {target}"),
    Idiom("j", "calls", f"jumps to {{target}}{_BY_HAND}"),
    Idiom("jr", "calls", f"jumps to where {{a.name}} points, {{target}}{_BY_HAND}"),
    Idiom(
        "j",
        "leaves",
        "jumps to {target} without a call: {takes_over}, and returns to {caller} itself",
    ),
    Idiom("j", "", "goes on at {target}"),
    Idiom("jr", "returns", "returns to the address in {a.name}: back in {target}"),
    Idiom("jr", "leaves", "jumps to where {a.name} points: {target}, which returns to {caller} itself"),
    Idiom("jr", "", "goes on where {a.name} points: {target}"),
    Idiom("beq bne blt bge bltu bgeu beqz bnez blez bgez bltz bgtz", "taken", "{condition}, so jumps to {target}"),
    Idiom("beq bne blt bge bltu bgeu beqz bnez blez bgez bltz bgtz", "", "{condition}, so goes on"),
    Idiom("ecall", "", "asks the kernel: {system_call}"),
    Idiom("ebreak unimp", "", "is an instruction that must not be reached: the processor refuses it"),
    Idiom("nop", "", "does nothing"),
    Idiom("fence fence.i", "", "keeps memory accesses before it from mixing with those after it; changes nothing"),
    Idiom("rdcycle rdtime rdinstret", "", "reads the clock (here: the steps made so far) into {a.name}: {a.now}"),
    Idiom("frcsr", "", "reads the floating-point control word (rounding, exceptions) into {a.name}: {a.now}"),
    Idiom("frflags", "", "reads which floating-point exceptions there were into {a.name}: {a.now}"),
    Idiom("frrm", "", "reads how floating-point results are rounded into {a.name}: {a.now}"),
    Idiom("fscsr", "b:none", "sets the floating-point control word (rounding, exceptions) to {a.what}"),
    Idiom("fsflags", "b:none", "says that there were these floating-point exceptions: {a.what}"),
    Idiom("fsrm", "b:none", "sets how floating-point results are rounded: {a.what}"),
    Idiom("fscsr fsflags fsrm fsflagsi fsrmi", "", "sets floating-point control ({mnemonic}): {changes}"),
    Idiom(
        "csrr csrw csrs csrc csrrw csrrs csrrc csrrwi csrrsi csrrci csrwi csrsi csrci",
        "",
        "reads or writes a register of the system's: {changes}",
    ),
)

_STORES = "sb sh sw sd fsw fsd"

_MOVES = (
    Idiom(
        _STORES,
        "prologue b:incoming writes:parameter",
        "stores {spot}, which came in {b.name} ({b.was}), in its slot, {a.at}",
    ),
    *(
        Idiom(
            "sd",
            when,
            "puts the canary into its slot ({a.name}), above the locals: an overrun of a buffer changes it first",
        )
        for when in ("writes:canary", "b:canary")
    ),
    *(
        Idiom("xor sub", when, "compares the canary with the original: the difference is {a.now}, {canary}")
        for when in ("b:canary", "c:canary")
    ),
    Idiom("ld", "b:canary", "reads the canary, the stack protector's secret word, into {a.name}: {a.now}"),
    Idiom("ld", "reads:canary", "takes the canary from its slot ({b.name}) to check it: {a.now}"),
    Idiom(_STORES, "writes:outgoing_argument", "puts {b.what} into the stack slot ({a.name}) of {spot}"),
    Idiom(_STORES, "", "puts {b.what} into {a.typed}"),
    Idiom("ld fld flw", "", "reads {b.place} into {a.name}: {a.now}"),
    Idiom("lb lh lw", "", "reads {b.place} into {a.name}, widened with its sign: {a.now}"),
    Idiom("lbu lhu lwu", "", "reads {b.place} into {a.name}, filled up with zeros: {a.now}"),
    Idiom("li", "", "sets {a.name} to {b.what}"),
    Idiom("lui", "", "sets {a.name} to {b.what}, the upper part of a number or an address"),
    Idiom(
        "auipc",
        "",
        "puts {b.bits} into {a.name}: an address near to what is wanted",
    ),
    Idiom("addi", "b:memory b:mapped", "puts the address of {b.spot} into {a.name}: {a.now}"),
    Idiom("addi", "b:memory", "computes {b.sum}: {a.name} = {a.now}"),
    Idiom("mv", "", "copies {b.what} to {a.name}"),
    Idiom("sext.w", "a:b", "keeps the low 4 bytes of {a.name}, widened with their sign: {a.becomes}"),
    Idiom("sext.w", "", "copies the low 4 bytes of {b.what} to {a.name}, widened with their sign: {a.now}"),
    Idiom("slt slti sltu sltiu seqz snez sltz sgtz feq flt fle", "", "{condition}: puts {a.now} into {a.name}"),
)

_ATOMIC = (
    Idiom("lr", "", "reads {b.place} into {a.name}, and notes whether anybody else writes there: {a.now}"),
    Idiom(
        "sc",
        "",
        "puts {c.what} into {a.typed} unless somebody else wrote there meanwhile: {b.name} = {b.now}, and 0 means"
        " that it was stored",
    ),
    Idiom("amoswap", "", "puts {c.what} into {a.place}, and what was there into {b.name}: {b.now}"),
    Idiom("amoadd", "", "adds {c.what} to {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
    Idiom("amoand", "", "keeps only the bits of {c.what} in {a.place}, and the old value in {b.name}: {a.becomes}"),
    Idiom("amoor", "", "sets the bits of {c.what} in {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
    Idiom("amoxor", "", "turns the bits of {c.what} in {a.place}, and keeps the old value in {b.name}: {a.becomes}"),
    Idiom(
        "amomax amomaxu", "", "keeps the larger of {a.place} and {c.what} there, the old value in {b.name}: {a.becomes}"
    ),
    Idiom(
        "amomin amominu",
        "",
        "keeps the smaller of {a.place} and {c.what} there, the old value in {b.name}: {a.becomes}",
    ),
)

_ARITHMETIC = (
    *combined("add addi", "adds {c.what} to {left}"),
    *combined("addw addiw", "adds {c.what} to {left}, and keeps 4 bytes of the sum"),
    *combined("sub", "subtracts {c.what} from {left}"),
    *combined("subw", "subtracts {c.what} from {left}, and keeps 4 bytes of the difference"),
    Idiom("neg negw", "a:b", "changes the sign of {a.name}: {a.becomes}"),
    Idiom("neg negw", "", "puts {b.what} into {a.name} with its sign changed: {a.now}"),
    Idiom("not", "", "puts {b.what} into {a.name} with every bit turned around: {a.now}"),
    *combined("and andi", "combines {left} with {c.what}, bit by bit, by and"),
    *combined("or ori", "combines {left} with {c.what}, bit by bit, by or"),
    *combined("xor xori", "combines {left} with {c.what}, bit by bit, by xor"),
    *combined("mul mulw", "multiplies {left} by {c.what}"),
    *combined("mulh mulhu mulhsu", "multiplies {left} by {c.what}, and keeps the upper half"),
    *combined("div divu divw divuw", "divides {left} by {c.what}, rounded towards 0"),
    *combined("rem remu remw remuw", "divides {left} by {c.what}, and keeps the remainder"),
    *combined("sll slli sllw slliw", "shifts {left} left by {c.what}"),
    *combined("srl srli srlw srliw", "shifts {left} right by {c.what}, filled up with zeros"),
    *combined("sra srai sraw sraiw", "shifts {left} right by {c.what}, keeping its sign"),
)

_FLOATS = (
    Idiom("fmv", "", "copies {b.what} to {a.name}: {a.now}"),
    *combined("fadd", "adds {c.what} to {left}"),
    *combined("fsub", "subtracts {c.what} from {left}"),
    *combined("fmul", "multiplies {left} by {c.what}"),
    *combined("fdiv", "divides {left} by {c.what}"),
    *combined("fmin", "keeps the smaller of {left} and {c.what}"),
    *combined("fmax", "keeps the larger of {left} and {c.what}"),
    Idiom("fmadd", "", "multiplies {b.what} by {c.what} and adds {d.what}: {a.name} = {a.now}"),
    Idiom("fmsub", "", "multiplies {b.what} by {c.what} and subtracts {d.what}: {a.name} = {a.now}"),
    Idiom("fnmadd fnmsub", "", "multiplies {b.what} by {c.what}, with {d.what} ({mnemonic}): {a.name} = {a.now}"),
    Idiom("fsqrt", "", "takes the square root of {b.what}: {a.name} = {a.now}"),
    Idiom("fabs", "", "takes the sign off {b.what}: {a.name} = {a.now}"),
    Idiom("fneg", "", "changes the sign of {b.what}: {a.name} = {a.now}"),
    Idiom(
        "fsgnj fsgnjn fsgnjx", "", "puts {b.what} into {a.name} with the sign that {c.what} gives ({mnemonic}): {a.now}"
    ),
    Idiom("fcvt.real", "", "converts the integer {b.what} to floating point: {a.name} = {a.now}"),
    *(
        Idiom(f"fcvt.integer{mode}", "", f"converts {{b.what}} to an integer, rounded {how}: {{a.name}} = {{a.now}}")
        for mode, how in (
            ("", "as the control word says"),
            (".rne", "to the nearest one, from halfway to the even one"),
            (".rtz", "towards 0"),
            (".rdn", "down"),
            (".rup", "up"),
            (".rmm", "to the nearest one, from halfway away from 0"),
        )
    ),
    Idiom("fcvt.width", "", "converts {b.what} to another width: {a.name} = {a.now}"),
    Idiom("fclass", "", "says as bits what sort of number {b.what} is: {a.name} = {a.now}"),
)

_COPIES = "mv sext.w lb lbu lh lhu lw lwu ld flw fld fmv fcvt.width"

WORDS = Vocabulary(
    spell=spell,
    idioms=(*_STACK, *_CONTROL, *_MOVES, *_ATOMIC, *_ARITHMETIC, *_FLOATS),
    conditions=RELATIONS,
    conditional={},
    comparisons={},
    own_comparisons={
        **dict.fromkeys(("beq", "bne", "blt", "bge", "bltu", "bgeu"), Comparing("compared")),
        **dict.fromkeys(("beqz", "bnez", "blez", "bgez", "bltz", "bgtz"), Comparing("tested", 0, None)),
        **dict.fromkeys(("slt", "slti", "sltu", "sltiu"), Comparing("compared", 1, 2)),
        **dict.fromkeys(("seqz", "snez", "sltz", "sgtz"), Comparing("tested", 1, None)),
        **dict.fromkeys(("feq", "flt", "fle"), Comparing("floats", 1, 2)),
    },
    copies=frozenset(_COPIES.split()),
    number_kinds={},
    unsigned=frozenset(
        ("divu", "divuw", "remu", "remuw", "mulhu", "srl", "srli", "srlw", "srliw", "lbu", "lhu", "lwu")
    ),
    flags=(),
    prologue=(
        Idiom("addi", "a:sp sp:down", ""),
        Idiom("sd fsd", "saves", ""),
        Idiom("addi", "a:fp b:sp", ""),
    ),
    epilogue=(
        Idiom("ld fld", "restores", ""),
        Idiom("addi add mv", "a:sp sp:up", ""),
        Idiom("ld", "reads:canary", ""),
    ),
    implicit_stack_bytes=0,
    unsized_bytes=64,
)
