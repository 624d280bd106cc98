"""The system calls that this kernel answers: a table that fills itself from the modules that answer them.

A handler is declared by the call's prototype, `@system_call("lseek(int fd, offset distance, int whence)")`, takes the
kernel and the arguments as Python integers, and gives the result. Kinds of arguments are `int` and `uint` (32 bits),
`long` and `word` (as wide as a register; addresses and sizes are words), and `offset` (64 bits, signed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

Handler = Callable[..., int]
H = TypeVar("H", bound=Handler)

KINDS = frozenset({"int", "uint", "long", "word", "offset"})


class Parameter(NamedTuple):
    """One argument of a system call."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A system call that has an answer. `topic` is the module that answers, `words` what it does here."""

    name: str
    parameters: tuple[Parameter, ...]
    handler: Handler
    topic: str
    words: str


ENTRIES: dict[str, Entry] = {}
"""By the name that Linux's own table has for it."""


def system_call(prototype: str) -> Callable[[H], H]:
    """Enters the decorated function as the answer to the call of that prototype. ValueError if it doesn't parse."""
    name, parameters = _parse(prototype)

    def enter(handler: H) -> H:
        if name in ENTRIES:
            raise ValueError(f"two answers to {name}")
        words = (handler.__doc__ or "").strip().partition("\n")[0]
        ENTRIES[name] = Entry(name, parameters, handler, handler.__module__.rpartition(".")[2], words)
        return handler

    return enter


def _parse(prototype: str) -> tuple[str, tuple[Parameter, ...]]:
    name, _, rest = prototype.partition("(")
    if not name.isidentifier() or not rest.endswith(")"):
        raise ValueError(f"not a prototype: {prototype}")
    parameters = []
    for piece in rest[:-1].split(",") if rest != ")" else []:
        kind, _, argument = piece.strip().partition(" ")
        if kind not in KINDS or not argument.isidentifier():
            raise ValueError(f"not a prototype: {prototype}")
        parameters.append(Parameter(kind, argument))
    return name, tuple(parameters)
