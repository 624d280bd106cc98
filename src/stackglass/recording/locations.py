"""WHERE: moments of a run, as people name them.

    deepest                         the call of an own function in which SP got lowest, at its last statement
    main   FUNC   FUNC#3            the first, the third call of a function: where its body begins
    FUNC:entry   FUNC#2:return      before its first instruction, before its return instruction
    LINE   FILE:LINE   LINE#2       before a source line, the first or second time
    code at 0x401136                the first call of a function without a name, by where it begins
    0x401136   0x401136#2           before the instruction at an address
    step:N   crash   end            a step, the fault, the last step

C++ names are written as in C++ (`ns::Stack::push`, `operator+`, `f(int)` for one of several overloads). A name in
quotes is always a function's, whatever is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from stackglass.errors import LocationError

CallMoment = Literal["body", "entry", "return"]


@dataclass(frozen=True, slots=True)
class Deepest:
    """The call in which SP got lowest, shown when its variables have been written."""

    def __str__(self) -> str:
        return "deepest"


@dataclass(frozen=True, slots=True)
class CallOf:
    """The call number `number` (from 1) of a function: where its body begins, at its entry or before its return."""

    function: str
    number: int = 1
    moment: CallMoment = "body"

    def __str__(self) -> str:
        number = f"#{self.number}" if self.number > 1 else ""
        name = self.function if _reads_as_name(self.function) else f"'{self.function}'"
        return f"{name}{number}{'' if self.moment == 'body' else ':' + self.moment}"


@dataclass(frozen=True, slots=True)
class LineArrival:
    """The `arrival`-th time (from 1) that a source line is reached; `file` None is the program's main source."""

    file: str | None
    line: int
    arrival: int = 1

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file is not None else f"{self.line}"
        return place if self.arrival == 1 else f"{place}#{self.arrival}"


@dataclass(frozen=True, slots=True)
class AddressArrival:
    """The `arrival`-th time (from 1) that the instruction at `address` is about to run."""

    address: int
    arrival: int = 1

    def __str__(self) -> str:
        return f"{self.address:#x}" if self.arrival == 1 else f"{self.address:#x}#{self.arrival}"


@dataclass(frozen=True, slots=True)
class AtStep:
    """The state before the `step`-th instruction, from 0."""

    step: int

    def __str__(self) -> str:
        return f"step:{self.step}"


@dataclass(frozen=True, slots=True)
class Crash:
    """Where the program stopped before its end."""

    def __str__(self) -> str:
        return "crash"


@dataclass(frozen=True, slots=True)
class End:
    """The last step."""

    def __str__(self) -> str:
        return "end"


Where = Deepest | CallOf | LineArrival | AddressArrival | AtStep | Crash | End

GRAMMAR = "deepest, FUNC, FUNC#3, FUNC:entry, FUNC:return, LINE, FILE:LINE, LINE#2, step:N, crash or end"

_WORDS: dict[str, Where] = {"deepest": Deepest(), "crash": Crash(), "end": End()}

_COUNT = r"(?:#(?P<count>[^#:]*))?"
_ADDRESS = re.compile(rf"(?P<address>0[xX][0-9a-fA-F]{{1,16}}){_COUNT}")
_NAMELESS = re.compile(r"code at (?P<address>0[xX][0-9a-fA-F]{1,16})(?P<rest>[#:].*)?")
_LINE = re.compile(rf"(?:(?P<file>.+[^:]):)?(?P<line>[0-9]{{1,18}}){_COUNT}")
_DECIMAL = re.compile("[0-9]{1,18}")
_STEP = re.compile(r"step:(?P<step>.*)")
_QUOTED = re.compile(r"(?P<quote>['\"])(?P<name>.+)(?P=quote)(?P<rest>[#:].*)?")
_SUFFIXES = re.compile(r"(?:#(?P<before>[^#:]*))?(?::(?P<moment>[^#:]*))?(?:#(?P<after>[^#:]*))?")

_COMPONENT = r"(?:~?[A-Za-z_$][\w$]*(?:\.[\w$]+)*|\([^()]*\))"
_OPERATOR = (
    r"operator\s*(?:\(\)|\[\]|->\*?|<=>|(?:new|delete)(?:\[\])?|[-+*/%^&|~!=<>]{1,3}|,|\"\"\s*\w+|[A-Za-z_][\w:<>* &]*)"
)
_NAME = re.compile(
    rf"(?P<name>(?:::)?(?:{_COMPONENT}(?:<.*>)?::)*(?:{_OPERATOR}|{_COMPONENT})(?:<.*>)?(?:\(.*\))?(?:\s*const)?)"
    rf"(?P<rest>(?:#|:(?!:)).*)?"
)


def parse(text: str) -> Where:
    """The moment that `text` names. LocationError if it names none."""
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    if match := _STEP.fullmatch(text):
        return AtStep(_step(match["step"], text))
    if match := _NAMELESS.fullmatch(text):
        return _call(f"code at {int(match['address'], 16):#x}", match["rest"] or "", text)
    if match := _ADDRESS.fullmatch(text):
        return AddressArrival(int(match["address"], 16), _number(match["count"], text))
    if match := _QUOTED.fullmatch(text):
        return _call(match["name"], match["rest"] or "", text)
    if match := _LINE.fullmatch(text):
        return LineArrival(match["file"], _line(match["line"], text), _number(match["count"], text))
    if match := _NAME.fullmatch(text):
        return _call(match["name"], match["rest"] or "", text)
    raise LocationError(f"'{text}' names no moment of a run", help=f"a moment is {GRAMMAR}")


def _reads_as_name(text: str) -> bool:
    match = _NAME.fullmatch(text)
    return match is not None and match["rest"] is None and text not in _WORDS


def _call(name: str, suffixes: str, text: str) -> CallOf:
    match = _SUFFIXES.fullmatch(suffixes)
    if match is None or (match["before"] is not None and match["after"] is not None):
        raise LocationError(f"'{suffixes}' in '{text}' cannot be read", help="write FUNC#2:return, for instance")
    count = match["before"] if match["before"] is not None else match["after"]
    return CallOf(name, _number(count, text), _moment(match["moment"], text))


def _moment(word: str | None, text: str) -> CallMoment:
    if word is None:
        return "body"
    if word == "entry":
        return "entry"
    if word == "return":
        return "return"
    raise LocationError(
        f"':{word}' in '{text}' is no moment of a call", help="a call has FUNC (its body), FUNC:entry and FUNC:return"
    )


def _number(digits: str | None, text: str) -> int:
    if digits is None:
        return 1
    if not _DECIMAL.fullmatch(digits) or int(digits) == 0:
        raise LocationError(f"'#{digits}' in '{text}' is no count", help="#1 is the first time, #2 the second")
    return int(digits)


def _line(digits: str, text: str) -> int:
    if int(digits) == 0:
        raise LocationError(f"there is no line 0 in '{text}'", help="lines count from 1")
    return int(digits)


def _step(digits: str, text: str) -> int:
    if not _DECIMAL.fullmatch(digits):
        raise LocationError(f"'{text}' has no step number", help="write step:0 for the first instruction")
    return int(digits)
