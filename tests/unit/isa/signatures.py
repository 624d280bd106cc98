"""Random C signatures, and a program that shows where a compiler really passes their arguments and results.

Each generated function is declared in C but written in assembly: it copies the argument registers and the stack into a
record, which the program prints. Results go the other way: a C function returns known bytes, and an assembly stub that
calls it records the registers that they come back in.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from stackglass.isa.passing import ArgumentType
from tests.unit.isa.machines import HIDDEN_SIZE, MACHINES, STACK_BYTES, Machine


@dataclass(frozen=True)
class CType:
    """A C type: how it is written, what the ABI sees, and which of its bytes carry a value."""

    spelling: str
    abi: ArgumentType
    value_bytes: tuple[int, ...]
    definition: str = ""
    is_packed_unseen: bool = False
    """Whether it is laid out as if it weren't packed, though it is, so that nobody can tell but by its alignment."""
    asks_alignment: bool = False
    """Whether an attribute asks for more alignment, of it or of something in it."""

    @property
    def is_struct(self) -> bool:
        """Whether it is a struct or a union, and not a scalar or a complex number."""
        return self.spelling.startswith(("struct", "union"))


def scalars_of(machine: Machine) -> dict[str, CType]:
    """By their spelling."""
    return {
        spelling: CType(spelling, ArgumentType(kind=kind, size=size, align=align), tuple(range(value)))  # type: ignore[arg-type]
        for spelling, kind, size, value, align in machine.scalars
    }


def _complex(part: CType) -> CType:
    abi, size = part.abi, part.abi.size
    whole = ArgumentType("complex", 2 * size, abi.align, ((0, abi), (size, abi)))
    return CType(f"{part.spelling} _Complex", whole, (*part.value_bytes, *(size + byte for byte in part.value_bytes)))


_SHAPES = (
    *("struct", "struct", "pair", "alike", "union", "packed", "bit-fields", "empty"),
    *("aligned", "aligned member"),
)


