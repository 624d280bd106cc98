"""math.h. errno is set as glibc sets it (C11 7.12.1): EDOM where there is no value, ERANGE where it is out of range."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from fractions import Fraction

from stackglass.textbook.library.general import EDOM, ERANGE, set_errno
from stackglass.textbook.library.services import Services, service
from stackglass.textbook.library.signatures import MATH1, MATH2
from stackglass.textbook.numbers import rounded

_LEAST = -(1 << 31)
_NAN, _INFINITE, _ZERO, _SUBNORMAL, _NORMAL = range(5)
"""What fpclassify tells; math.h has the same numbers."""


def _round(x: float) -> float:
    if abs(x) >= 1 << 52:
        return x
    whole = math.trunc(x)
    return math.copysign(float(abs(whole) + (abs(x - whole) >= 0.5)), x)


def _nearest(x: float) -> float:
    return math.copysign(float(round(x)), x) if abs(x) < 1 << 52 else x


def _gamma(x: float) -> float:
    return math.copysign(math.inf, x) if x == 0 else math.gamma(x)


def _log_gamma(x: float) -> float:
    return math.inf if x <= 0 and math.isfinite(x) and x == math.floor(x) else math.lgamma(x)


def _exponent(x: float) -> float:
    """logb's."""
    if x == 0:
        return -math.inf
    return float(math.frexp(x)[1] - 1) if math.isfinite(x) else abs(x)


