"""stdio.h: printf and its kin, and reading from standard input. There are no files."""

from __future__ import annotations

import struct
from functools import partial

from stackglass.model import FaultKind
from stackglass.textbook import numbers
from stackglass.textbook.library.arguments import Arguments, InMemory
from stackglass.textbook.library.formatting import formatted
from stackglass.textbook.library.scanning import Input, Stored, scan
from stackglass.textbook.library.services import Services, service
from stackglass.textbook.library.streams import STREAMS, TextInput
from stackglass.textbook.library.strings import error_words
from stackglass.textbook.traps import Trap

EOF = -1
_NUMBERS = {pointer: number for number, pointer in STREAMS.items()}


def _stream(pointer: int) -> int:
    """The number of a stream. A Trap for what is none."""
    if pointer not in _NUMBERS:
        raise Trap(FaultKind.TRAP, f"{pointer:#x} is no stream: there are stdin, stdout and stderr", pointer)
    return _NUMBERS[pointer]


def _put(services: Services, pointer: int, data: bytes) -> int:
    number = _stream(pointer)
    if number == 0:
        return EOF
    services.write_output(number, data)
    return len(data)


def _format(services: Services, format_: int, arguments: Arguments) -> bytes:
    return formatted(services.text(format_), arguments, partial(_string, services), services.write_word)


def _string(services: Services, address: int, most: int | None) -> bytes:
    """What %s writes. A Trap that names it where the argument leads to no memory."""
    try:
        return services.text(address, most)
    except IndexError as error:
        if error.args[:1] != (address,):
            raise
    words = f"{services.name} is given {address:#x} for %s, where no string is"
    raise Trap(FaultKind.UNMAPPED_READ, words, address)


def _print(services: Services, file: int, format_: int, arguments: Arguments) -> int:
    return _put(services, file, _format(services, format_, arguments))


def _store(services: Services, to: int, size: int | None, format_: int, arguments: Arguments) -> int:
    data = _format(services, format_, arguments)
    if size is None:
        services.write(to, data + b"\0")
    elif size:
        services.write(to, data[: size - 1] + b"\0")
    return len(data)


def _allocated(services: Services, to: int, data: bytes) -> int:
    where = services.heap.allocate(len(data) + 1)
    services.write_word(to, where)
    if not where:
        return EOF
    services.write(where, data + b"\0")
    return len(data)


@service("__textbook_stream")
def stream(services: Services, number: int) -> int:
    """The pointer that stands for a stream."""
    return STREAMS[number]


@service("printf")
def printf(services: Services, format_: int, arguments: Arguments) -> int:
    """Writes formatted text to standard output."""
    return _print(services, STREAMS[1], format_, arguments)


@service("fprintf")
def fprintf(services: Services, file: int, format_: int, arguments: Arguments) -> int:
    """Writes formatted text to a stream."""
    return _print(services, file, format_, arguments)


@service("sprintf")
def sprintf(services: Services, to: int, format_: int, arguments: Arguments) -> int:
    """Writes formatted text into memory."""
    return _store(services, to, None, format_, arguments)


@service("snprintf")
def snprintf(services: Services, to: int, size: int, format_: int, arguments: Arguments) -> int:
    """Writes formatted text into memory of a given size."""
    return _store(services, to, size, format_, arguments)


@service("dprintf")
def dprintf(services: Services, number: int, format_: int, arguments: Arguments) -> int:
    """Writes formatted text to stream 1 or 2."""
    data = _format(services, format_, arguments)
    return _put(services, STREAMS[number], data) if number in (1, 2) else EOF


@service("asprintf")
def asprintf(services: Services, to: int, format_: int, arguments: Arguments) -> int:
    """Writes formatted text into a new block of the heap, whose address goes to memory."""
    return _allocated(services, to, _format(services, format_, arguments))


@service("vasprintf")
def vasprintf(services: Services, to: int, format_: int, list_: int) -> int:
    """asprintf with a va_list."""
    return _allocated(services, to, _format(services, format_, InMemory(services.memory, list_)))


@service("vprintf")
def vprintf(services: Services, format_: int, list_: int) -> int:
    """printf with a va_list."""
    return _print(services, STREAMS[1], format_, InMemory(services.memory, list_))


@service("vfprintf")
def vfprintf(services: Services, file: int, format_: int, list_: int) -> int:
    """fprintf with a va_list."""
    return _print(services, file, format_, InMemory(services.memory, list_))


@service("vsprintf")
def vsprintf(services: Services, to: int, format_: int, list_: int) -> int:
    """sprintf with a va_list."""
    return _store(services, to, None, format_, InMemory(services.memory, list_))


@service("vsnprintf")
def vsnprintf(services: Services, to: int, size: int, format_: int, list_: int) -> int:
    """snprintf with a va_list."""
    return _store(services, to, size, format_, InMemory(services.memory, list_))