class Generator:
    """Types and signatures from a seed, of those that `compiler` passes as the ABI says."""

    def __init__(self, seed: int, machine: Machine, compiler: str) -> None:
        self.random = random.Random(seed)
        known = scalars_of(machine)
        self.by_name = known
        self.scalars = [kind for name, kind in known.items() if compiler == "gcc" or name not in machine.of_gcc]
        other = () if compiler == "gcc" else machine.of_gcc_in_structs
        self.members = [kind for kind in self.scalars if kind.spelling not in other]
        self.floats = [kind for kind in self.members if kind.abi.kind in ("float", "vector")]
        self.byte_order = machine.isa.byte_order
        of_all = () if compiler != "gcc" and machine.is_complex_of_gcc else ("float", "double", "long double")
        self.complex = [_complex(known[name]) for name in of_all]
        self.complex += [_complex(known["int"]), _complex(known["long long"])] if compiler == "gcc" else []
        self.definitions: list[str] = []

    def type(self) -> CType:
        """A scalar, a complex number or a struct of up to 80 bytes."""
        choice = self.random.random()
        if choice < 0.5:
            return self.random.choice(self.scalars)
        return self.random.choice(self.complex) if self.complex and choice < 0.56 else self.aggregate()

    def aggregate(self, depth: int = 0) -> CType:
        """A struct or union: plain, packed, over-aligned, with arrays, nested, with bit-fields, of members alike."""
        shape = self.random.choice(_SHAPES)
        if shape == "empty" and self.random.random() < 0.3:
            return self._define("struct", "", "", ArgumentType("aggregate", 0, 1), [])
        if shape == "bit-fields":
            return self._bit_fields()
        if shape == "pair":
            members = [(self.random.choice(self.floats), 0), (self.random.choice(self.members), 0)]
            return self._lay_out(self.random.sample(members, 2), "struct")
        if shape == "alike":
            kind = self.random.choice(self.floats)
            lengths = [self.random.choice((0, 0, 1, 2)) for _ in range(self.random.choice((1, 2, 2, 3, 4, 5)))]
            return self._lay_out([(kind, length) for length in lengths], self.random.choice(("struct", "union")))
        members = [self._member(depth) for _ in range(self.random.choice((1, 1, 2, 2, 3, 4)))]
        return self._lay_out(members, shape)

    def _member(self, depth: int) -> tuple[CType, int]:
        """A member's type and its array length, 0 for none."""
        inner = self.aggregate(depth + 1) if depth < 2 and self.random.random() < 0.2 else None
        length = self.random.choice((0, 0, 0, 0, 2, 3))
        return inner or self.random.choice(self.members), length

    def _lay_out(self, members: list[tuple[CType, int]], shape: str) -> CType:
        offset = end = 0
        align = 1
        flat: list[tuple[int, ArgumentType]] = []
        value: list[int] = []
        lines = []
        for number, (member, length) in enumerate(members):
            asked = shape == "aligned member" and not number and not member.is_struct
            alignment = 1 if shape == "packed" else max(member.abi.align, 16 if asked else 1)
            offset = 0 if shape == "union" else -(-offset // alignment) * alignment
            for index in range(length or 1):
                flat.extend(_flat(member, offset + index * member.abi.size))
                value.extend(offset + index * member.abi.size + byte for byte in member.value_bytes)
            attribute = " __attribute__((aligned(16)))" if asked else ""
            lines.append(f"{member.spelling} m{number}{f'[{length}]' if length else ''}{attribute};")
            offset += member.abi.size * (length or 1)
            end, align = max(end, offset), max(align, alignment)
        natural, align = align, 16 if shape == "aligned" else align
        if shape == "union":  # bytes that only a shorter member has may be lost: keep those of the first member
            first, length = members[0]
            value = [index * first.abi.size + byte for index in range(length or 1) for byte in first.value_bytes]
        size = -(-end // align) * align
        attribute = {"packed": " __attribute__((packed))", "aligned": " __attribute__((aligned(16)))"}.get(shape, "")
        keyword = "union" if shape == "union" else "struct"
        holds_union = shape == "union" or any(member.abi.holds_union for member, _ in members)
        own = None if natural == align else natural
        abi = ArgumentType("aggregate", size, align, tuple(flat), own, holds_union, shape == "union")
        unseen = any(member.is_packed_unseen for member, _ in members)
        if shape == "packed":
            strictest = max(member.abi.align for member, _ in members)
            unseen |= not size % strictest and all(not at % scalar.align for at, scalar in flat)
        asks = shape.startswith("aligned") or any(member.asks_alignment for member, _ in members)
        kind = self._define(keyword, " ".join(lines), attribute, abi, value)
        return replace(kind, is_packed_unseen=unseen, asks_alignment=asks)

    def _bit_fields(self) -> CType:
        """`unsigned a:w; unsigned b:32-w; float c; double d`: integers and floating point around bit-fields."""
        width = self.random.randrange(1, 31)
        whole = self.random.random() < 0.3
        parts = [f"unsigned a:{width};"] if whole else [f"unsigned a:{width}; unsigned b:{32 - width};"]
        flat = [(0, _bytes_of_bits(0, width))]
        flat += [] if whole else [(width // 8, _bytes_of_bits(width, 32))]
        value = list(range(width // 8)) if whole else list(range(4))
        size, align = 4, 4
        for name in ("float", "double"):
            if self.random.random() < 0.5:
                member = self.by_name[name]
                start = -(-size // member.abi.align) * member.abi.align
                parts.append(f"{name} {name[0]};")
                flat.append((start, member.abi))
                value.extend(range(start, start + member.abi.size))
                size, align = start + member.abi.size, max(align, member.abi.align)
        size = -(-size // align) * align
        return self._define("struct", " ".join(parts), "", ArgumentType("aggregate", size, align, tuple(flat)), value)

    def _define(self, keyword: str, body: str, attribute: str, abi: ArgumentType, value: list[int]) -> CType:
        number = len(self.definitions)
        name = f"{keyword} t{number}"
        self.definitions.append(
            f"{keyword}{attribute} t{number} {{ {body} }};\n"
            f'_Static_assert(sizeof({name}) == {abi.size} && _Alignof({name}) == {abi.align}, "{name}");'
        )
        return CType(name, abi, tuple(sorted(set(value))), body + attribute)


def _flat(member: CType, offset: int) -> list[tuple[int, ArgumentType]]:
    if not member.abi.is_composite:
        return [(offset, member.abi)]
    return [(offset + inner, scalar.within(member.abi.align)) for inner, scalar in member.abi.members]


def _bytes_of_bits(first: int, end: int) -> ArgumentType:
    return ArgumentType("integer", -(-end // 8) - first // 8, 1)


@dataclass(frozen=True)
class Signature:
    """One function: its argument types, how many of them the prototype names if it is variadic, and the values."""

    arguments: tuple[CType, ...]
    named: int | None
    result: CType | None
    values: tuple[bytes, ...]
    result_value: bytes

    @property
    def declared_result(self) -> CType | None:
        """The result that the function which takes the arguments is declared with: only a struct's matters to them."""
        return self.result if self.result is not None and self.result.is_struct else None


def signature(generator: Generator) -> Signature:
    """A random signature with random bytes for its values."""
    chance = generator.random
    arguments = tuple(generator.type() for _ in range(chance.randrange(0, 11)))
    variadic = bool(arguments) and chance.random() < 0.25
    named = chance.randrange(1, len(arguments) + 1) if variadic else None
    if named is not None:
        arguments = arguments[:named] + tuple(_promoted(argument, generator) for argument in arguments[named:])
    result = generator.type() if chance.random() < 0.85 else None
    values = tuple(_value(argument, chance, generator.byte_order) for argument in arguments)
    return Signature(arguments, named, result, values, _value(result, chance, generator.byte_order) if result else b"")


def _promoted(argument: CType, generator: Generator) -> CType:
    """The default argument promotions, C11 6.5.2.2."""
    if argument.spelling in ("_Bool", "char", "short"):
        return generator.by_name["int"]
    return generator.by_name["double"] if argument.spelling == "float" else argument


def _value(kind: CType, chance: random.Random, byte_order: str) -> bytes:
    """Random bytes, in which a _Bool is 1 and a floating-point number is one: others may not survive being copied."""
    raw = bytearray(chance.randbytes(kind.abi.size))
    scalars = kind.abi.members if kind.abi.is_composite else ((0, kind.abi),)
    for offset, scalar in scalars:
        if scalar.kind == "float":
            raw[offset + (scalar.size - 1 if byte_order == "little" else 0)] = 0x3F
        if scalar.kind == "long double":
            raw[offset + 7] |= 0x80
            raw[offset + 9] = 0x3F
    for offset, scalar in scalars:
        if scalar.kind == "integer" and scalar.size == 1:
            raw[offset] = 1
    return bytes(raw)


_VECTORS = """
typedef float v8 __attribute__((vector_size(8)));
typedef float v16 __attribute__((vector_size(16)));
"""
_SUPPORT = """
void put(const void *, long);
void capture_result(void *);
void *memcpy(void *to, const void *from, __SIZE_TYPE__ size) {
  for (__SIZE_TYPE__ i = 0; i < size; i++) ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}
void *memset(void *to, int value, __SIZE_TYPE__ size) {
  for (__SIZE_TYPE__ i = 0; i < size; i++) ((volatile char *)to)[i] = value;
  return to;
}
void *memmove(void *to, const void *from, __SIZE_TYPE__ size) {
  if ((char *)to <= (const char *)from) return memcpy(to, from, size);
  while (size--) ((volatile char *)to)[size] = ((const char *)from)[size];
  return to;
}
"""
_ARM_SUPPORT = """
void __aeabi_memcpy(void *to, const void *from, __SIZE_TYPE__ size) { memcpy(to, from, size); }
void __aeabi_memcpy4(void *to, const void *from, __SIZE_TYPE__ size) { memcpy(to, from, size); }
void __aeabi_memcpy8(void *to, const void *from, __SIZE_TYPE__ size) { memcpy(to, from, size); }
void __aeabi_memset(void *to, __SIZE_TYPE__ size, int value) { memset(to, value, size); }
void __aeabi_memclr(void *to, __SIZE_TYPE__ size) { memset(to, 0, size); }
void __aeabi_memclr4(void *to, __SIZE_TYPE__ size) { memset(to, 0, size); }
void __aeabi_memclr8(void *to, __SIZE_TYPE__ size) { memset(to, 0, size); }
"""


def support(machine: Machine) -> str:
    """What every program needs: types, and functions that compilers call by themselves."""
    return _VECTORS + _SUPPORT + (_ARM_SUPPORT if machine.isa.name == "arm" else "")


def record_size(machine: Machine) -> int:
    """Bytes of what is kept of one call's arguments."""
    return machine.stack_at + STACK_BYTES


def result_size(machine: Machine) -> int:
    """Bytes of the registers that are kept of one call's result."""
    return sum(size for _, size in machine.results)


def source(machine: Machine, definitions: list[str], signatures: list[Signature]) -> str:
    """The C program that prints a record for every signature's arguments, then one for its result."""
    assembly = "\n".join(f'"{line}\\n"' for line in (".text\n" + machine.assembly).splitlines())
    names = ("_start", "put", "capture_result")
    calls = "\n".join(f"  test{number}();" for number in range(len(signatures)))
    return "\n".join(
        [
            support(machine),
            f"unsigned char record[{record_size(machine)}] __attribute__((aligned(64)));",
            f"unsigned char hidden[{HIDDEN_SIZE}] __attribute__((aligned(64)));",
            f"__asm__({assembly});",
            *(f'__asm__(".globl {name}");' for name in names),
            # A name for each prototype: a compiler that sees one name with several may convert between them.
            *(f'__asm__(".set capture{number}, {_stub(each)}");' for number, each in enumerate(signatures)),
            *definitions,
            *(_test(machine, number, each) for number, each in enumerate(signatures)),
            'int main(void) {\n  char room[16384]; __asm__ volatile("" :: "r"(room) : "memory");\n'
            + calls
            + "\n  return 0;\n}\n",
        ]
    )


def _stub(signature: Signature) -> str:
    return "capture" if signature.declared_result is None else "capture_memory"


def _test(machine: Machine, number: int, signature: Signature) -> str:
    named = len(signature.arguments) if signature.named is None else signature.named
    parameters = [argument.spelling for argument in signature.arguments[:named]]
    parameters += ["..."] if signature.named is not None else []
    result, declared = signature.result, signature.declared_result
    returned = declared.spelling if declared is not None else "void"
    lines = [f'{returned} f{number}({", ".join(parameters) or "void"}) __asm__("capture{number}");']
    if result is not None:
        body = f"{_bytes('bytes', signature.result_value)} __builtin_memcpy(&value, bytes, sizeof value); return value;"
        lines.append(f"static {result.spelling} g{number}(void) {{ {result.spelling} value; {body} }}")
    lines.append(f"static void __attribute__((noinline)) test{number}(void) {{")
    for index, (argument, value) in enumerate(zip(signature.arguments, signature.values, strict=True)):
        lines.append(f"  {argument.spelling} a{index}; {_bytes(f'b{index}', value)}")
        lines.append(f"  __builtin_memcpy(&a{index}, b{index}, sizeof a{index});")
    lines.append(f"  f{number}({', '.join(f'a{index}' for index in range(len(signature.arguments)))});")
    lines.append(f"  put(record, {record_size(machine)});")
    if result is not None:
        lines.append(f"  memset(hidden, 0, sizeof hidden); capture_result((void *)g{number});")
        lines.append(f"  put(record, {result_size(machine)}); put(hidden, {HIDDEN_SIZE});")
    return "\n".join([*lines, "}"])


def _bytes(name: str, value: bytes) -> str:
    return f"static const unsigned char {name}[] = {{{', '.join(map(str, value)) or '0'}}};"


def machine(name: str) -> Machine:
    """The machine of that name."""
    return next(machine for machine in MACHINES if machine.name == name)