def _log(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: -math.inf if x == 0 else function(x)


def _power(x: float, y: float) -> float:
    if x == 0 and y < 0:
        return math.copysign(math.inf, x) if y == int(y) and int(y) % 2 else math.inf
    return math.pow(x, y)


_ONE: dict[str, Callable[[float], float]] = {
    **{
        name: getattr(math, name)
        for name in (
            "acos",
            "asin",
            "atan",
            "cos",
            "sin",
            "tan",
            "acosh",
            "asinh",
            "cosh",
            "sinh",
            "tanh",
            "exp",
            "exp2",
            "expm1",
            "cbrt",
            "erf",
            "erfc",
        )
    },
    "atanh": lambda x: math.copysign(math.inf, x) if abs(x) == 1 else math.atanh(x),
    "log": _log(math.log),
    "log10": _log(math.log10),
    "log2": _log(math.log2),
    "sqrt": lambda x: math.sqrt(x) if x != 0 else x,
    "fabs": math.fabs,
    "ceil": lambda x: math.copysign(float(math.ceil(x)), x),
    "floor": lambda x: math.copysign(float(math.floor(x)), x),
    "trunc": lambda x: math.copysign(float(math.trunc(x)), x),
    "round": _round,
    "rint": _nearest,
    "nearbyint": _nearest,
    "tgamma": _gamma,
    "lgamma": _log_gamma,
    "log1p": lambda x: -math.inf if x == -1 else math.log1p(x),
    "logb": _exponent,
}
_TWO: dict[str, Callable[[float, float], float]] = {
    "pow": _power,
    "fmod": math.fmod,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "fmax": lambda x, y: y if math.isnan(x) else x if math.isnan(y) else max(x, y),
    "fmin": lambda x, y: y if math.isnan(x) else x if math.isnan(y) else min(x, y),
    "fdim": lambda x, y: 0.0 if x <= y else x - y,
    "copysign": math.copysign,
    "remainder": math.remainder,
    "nextafter": math.nextafter,
}
_ROUNDING = frozenset(("ceil", "floor", "trunc", "round", "rint", "nearbyint"))
_UNDERFLOWING = frozenset(("exp", "exp2", "pow", "tgamma", "erfc", "atan2"))
"""Those whose result is 0 where it is too small (C11 7.12.1p6), two of them where their first argument is not 0."""
_LEAST_NORMAL = {float: 2.0**-1022, rounded: 2.0**-126}
_WITHOUT_ERRORS = frozenset((*_ROUNDING, "logb"))


def _computed(name: str, function: Callable[..., float], *arguments: float) -> float:
    """IEEE 754's answer where Python raises: infinity where it is too large, else NaN."""
    if name in _ROUNDING and not math.isfinite(arguments[0]):
        return arguments[0]
    try:
        return function(*arguments)
    except OverflowError:
        negative = name in ("sinh", "pow") and arguments[0] < 0 and (name == "sinh" or arguments[1] % 2 == 1)
        return -math.inf if negative else math.inf
    except ValueError:
        return -math.nan


def _tell(services: Services, result: float, arguments: tuple[float, ...], *, may_be_zero: bool) -> None:
    """Sets errno if the result is an error."""
    if any(map(math.isnan, arguments)):
        return
    if math.isnan(result):
        set_errno(services, EDOM)
    elif all(map(math.isfinite, arguments)) and (math.isinf(result) or (result == 0 and not may_be_zero)):
        set_errno(services, ERANGE)


def _safe(name: str, function: Callable[..., float], width: Callable[[float], float]) -> Callable[..., float]:
    """A function of the library's; `width` makes a number one of its type."""

    def compute(services: Services, *arguments: float) -> float:
        result = width(_computed(name, function, *arguments))
        if name not in _WITHOUT_ERRORS:
            may_be_zero = name not in _UNDERFLOWING or (name in ("pow", "atan2") and arguments[0] == 0)
            _tell(services, result, arguments, may_be_zero=may_be_zero)
        if name == "nextafter" and arguments[0] not in (0, arguments[1]) and abs(result) < _LEAST_NORMAL[width]:
            set_errno(services, ERANGE)
        return result

    return compute


def _next_float(x: float, y: float) -> float:
    """nextafter among the floats."""
    if math.isnan(x) or math.isnan(y) or x == y:
        return y if not math.isnan(x) else x
    if x == 0:
        return math.copysign(2.0**-149, y)
    bits = int.from_bytes(struct.pack("<f", x), "little") + (1 if (y > x) == (x > 0) else -1)
    return float(struct.unpack("<f", bits.to_bytes(4, "little"))[0])


for _name in (*MATH1, *MATH2):
    _function = _ONE.get(_name) or _TWO[_name]
    service(_name, f"{_name}l")(_safe(_name, _function, float))
    service(f"{_name}f")(_safe(_name, _next_float if _name == "nextafter" else _function, rounded))


def _scaled(services: Services, x: float, exponent: int, width: Callable[[float], float]) -> float:
    try:
        result = width(math.ldexp(x, exponent))
    except OverflowError:
        result = math.copysign(math.inf, x)
    _tell(services, result, (x,), may_be_zero=x == 0)
    return result


@service("ldexp", "ldexpl", "scalbn", "scalbnl", "scalbln", "scalblnl")
def ldexp(services: Services, x: float, exponent: int) -> float:
    """x times 2 to the exponent."""
    return _scaled(services, x, exponent, float)


@service("ldexpf", "scalbnf", "scalblnf")
def ldexpf(services: Services, x: float, exponent: int) -> float:
    """The same among the floats."""
    return _scaled(services, x, exponent, rounded)


@service("frexp", "frexpf", "frexpl")
def frexp(services: Services, x: float, exponent: int) -> float:
    """The fraction; the exponent goes to memory."""
    fraction, power = math.frexp(x)
    services.write_word(exponent, power)
    return fraction


@service("ilogb", "ilogbf", "ilogbl")
def ilogb(services: Services, x: float) -> int:
    """The exponent; of what has none, what x86 gives."""
    if x and math.isfinite(x):
        return math.frexp(x)[1] - 1
    set_errno(services, EDOM)
    return -1 - _LEAST if math.isinf(x) else _LEAST


@service("modf", "modfl")
def modf(services: Services, x: float, whole: int) -> float:
    """The part behind the point; the whole part goes to memory."""
    fraction, integer = math.modf(x)
    services.write(whole, struct.pack("<d", integer))
    return fraction


@service("modff")
def modff(services: Services, x: float, whole: int) -> float:
    """The same with floats."""
    fraction, integer = math.modf(x)
    services.write(whole, struct.pack("<f", integer))
    return fraction


@service("fma", "fmaf", "fmal")
def fma(services: Services, x: float, y: float, z: float) -> float:
    """x * y + z, rounded once."""
    if not all(map(math.isfinite, (x, y, z))) or 0 in (x, y):
        return x * y + z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    try:
        result = float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
    return result if exact else x * y + z


def _whole(nearest: Callable[[float], float], value: float, bits: int) -> int:
    """The nearest integer of so many bits; the least one where it is none, as x86 has it."""
    value = nearest(value) if math.isfinite(value) else value
    fits = -(1 << bits - 1) <= value < 1 << bits - 1
    return int(value) if fits else -(1 << bits - 1)


for _suffix in ("", "f", "l"):
    service(f"lround{_suffix}")(lambda services, x: _whole(_round, x, 32))
    service(f"lrint{_suffix}")(lambda services, x: _whole(_nearest, x, 32))
    service(f"llround{_suffix}")(lambda services, x: _whole(_round, x, 64))
    service(f"llrint{_suffix}")(lambda services, x: _whole(_nearest, x, 64))
    service(f"nan{_suffix}")(lambda services, text: math.nan)


def _class_of(x: float, least_normal: float) -> int:
    if math.isnan(x):
        return _NAN
    if math.isinf(x):
        return _INFINITE
    if not x:
        return _ZERO
    return _NORMAL if abs(x) >= least_normal else _SUBNORMAL


service("__fpclassify")(lambda services, x: _class_of(x, _LEAST_NORMAL[float]))
service("__fpclassifyf")(lambda services, x: _class_of(x, _LEAST_NORMAL[rounded]))
service("__isnan")(lambda services, x: int(math.isnan(x)))
service("__isinf")(lambda services, x: int(math.isinf(x)) * (1 if x > 0 else -1) if math.isinf(x) else 0)
service("__isfinite")(lambda services, x: int(math.isfinite(x)))
service("__signbit")(lambda services, x: int(math.copysign(1.0, x) < 0))
