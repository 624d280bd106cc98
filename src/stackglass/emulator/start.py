"""The stack of a process at its first instruction: argc, argv, envp, auxv and what they point at (psABI 3.4.1).

The order is the kernel's own (fs/exec.c, create_elf_tables in fs/binfmt_elf.c), from high addresses down: an empty
word, the program's path, the strings of the environment, those of the arguments, the platform's name, 16 random bytes,
then the words, of which argc, at SP, comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.emulator.kernel.clock import TICKS_A_SECOND
from stackglass.emulator.kernel.process import USER
from stackglass.emulator.kernel.randomness import Randomness
from stackglass.emulator.kernel.world import World
from stackglass.emulator.loader import Loaded
from stackglass.emulator.memory import PAGE, Memory
from stackglass.errors import UsageError
from stackglass.isa import Isa
from stackglass.model import Pointee, PointeeKind, StartItem

_RANDOM_SIZE = 16
_ALIGNMENT = 16

_CODES = {
    "AT_NULL": 0,
    "AT_PHDR": 3,
    "AT_PHENT": 4,
    "AT_PHNUM": 5,
    "AT_PAGESZ": 6,
    "AT_BASE": 7,
    "AT_FLAGS": 8,
    "AT_ENTRY": 9,
    "AT_UID": 11,
    "AT_EUID": 12,
    "AT_GID": 13,
    "AT_EGID": 14,
    "AT_PLATFORM": 15,
    "AT_HWCAP": 16,
    "AT_CLKTCK": 17,
    "AT_SECURE": 23,
    "AT_RANDOM": 25,
    "AT_HWCAP2": 26,
    "AT_EXECFN": 31,
}


@dataclass(frozen=True, slots=True)
class Begun:
    """A process at its first instruction: registers by full-width name, and what lies on its stack, high to low."""

    registers: Mapping[str, int]
    items: tuple[StartItem, ...]


class _Builder:
    """Puts words and strings on the stack from high addresses down, and says what each is."""

    def __init__(self, isa: Isa, high: int) -> None:
        self._isa = isa
        self._high = high
        self.at = high
        self.items: list[StartItem] = []

    def put(self, data: bytes, name: str, value: str, points_to: Pointee | None = None) -> int:
        """Puts bytes below what there is; their address."""
        self.at -= len(data)
        if data:
            self.items.append(StartItem(self.at, len(data), name, value, data, points_to))
        return self.at

    def string(self, text: str, name: str) -> Pointee:
        """Puts a string with its NUL."""
        data = text.encode("utf-8", "surrogateescape")
        address = self.put(data + b"\0", name, f'"{_printable(text)}"')
        return Pointee(PointeeKind.STRING, address, text=_printable(text))

    def pad_to(self, address: int) -> None:
        """Fills up with zeros down to an address."""
        self.put(bytes(self.at - address), "padding", "")

    def words(self, name: str, value: str, *words: int, points_to: Pointee | None = None) -> None:
        """Puts words, the first at the lowest address."""
        size = self._isa.word_size
        self.put(b"".join(word.to_bytes(size, self._isa.byte_order) for word in words), name, value, points_to)

    @property
    def data(self) -> bytes:
        """All bytes, low addresses first."""
        return b"".join(item.bytes for item in reversed(self.items))


class _Vector(NamedTuple):
    """One entry of auxv: how its value is told, and what it points at."""

    name: str
    number: int
    value: str
    points_to: Pointee | None = None


def begin(loaded: Loaded, memory: Memory, isa: Isa, world: World, environment: Mapping[str, str]) -> Begun:
    """Fills the loaded program's stack; gives that, and the registers it starts with. UsageError if it is too much."""
    low, high = loaded.stack
    builder = _Builder(isa, high)
    builder.words("end of stack", "0", 0)
    path = builder.string(world.program, "program's path")
    variables = [f"{name}={value}" for name, value in environment.items()]
    envp = _strings(builder, variables, "envp")
    argv = _strings(builder, world.arguments, "argv")
    if high - builder.at > (high - low) // 4:
        size = high - builder.at
        raise UsageError(f"the arguments and the environment have {size} bytes, more than a quarter of the stack")
    builder.pad_to(builder.at & -_ALIGNMENT)
    auxv = list(_auxv(builder, loaded, isa, world, path))
    words = 1 + len(argv) + 1 + len(envp) + 1 + 2 * len(auxv)
    builder.pad_to((builder.at - words * isa.word_size & -_ALIGNMENT) + words * isa.word_size)
    _put_words(builder, argv, envp, auxv)
    memory.write(builder.at, builder.data)
    return Begun(_registers(isa, loaded.first_pc, builder.at), tuple(builder.items))


