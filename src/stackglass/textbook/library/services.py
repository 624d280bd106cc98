"""The library's functions by name, and what calls them with the arguments that registers hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from stackglass.isa.textbook_code import NUMBER
from stackglass.textbook import numbers
from stackglass.textbook.library.arguments import InRegisters
from stackglass.textbook.library.heap import Heap
from stackglass.textbook.library.randomness import Random
from stackglass.textbook.library.records import Records
from stackglass.textbook.library.signatures import SIGNATURES
from stackglass.textbook.library.streams import StandardInput
from stackglass.textbook.state import ONE_STEP

if TYPE_CHECKING:
    from stackglass.textbook.machine import Machine

Service = Callable[..., Any]
_services: dict[str, Service] = {}
_NAMES = tuple(SIGNATURES)
_LONGS, _DOUBLES, _SIGNED = "LU", "dFe", "il"


def service(*names: str) -> Callable[[Service], Service]:
    """Makes a function that of these names in C: it is given the `Services`, then the arguments."""

    def add(function: Service) -> Service:
        for name in names:
            _services[name] = function
        return function

    return add


class _Plan(NamedTuple):
    """How a service is called: (register's number, whether to read it without sign), and what its result is."""

    function: Service
    arguments: tuple[tuple[int, bool], ...]
    first: dict[str, int] | None
    """For variable arguments, the first register of each kind that may have one."""
    result: str


class Services:
    """What the library's functions need of the machine, and keep between calls."""

    def __init__(
        self,
        machine: Machine,
        read_input: Callable[[int], bytes],
        write_output: Callable[[int, bytes], None],
        seed: int,
    ) -> None:
        from stackglass.textbook.library import catalogue

        catalogue.load()
        self.machine = machine
        self.memory = machine.memory
        self.heap = Heap(machine)
        self.records = Records(machine, self.heap)
        self.input = StandardInput(read_input)
        self.write_output = write_output
        self.random = Random(seed or 1)
        self.token = 0
        """Where strtok goes on."""
        self.told_time = False
        """Whether the program has asked for the time, which goes on with the steps."""
        self.error_number = 0
        """Where errno is; 0 until somebody asks."""
        self.writer = 0
        """The writer word of the running call."""
        self._plans: dict[int, _Plan] = {}

    def perform(self, index: int, writer: int) -> None:
        """LIB: calls a function with what registers hold, and puts its result into R0, L0 or D0."""
        plan = self._plans.get(index)
        if plan is None:
            plan = self._plans[index] = _plan(_NAMES[index])
        self.writer = writer
        q = self.machine.q
        arguments: list[Any] = [
            int(q[number]) & 0xFFFFFFFF if unsigned else q[number] for number, unsigned in plan.arguments
        ]
        if plan.first is not None:
            arguments.append(InRegisters(q, plan.first))
        value = plan.function(self, *arguments)
        if plan.result in _LONGS:
            q[NUMBER["L0"]] = (int(value) + (1 << 63) & 0xFFFFFFFFFFFFFFFF) - (1 << 63)
        elif plan.result in _DOUBLES:
            q[NUMBER["D0"]] = numbers.rounded(float(value)) if plan.result == "F" else float(value)
        elif plan.result != "v":
            q[0] = (int(value) + (1 << 31) & 0xFFFFFFFF) - (1 << 31)

    # ---- memory ----

    def text(self, address: int, most: int | None = None) -> bytes:
        """The string at an address, without its zero; at most `most` bytes of it."""
        memory = self.memory
        found = bytearray()
        size = 64
        while most is None or len(found) < most:
            size = size if most is None else min(size, most - len(found))
            chunk = self._readable(address + len(found), size)
            end = chunk.find(0)
            if end >= 0:
                return bytes(found + chunk[:end])
            found += chunk
            if len(chunk) < size:
                memory.read_bytes(address + len(found), 1)
            size = min(2 * size, 4096)
        return bytes(found)

    def _readable(self, address: int, size: int) -> bytes:
        """Up to `size` bytes, as far as memory goes."""
        try:
            return self.memory.read_bytes(address, size)
        except IndexError:
            if size == 1:
                raise
        at = 0
        found = bytearray()
        while at < size:
            try:
                found += self.memory.read_bytes(address + at, 1)
            except IndexError:
                break
            at += 1
        return bytes(found) if found else self.memory.read_bytes(address, 1)

    def write(self, address: int, data: bytes) -> None:
        """Writes memory, as the running call."""
        self.memory.write_bytes(address, data, self.writer)

    def write_word(self, address: int, value: int) -> None:
        """Writes a word."""
        self.write(address, (value & 0xFFFFFFFF).to_bytes(4, "little"))

    @property
    def name(self) -> str:
        """The function whose service runs."""
        function = self.machine.program.function_at(self.writer & ONE_STEP - 1)
        return function.name if function is not None else "the library"

    @property
    def step(self) -> int:
        """The machine's time: the step of the running call."""
        return self.writer >> 24

    # ---- going back ----

    def save(self) -> Any:
        """What is kept between calls."""
        return (
            self.heap.save(),
            self.records.save(),
            self.input.save(),
            list(self.random.state),
            self.token,
            self.error_number,
        )

    def restore(self, saved: Any) -> None:
        """Makes it what it was."""
        heap, records, input_, state, self.token, self.error_number = saved
        self.input.restore(input_)
        self.heap.restore(heap)
        self.records.restore(records)
        self.random.state = list(state)


def _plan(name: str) -> _Plan:
    letters = SIGNATURES[name]
    variadic = letters.endswith(".")
    result, parameters = letters[0], letters.rstrip(".")[1:]
    next_ = {"R": 1, "L": 1, "D": 1}
    arguments = []
    for letter in parameters:
        kind = "L" if letter in _LONGS else "D" if letter in _DOUBLES else "R"
        arguments.append((NUMBER[f"{kind}{next_[kind]}"], kind == "R" and letter not in _SIGNED))
        next_[kind] += 1
    return _Plan(_services[name], tuple(arguments), next_ if variadic else None, result)


def implemented() -> frozenset[str]:
    """The names of the functions that there are."""
    from stackglass.textbook.library import catalogue

    catalogue.load()
    return frozenset(_services)