@service("puts")
def puts(services: Services, text: int) -> int:
    """Writes a line."""
    return _put(services, STREAMS[1], services.text(text) + b"\n")


@service("fputs")
def fputs(services: Services, text: int, file: int) -> int:
    """Writes a string."""
    return _put(services, file, services.text(text))


@service("putchar")
def putchar(services: Services, letter: int) -> int:
    """Writes a character."""
    _put(services, STREAMS[1], bytes([letter & 255]))
    return letter & 255


@service("putc", "fputc")
def putc(services: Services, letter: int, file: int) -> int:
    """Writes a character to a stream."""
    return letter & 255 if _put(services, file, bytes([letter & 255])) >= 0 else EOF


@service("fwrite")
def fwrite(services: Services, data: int, size: int, count: int, file: int) -> int:
    """Writes objects."""
    if size and count:
        _put(services, file, services.memory.read_bytes(data, size * count))
    return count if size else 0


@service("write")
def write(services: Services, number: int, data: int, size: int) -> int:
    """Writes bytes to stream 1 or 2."""
    if number not in (1, 2):
        return -1
    return _put(services, STREAMS[number], services.memory.read_bytes(data, size) if size else b"")


@service("read")
def read(services: Services, number: int, to: int, size: int) -> int:
    """Reads bytes of standard input, a line at most."""
    if number != 0:
        return -1
    data = services.input.line(size) if size else b""
    if data:
        services.write(to, data)
    return len(data)


@service("getchar")
def getchar(services: Services) -> int:
    """Reads a character."""
    return services.input.character()


@service("getc", "fgetc")
def getc(services: Services, file: int) -> int:
    """Reads a character of a stream."""
    return services.input.character() if _stream(file) == 0 else EOF


@service("ungetc")
def ungetc(services: Services, letter: int, file: int) -> int:
    """Puts a character back."""
    return services.input.put_back(letter) if _stream(file) == 0 else EOF


@service("fgets")
def fgets(services: Services, to: int, size: int, file: int) -> int:
    """Reads a line, with its end."""
    line = services.input.line(size - 1) if _stream(file) == 0 and size > 1 else b""
    if not line:
        return 0
    services.write(to, line + b"\0")
    return to


@service("gets")
def gets(services: Services, to: int) -> int:
    """Reads a line, however long it is."""
    line = services.input.line(1 << 30)
    if not line:
        return 0
    services.write(to, line.removesuffix(b"\n") + b"\0")
    return to


@service("fread")
def fread(services: Services, to: int, size: int, count: int, file: int) -> int:
    """Reads objects."""
    if _stream(file) != 0 or not size:
        return 0
    data = bytearray()
    while len(data) < size * count and (line := services.input.line(size * count - len(data))):
        data += line
    if data:
        services.write(to, bytes(data))
    return len(data) // size


def _scan(services: Services, source: Input, format_: int, arguments: Arguments) -> int:
    def store(stored: Stored) -> None:
        where = arguments.word() & 0xFFFFFFFF
        value = stored.value
        if isinstance(value, bytes):
            if stored.allocates:
                block = services.heap.allocate(len(value))
                services.write_word(where, block)
                where = block
            services.write(where, value)
        elif isinstance(value, float):
            held = struct.pack("<d", value) if stored.size == 8 else struct.pack("<f", numbers.rounded(value))
            services.write(where, held)
        else:
            services.write(where, (value & (1 << 8 * stored.size) - 1).to_bytes(stored.size, "little"))

    return scan(services.text(format_), source, store)


@service("scanf")
def scanf(services: Services, format_: int, arguments: Arguments) -> int:
    """Reads values of standard input."""
    return _scan(services, services.input, format_, arguments)


@service("fscanf")
def fscanf(services: Services, file: int, format_: int, arguments: Arguments) -> int:
    """Reads values of a stream."""
    return _scan(services, services.input, format_, arguments) if _stream(file) == 0 else EOF


@service("sscanf")
def sscanf(services: Services, text: int, format_: int, arguments: Arguments) -> int:
    """Reads values of a string."""
    return _scan(services, TextInput(services.text(text)), format_, arguments)


@service("feof")
def feof(services: Services, file: int) -> int:
    """Whether reading came to the end."""
    return int(_stream(file) == 0 and services.input.at_end)


@service("perror")
def perror(services: Services, text: int) -> None:
    """Writes what errno means."""
    where = services.error_number
    number = int.from_bytes(services.memory.read_bytes(where, 4), "little", signed=True) if where else 0
    before = services.text(text) + b": " if text else b""
    _put(services, STREAMS[2], before + error_words(number) + b"\n")


@service("fileno")
def fileno(services: Services, file: int) -> int:
    """A stream's number."""
    return _stream(file)


for _name in ("fflush", "fclose", "ferror", "setvbuf"):
    service(_name)(lambda services, *arguments: 0)
for _name in ("setbuf", "clearerr"):
    service(_name)(lambda services, *arguments: None)
