"""The textbook machine's instruction set and its calling convention (docs/design/textbook.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stackglass.isa.instructions import InstructionKind, InstructionPattern, StackField
from stackglass.isa.passing import ArgumentType, CallPlaces, Part, Place
from stackglass.isa.places import in_registers
from stackglass.isa.table import Isa, Register, SystemCalls
from stackglass.isa.textbook_code import JUMPS, MODES, NUMBER, OPCODES, REGISTERS, decode
from stackglass.isa.words import Vocabulary

FLAGS = "FLAGS"
"""What the last comparison found, right behind it: EQUAL, LESS, GREATER, BELOW, ABOVE; 0 everywhere else."""
EQUAL, LESS, GREATER, BELOW, ABOVE = 1, 2, 4, 8, 16
PC_NUMBER, FLAGS_NUMBER = len(REGISTERS), len(REGISTERS) + 1

_ROLES = {
    "R0": "result",
    "R22": "what a call through a pointer leads to",
    "R23": "scratch",
    "L0": "result, if a long long",
    "D0": "result, if floating",
    "FP": "frame pointer; callee-saved",
    "SP": "stack pointer",
    "RA": "return address, left by a call",
    "SL": "static link: the frame around a nested function",
    "VA": "kinds of the variable arguments",
}
_MOST = {"R": 20, "L": 12, "D": 12}
"""The highest number of an argument register of each kind."""
_WORD, _DOUBLE_BITS = 4, 64


def _role(name: str) -> str:
    if name in _ROLES:
        return _ROLES[name]
    number = int(name[1:])
    return f"argument {number} of its kind" if number <= _MOST[name[0]] else "scratch"


def _register(name: str, number: int) -> Register:
    bits = 64 if name[0] in "LD" else 32
    return Register(
        name,
        bits,
        number,
        number,
        _role(name),
        callee_saved=name == "FP",
        kind="vector" if bits == 64 else "general",
        holds_doubles=name[0] == "D",
        holds_integers=name[0] == "L",
    )


_REGISTERS = (
    *(_register(name, number) for number, name in enumerate(REGISTERS)),
    Register("PC", 32, PC_NUMBER, PC_NUMBER, "program counter", kind="pc"),
    Register(FLAGS, 32, FLAGS_NUMBER, FLAGS_NUMBER, "what a comparison found", kind="flags"),
)


def _opcode(op: str, kind: InstructionKind) -> InstructionPattern:
    return InstructionPattern(b"\xff", bytes([OPCODES[op]]), kind, 0)


def _moves_stack_pointer(op: str, scale: int) -> InstructionPattern:
    """A constant that is added to SP or subtracted: its modes, SP as the destination, and the constant behind that."""
    row = bytes([OPCODES[op], MODES["#"] | MODES["r"] << 4, 0, NUMBER["SP"]])
    return InstructionPattern(b"\xff\xff\0\xff", row, InstructionKind.PLAIN, 0, StackField(32, 32, scale, signed=True))


_PATTERNS = (
    _opcode("CALL", InstructionKind.CALL),
    _opcode("RET", InstructionKind.RETURN),
    *(_opcode(op, InstructionKind.JUMP) for op in sorted(JUMPS)),
    _moves_stack_pointer("SUB", -1),
    _moves_stack_pointer("ADD", 1),
    # Whatever else writes SP has it as the register that is its destination.
    InstructionPattern(b"\0\xf0\0\xff", bytes([0, 0x10, 0, NUMBER["SP"]]), InstructionKind.PLAIN, None),
)


def _words() -> Vocabulary:
    from stackglass.isa.textbook_words import WORDS

    return WORDS


def _disassembler() -> Any:
    from stackglass.isa.textbook_words import Disassembler

    return Disassembler()


def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """Where arguments and result are passed: each kind has registers of its own, numbered from 1."""
    used = {"R": 1, "L": 1, "D": 1}
    hidden = None
    if result is not None and result.kind == "aggregate":
        hidden = Place(in_registers(("R1",), _WORD, _WORD), "the address of memory for the struct goes to R1")
        used["R"] = 2
    places = tuple(_place(one, used) for one in arguments)
    return CallPlaces(places, _result(result), hidden, 0)


def _letter(type_: ArgumentType) -> str:
    if type_.kind in ("float", "long double"):
        return "D"
    return "L" if type_.kind == "integer" and type_.size == 8 else "R"


def _place(type_: ArgumentType, used: dict[str, int]) -> Place:
    letter = _letter(type_)
    name = f"{letter}{used[letter]}"
    used[letter] += 1
    if type_.kind == "aggregate":
        parts = in_registers((name,), _WORD, _WORD)
        return Place(parts, "a struct is passed as its address, and copied by the function called", by_reference=True)
    words = {"R": "words go to R1, R2, ...", "L": "long longs go to L1, L2, ...", "D": "floating ones to D1, D2, ..."}
    return Place(_in_register(name, type_), words[letter])


def _in_register(name: str, type_: ArgumentType) -> tuple[Part, ...]:
    """A value in one register: a float there is a double."""
    float_bits = _DOUBLE_BITS if name[0] == "D" and 8 * type_.size != _DOUBLE_BITS else 0
    return (Part(0, type_.size, name, float_bits=float_bits),)


def _result(type_: ArgumentType | None) -> Place | None:
    if type_ is None:
        return None
    if type_.kind == "aggregate":
        return Place((), "a struct is returned in memory that the caller provides, whose address is in R1")
    return Place(_in_register(f"{_letter(type_)}0", type_), "results come in R0, L0 or D0")


def _direct_calls(code: bytes, address: int) -> Iterator[int]:
    """The targets of the calls in a run of whole instructions."""
    at = 0
    while (one := decode(code[at:], address + at)) is not None:
        if one.op == "CALL" and one.target is not None:
            yield one.target
        at += one.size


def _frame_setup(code: bytes) -> int:
    """The bytes at a function's start up to where FP points to its frame."""
    at = 0
    while (one := decode(code[at:], at)) is not None and one.op in ("SUB", "MOVE", "NEW"):
        at += one.size
        if one.destination is not None and one.destination.register == "FP" and one.destination.kind == "r":
            return at
    return 0


ISA = Isa(
    name="textbook",
    title="the textbook machine",
    word_size=4,
    byte_order="little",
    elf_machine="EM_TEXTBOOK",
    elf_class=32,
    engine_arch=0,
    engine_mode=0,
    capstone_arch=0,
    capstone_mode=0,
    registers=_REGISTERS,
    pc="PC",
    stack_pointer="SP",
    frame_pointer="FP",
    return_register="RA",
    thread_pointer="",
    tls_offset=None,
    stack_alignment=4,
    red_zone=0,
    cfa_minus_sp_at_entry=0,
    integer_arguments=tuple(f"R{n}" for n in range(1, _MOST["R"] + 1)),
    float_arguments=tuple(f"D{n}" for n in range(1, _MOST["D"] + 1)),
    wide_arguments=tuple(f"L{n}" for n in range(1, _MOST["L"] + 1)),
    integer_results=("R0", "L0"),
    float_results=("D0",),
    system_calls=SystemCalls("", "R0", (), "R0", "textbook"),
    patterns=_PATTERNS,
    prefixes=None,
    repeat_counter=None,
    psabi="textbook machine's calling convention",
    stack_steps={"MOVE": "copy", "SUB": "difference"},
    assign=assign,
    long_double_size=8,
    words=_words,
    frame_setup=_frame_setup,
    direct_calls=_direct_calls,
    stack_top=1 << 32,
    stack_arguments=False,
    simulated=True,
    disassembler=_disassembler,
)
