"""stdlib.h, time.h, assert.h, errno.h and what else a program asks of its surroundings."""

from __future__ import annotations

from stackglass.model import FaultKind
from stackglass.textbook.library.floating import floating
from stackglass.textbook.library.scanning import integer
from stackglass.textbook.library.services import Services, service
from stackglass.textbook.traps import Ended, Trap

EDOM, ERANGE, EINVAL = 33, 34, 22
_START = 1_704_067_200


def set_errno(services: Services, number: int) -> None:
    """Sets errno."""
    services.write_word(errno_location(services), number)


@service("__errno_location")
def errno_location(services: Services) -> int:
    """Where errno is."""
    if not services.error_number:
        services.error_number = services.heap.take(4)
    return services.error_number


@service("malloc")
def malloc(services: Services, size: int) -> int:
    """A block of the heap."""
    return services.heap.allocate(size)


@service("calloc")
def calloc(services: Services, count: int, size: int) -> int:
    """A block of zeroes."""
    if count * size >= 1 << 31:
        return 0
    where = services.heap.allocate(count * size)
    if where and count * size:
        services.write(where, bytes(count * size))
    return where


@service("aligned_alloc")
def aligned_alloc(services: Services, alignment: int, size: int) -> int:
    """A block at a multiple of a power of two."""
    if alignment & alignment - 1 or not alignment:
        set_errno(services, EINVAL)
        return 0
    return services.heap.allocate(size, alignment)


@service("realloc")
def realloc(services: Services, old: int, size: int) -> int:
    """A block with what another one held."""
    if not old:
        return services.heap.allocate(size)
    if not size:
        services.heap.free(old)
        return 0
    known = services.heap.blocks.get(old)
    if known is None:
        raise Trap(FaultKind.ABORT, f"realloc of {old:#x}, which is no block of malloc's (or was freed before)", old)
    where = services.heap.allocate(size)
    if where:
        kept = min(known, size)
        if kept:
            services.write(where, services.memory.read_bytes(old, kept))
        services.heap.free(old)
    return where


@service("free")
def free(services: Services, block: int) -> None:
    """Gives a block back."""
    services.heap.free(block)


@service("exit", "_Exit", "_exit")
def exit_(services: Services, status: int) -> None:
    """Ends the program."""
    raise Ended(status & 0xFF)


@service("abort")
def abort(services: Services) -> None:
    """Ends the program as a failure."""
    raise Trap(FaultKind.ABORT, "abort was called")


@service("__assert_fail")
def assert_fail(services: Services, condition: int, file: int, line: int, function: int) -> None:
    """An assertion that does not hold."""
    words = [services.text(where).decode("utf-8", "replace") for where in (file, function, condition)]
    name = words[0].rsplit("/", 1)[-1]
    sentence = f"{name}:{line}: {words[1]}: Assertion `{words[2]}' failed."
    services.write_output(2, sentence.encode() + b"\n")
    raise Trap(FaultKind.ABORT, f"an assertion failed: {words[2]} ({name}:{line})")


def _to_number(services: Services, text: int, end: int, base: int, low: int, high: int) -> int:
    if base < 0 or base == 1 or base > 36:
        set_errno(services, EINVAL)
        return 0
    value, size = integer(services.text(text), base)
    if end:
        services.write_word(end, text + size)
    if low <= value <= high:
        return value
    set_errno(services, ERANGE)
    return low if value < low else high


@service("strtol")
def strtol(services: Services, text: int, end: int, base: int) -> int:
    """A long from a string."""
    return _to_number(services, text, end, base, -(1 << 31), (1 << 31) - 1)


@service("strtoul")
def strtoul(services: Services, text: int, end: int, base: int) -> int:
    """An unsigned long from a string."""
    return _to_number(services, text, end, base, -(1 << 32) + 1, (1 << 32) - 1)


@service("strtoll", "strtoimax")
def strtoll(services: Services, text: int, end: int, base: int) -> int:
    """A long long from a string."""
    return _to_number(services, text, end, base, -(1 << 63), (1 << 63) - 1)


@service("strtoull", "strtoumax")
def strtoull(services: Services, text: int, end: int, base: int) -> int:
    """An unsigned long long from a string."""
    return _to_number(services, text, end, base, -(1 << 64) + 1, (1 << 64) - 1)


@service("atoi", "atol", "atoll")
def atoi(services: Services, text: int) -> int:
    """A whole number from a string."""
    return integer(services.text(text), 10)[0]


def _to_floating(services: Services, text: int, end: int, *, single: bool) -> float:
    found = floating(services.text(text), single=single)
    if end:
        services.write_word(end, text + found.size)
    if found.is_out_of_range:
        set_errno(services, ERANGE)
    return found.value


@service("strtod", "strtold")
def strtod(services: Services, text: int, end: int) -> float:
    """A double from a string."""
    return _to_floating(services, text, end, single=False)


@service("strtof")
def strtof(services: Services, text: int, end: int) -> float:
    """A float from a string."""
    return _to_floating(services, text, end, single=True)


@service("atof")
def atof(services: Services, text: int) -> float:
    """A double from a string."""
    return floating(services.text(text)).value


@service("rand")
def rand(services: Services) -> int:
    """The next random number."""
    return services.random.next()


@service("srand")
def srand(services: Services, seed: int) -> None:
    """Begins another row of random numbers."""
    services.random.seed(seed)


@service("abs", "labs", "llabs", "imaxabs")
def absolute(services: Services, value: int) -> int:
    """Without sign."""
    return abs(value)


@service("getenv")
def getenv(services: Services, name: int) -> int:
    """There is no environment."""
    return 0


@service("system")
def system(services: Services, command: int) -> int:
    """There is no command processor."""
    return 0


@service("time")
def time(services: Services, where: int) -> int:
    """The time: a step takes a nanosecond, from 2024-01-01 on, as in the emulator."""
    services.told_time = True
    now = _START + services.step // 1_000_000_000
    if where:
        services.write_word(where, now)
    return now


@service("clock")
def clock(services: Services) -> int:
    """Microseconds: a step takes a nanosecond."""
    services.told_time = True
    return services.step // 1000 & 0x7FFFFFFF


@service("difftime")
def difftime(services: Services, end: int, start: int) -> float:
    """Seconds between two times."""
    return float(end - start)


@service("sleep", "usleep")
def sleep(services: Services, duration: int) -> int:
    """Nobody has to wait."""
    return 0
