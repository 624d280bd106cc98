"""Random C signatures, and a program that shows where a compiler really passes their arguments and results.

Each generated function is declared in C but written in assembly: it copies the argument registers and the stack above
its return address into a record, which the program prints. Results go the other way: a C function returns known
bytes, and an assembly stub that calls it records the registers that they come back in.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from stackglass.isa.table import ArgumentType

STACK_BYTES = 1536
REGISTERS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax")
RECORD_SIZE = 8 * len(REGISTERS) + 8 * 16 + STACK_BYTES
RESULT_SIZE = 16 + 32 + 32
HIDDEN_SIZE = 1024


@dataclass(frozen=True)
class CType:
    """A C type: how it is written, what the ABI sees, and which of its bytes carry a value."""

    spelling: str
    abi: ArgumentType
    value_bytes: tuple[int, ...]
    definition: str = ""


def _scalar(spelling: str, kind: str, size: int, value_size: int | None = None, align: int | None = None) -> CType:
    abi = ArgumentType(kind=kind, size=size, align=align or size)  # type: ignore[arg-type]
    return CType(spelling, abi, tuple(range(value_size or size)))


BOOL = _scalar("_Bool", "integer", 1)
SCALARS = (
    BOOL,
    _scalar("char", "integer", 1),
    _scalar("short", "integer", 2),
    _scalar("int", "integer", 4),
    _scalar("long", "integer", 8),
    _scalar("void *", "integer", 8),
    _scalar("float", "float", 4),
    _scalar("double", "float", 8),
    _scalar("long double", "long double", 16, 10),
    _scalar("v16", "float", 16),
)
WIDE = _scalar("__int128", "integer", 16)
_FLOAT, _DOUBLE = SCALARS[6].abi, SCALARS[7].abi
COMPLEX = (
    CType("float _Complex", ArgumentType("complex", 8, 4, ((0, _FLOAT), (4, _FLOAT))), tuple(range(8))),
    CType("double _Complex", ArgumentType("complex", 16, 8, ((0, _DOUBLE), (8, _DOUBLE))), tuple(range(16))),
    CType("long double _Complex", ArgumentType("complex", 32, 16, ((0, SCALARS[8].abi), (16, SCALARS[8].abi))), (*range(10), *range(16, 26))),
)


class Generator:
    """Types and signatures from a seed; `wide` allows __int128, which clang before 18 splits against the psABI."""

    def __init__(self, seed: int, *, wide: bool) -> None:
        self.random = random.Random(seed)
        self.scalars = (*SCALARS, WIDE) if wide else SCALARS
        self.definitions: list[str] = []
        self._count = 0

    def type(self) -> CType:
        """A scalar, a complex number or a struct of up to 80 bytes."""
        choice = self.random.random()
        if choice < 0.5:
            return self.random.choice(self.scalars)
        return self.random.choice(COMPLEX) if choice < 0.56 else self.aggregate()

    def aggregate(self, depth: int = 0) -> CType:
        """A struct or union: plain, packed, over-aligned, with arrays, nested or with bit-fields."""
        shape = self.random.choice(("struct", "struct", "struct", "union", "packed", "bit-fields", "aligned", "empty"))
        if shape == "empty" and self.random.random() < 0.3:
            return self._define("struct", "", "", ArgumentType("aggregate", 0, 1), [])
        if shape == "bit-fields":
            return self._bit_fields()
        members = [self._member(depth) for _ in range(self.random.choice((1, 1, 2, 2, 3, 4)))]
        return self._lay_out(members, shape)

    def _member(self, depth: int) -> tuple[CType, int]:
        """A member's type and its array length, 0 for none."""
        inner = self.aggregate(depth + 1) if depth < 2 and self.random.random() < 0.2 else None
        length = self.random.choice((0, 0, 0, 0, 2, 3))
        return inner or self.random.choice(self.scalars), length

    def _lay_out(self, members: list[tuple[CType, int]], shape: str) -> CType:
        offset = end = 0
        align = 1
        flat: list[tuple[int, ArgumentType]] = []
        value: list[int] = []
        lines = []
        for number, (member, length) in enumerate(members):
            alignment = 1 if shape == "packed" else member.abi.align
            offset = 0 if shape == "union" else -(-offset // alignment) * alignment
            for index in range(length or 1):
                flat.extend(self._flat(member, offset + index * member.abi.size))
                value.extend(offset + index * member.abi.size + byte for byte in member.value_bytes)
            lines.append(f"{member.spelling} m{number}{f'[{length}]' if length else ''};")
            offset += member.abi.size * (length or 1)
            end, align = max(end, offset), max(align, alignment)
        align = 16 if shape == "aligned" else align
        if shape == "union":  # bytes that only a shorter member has may be lost: keep those of the first member
            first, length = members[0]
            value = [index * first.abi.size + byte for index in range(length or 1) for byte in first.value_bytes]
        size = -(-end // align) * align
        attribute = {"packed": " __attribute__((packed))", "aligned": " __attribute__((aligned(16)))"}.get(shape, "")
        keyword = "union" if shape == "union" else "struct"
        abi = ArgumentType("aggregate", size, align, tuple(flat))
        return self._define(keyword, " ".join(lines), attribute, abi, value)

    @staticmethod
    def _flat(member: CType, offset: int) -> list[tuple[int, ArgumentType]]:
        if member.abi.kind != "aggregate":
            return [(offset, member.abi)]
        return [(offset + inner, scalar) for inner, scalar in member.abi.members]

    def _bit_fields(self) -> CType:
        """`unsigned a:w; unsigned b:32-w; float c; int d:8`: integers and floating point around bit-fields."""
        width = self.random.randrange(1, 31)
        byte = ArgumentType("integer", 1, 1)
        parts = [f"unsigned a:{width}; unsigned b:{32 - width};"]
        flat = [(offset, byte) for offset in range(4)]
        value = list(range(4))
        if self.random.random() < 0.6:
            parts.append("float c;")
            flat.append((4, _FLOAT))
            value.extend(range(4, 8))
        size = len(value)
        if self.random.random() < 0.4:
            parts.append("double d;")
            start = 8
            flat.append((start, _DOUBLE))
            value.extend(range(start, start + 8))
            size = start + 8
        align = 8 if size == 16 else 4
        return self._define("struct", " ".join(parts), "", ArgumentType("aggregate", size, align, tuple(flat)), value)

    def _define(self, keyword: str, body: str, attribute: str, abi: ArgumentType, value: list[int]) -> CType:
        name = f"{keyword} t{self._count}"
        self._count += 1
        self.definitions.append(
            f"{keyword}{attribute} t{self._count - 1} {{ {body} }};\n"
            f'_Static_assert(sizeof({name}) == {abi.size} && _Alignof({name}) == {abi.align}, "{name}");'
        )
        return CType(name, abi, tuple(sorted(set(value))))


@dataclass(frozen=True)
class Signature:
    """One function: its argument types, how many of them the prototype names if it is variadic, and the values."""

    arguments: tuple[CType, ...]
    named: int | None
    result: CType | None
    values: tuple[bytes, ...]
    result_value: bytes


def signature(generator: Generator) -> Signature:
    """A random signature with random bytes for its values."""
    chance = generator.random
    arguments = tuple(generator.type() for _ in range(chance.randrange(0, 11)))
    variadic = bool(arguments) and chance.random() < 0.25
    named = chance.randrange(1, len(arguments) + 1) if variadic else None
    if named is not None:
        arguments = arguments[:named] + tuple(_promoted(argument) for argument in arguments[named:])
    result = generator.type() if chance.random() < 0.85 else None
    values = tuple(_value(argument, chance) for argument in arguments)
    return Signature(arguments, named, result, values, _value(result, chance) if result else b"")


def _promoted(argument: CType) -> CType:
    """The default argument promotions, C11 6.5.2.2."""
    if argument.spelling in ("_Bool", "char", "short"):
        return SCALARS[3]
    return SCALARS[7] if argument.spelling == "float" else argument


def _value(kind: CType, chance: random.Random) -> bytes:
    """Random bytes, in which a _Bool is 1 and a long double is a number: others may not survive being copied."""
    raw = bytearray(chance.randbytes(kind.abi.size))
    scalars = kind.abi.members if kind.abi.kind == "aggregate" else ((0, kind.abi),)
    for offset, scalar in scalars:
        if scalar.kind == "integer" and scalar.size == 1:
            raw[offset] = 1
        for start in (offset, offset + 16)[: scalar.kind.count("long double") + scalar.kind.count("complex")]:
            raw[start + 7] |= 0x80
            raw[start + 9] = 0x3F
    return bytes(raw)


_ASSEMBLY = """
__asm__(
    ".intel_syntax noprefix\\n.text\\n"
    "capture:\\n"
    "lea r11, record[rip]\\n"
    %(save)s
    "lea r11, [r11+%(stack_at)d]\\n"
    "xor eax, eax\\n"
    "1: mov r10, [rsp+8+rax]\\n mov [r11+rax], r10\\n add rax, 8\\n cmp rax, %(stack)d\\n jb 1b\\n"
    "mov rax, rdi\\n ret\\n"
    "capture_result:\\n"
    "push rbx\\n mov rbx, rdi\\n lea rdi, hidden[rip]\\n fninit\\n call rbx\\n"
    "lea rbx, record[rip]\\n"
    "mov [rbx], rax\\n mov [rbx+8], rdx\\n movups [rbx+16], xmm0\\n movups [rbx+32], xmm1\\n"
    "fstp tbyte ptr [rbx+48]\\n fstp tbyte ptr [rbx+64]\\n fninit\\n"
    "pop rbx\\n ret\\n"
    ".att_syntax prefix\\n");
"""


def source(definitions: list[str], signatures: list[Signature]) -> str:
    """The C program that prints a record for every signature's arguments, then one for its result."""
    moves = [f"mov [r11+{8 * n}], {name}" for n, name in enumerate(REGISTERS)]
    moves += [f"movups [r11+{8 * len(REGISTERS) + 16 * n}], xmm{n}" for n in range(8)]
    save = "\n".join(f'"{move}\\n"' for move in moves)
    places = {"save": save, "stack_at": RECORD_SIZE - STACK_BYTES, "stack": STACK_BYTES}
    calls = "\n".join(f"  test{n}();" for n in range(len(signatures)))
    return "\n".join(
        [
            "#include <string.h>\n#include <stdio.h>",
            "typedef float v16 __attribute__((vector_size(16)));",
            f"unsigned char record[{RECORD_SIZE}], hidden[{HIDDEN_SIZE}] __attribute__((aligned(64)));",
            "void capture_result(void *);",
            _ASSEMBLY % places,
            # A name for each prototype: a compiler that sees one name with several may convert between them.
            *(f'__asm__(".set capture{number}, capture");' for number in range(len(signatures))),
            *definitions,
            *(_test(number, each) for number, each in enumerate(signatures)),
            "int main(void) {\n  volatile char room[8192]; room[0] = 0;\n" + calls + "\n  return 0;\n}\n",
        ]
    )


def _test(number: int, signature: Signature) -> str:
    named = len(signature.arguments) if signature.named is None else signature.named
    parameters = [argument.spelling for argument in signature.arguments[:named]]
    parameters += ["..."] if signature.named is not None else []
    result = signature.result
    returned = result.spelling if result is not None and result.spelling.startswith(("struct", "union")) else "void"
    lines = [f'{returned} f{number}({", ".join(parameters) or "void"}) __asm__("capture{number}");']
    if result is not None:
        body = f"{_bytes('bytes', signature.result_value)} memcpy(&value, bytes, sizeof value); return value;"
        lines.append(f"static {result.spelling} g{number}(void) {{ {result.spelling} value; {body} }}")
    lines.append(f"static void test{number}(void) {{")
    for index, (argument, value) in enumerate(zip(signature.arguments, signature.values, strict=True)):
        lines.append(f"  {argument.spelling} a{index}; {_bytes(f'b{index}', value)}")
        lines.append(f"  memcpy(&a{index}, b{index}, sizeof a{index});")
    lines.append(f"  f{number}({', '.join(f'a{index}' for index in range(len(signature.arguments)))});")
    lines.append(f"  fwrite(record, {RECORD_SIZE}, 1, stdout);")
    if result is not None:
        lines.append(f"  memset(hidden, 0, sizeof hidden); capture_result((void *)g{number});")
        lines.append(f"  fwrite(record, {RESULT_SIZE}, 1, stdout); fwrite(hidden, {HIDDEN_SIZE}, 1, stdout);")
    return "\n".join([*lines, "}"])


def _bytes(name: str, value: bytes) -> str:
    return f"static const unsigned char {name}[] = {{{', '.join(map(str, value)) or '0'}}};"