def _strings(builder: _Builder, texts: Sequence[str], name: str) -> list[Pointee]:
    """Puts strings so that the first is lowest."""
    last_to_first = [builder.string(texts[at], f"string of {name}[{at}]") for at in range(len(texts) - 1, -1, -1)]
    return last_to_first[::-1]


def _auxv(builder: _Builder, loaded: Loaded, isa: Isa, world: World, path: Pointee) -> Iterator[_Vector]:
    """The entries of auxv in the kernel's order; puts what only they point at."""
    hardware = isa.hardware
    platform_name = builder.string(hardware.name, "platform's name") if hardware and hardware.name else None
    data = Randomness(world.seed).named("AT_RANDOM", _RANDOM_SIZE)
    random = Pointee(PointeeKind.STACK, builder.put(data, "random bytes", data.hex(" ")), name="random bytes")
    headers, header_size, header_count = loaded.program.image.program_headers
    base = loaded.interpreter.bias if loaded.interpreter else 0
    if hardware:
        yield _Vector("AT_HWCAP", hardware.abilities, f"{hardware.abilities:#x}")
    yield _decimal("AT_PAGESZ", PAGE)
    yield _decimal("AT_CLKTCK", TICKS_A_SECOND)
    yield _pointing("AT_PHDR", Pointee(PointeeKind.DATA, headers + loaded.bias, name="program headers"))
    yield _decimal("AT_PHENT", header_size)
    yield _decimal("AT_PHNUM", header_count)
    yield _Vector("AT_BASE", base, f"{base:#x}")
    yield _decimal("AT_FLAGS", 0)
    yield _pointing("AT_ENTRY", Pointee(PointeeKind.CODE, loaded.program.entry))
    for name in ("AT_UID", "AT_EUID", "AT_GID", "AT_EGID"):
        yield _decimal(name, USER)
    yield _decimal("AT_SECURE", 0)
    yield _pointing("AT_RANDOM", random)
    yield _Vector("AT_HWCAP2", 0, "0x0")
    yield _pointing("AT_EXECFN", path)
    if platform_name:
        yield _pointing("AT_PLATFORM", platform_name)
    yield _decimal("AT_NULL", 0)


def _decimal(name: str, number: int) -> _Vector:
    return _Vector(name, number, str(number))


def _pointing(name: str, pointee: Pointee) -> _Vector:
    return _Vector(name, pointee.address, f"{pointee.address:#x}", pointee)


def _put_words(builder: _Builder, argv: Sequence[Pointee], envp: Sequence[Pointee], auxv: Sequence[_Vector]) -> None:
    """The words from auxv's last entry down to argc."""
    for entry in reversed(auxv):
        builder.words(entry.name, entry.value, _CODES[entry.name], entry.number, points_to=entry.points_to)
    for name, pointees in (("envp", envp), ("argv", argv)):
        builder.words(f"{name}[{len(pointees)}]", "0", 0)
        for at in range(len(pointees) - 1, -1, -1):
            pointee = pointees[at]
            builder.words(f"{name}[{at}]", f"{pointee.address:#x}", pointee.address, points_to=pointee)
    builder.words("argc", str(len(argv)), len(argv))


def _registers(isa: Isa, pc: int, sp: int) -> dict[str, int]:
    """Zero in every general register but SP."""
    general = {register.name: 0 for register in isa.registers if register.kind == "general"}
    return {**general, **isa.start_registers, isa.pc: pc, isa.stack_pointer: sp}


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
