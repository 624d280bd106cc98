"""math.h."""

from __future__ import annotations

import math
from collections.abc import Callable

from stackglass.textbook.library.services import Services, service
from stackglass.textbook.library.signatures import SIGNATURES


def _round(x: float) -> float:
    return math.copysign(float(math.floor(abs(x) + 0.5)), x) if abs(x) < 1 << 52 else x


def _nearest(x: float) -> float:
    return math.copysign(float(round(x)), x) if abs(x) < 1 << 52 else x


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
            "log1p",
            "cbrt",
            "lgamma",
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
    "tgamma": math.gamma,
}
_TWO: dict[str, Callable[[float, float], float]] = {
    "pow": _power,
    "fmod": math.fmod,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "fmax": lambda x, y: y if math.isnan(x) else x if math.isnan(y) else max(x, y),
    "fmin": lambda x, y: y if math.isnan(x) else x if math.isnan(y) else min(x, y),
    "fdim": lambda x, y: x - y if x > y else 0.0,
    "copysign": math.copysign,
    "remainder": math.remainder,
    "nextafter": math.nextafter,
}
_UNBOUNDED = frozenset(("exp", "exp2", "expm1", "cosh", "sinh", "pow", "tgamma", "lgamma", "hypot"))
_ROUNDING = frozenset(("ceil", "floor", "trunc", "round", "rint", "nearbyint"))


def _safe(name: str, function: Callable[..., float]) -> Callable[..., float]:
    """IEEE 754's answer where Python raises: infinity where it is too large, else NaN."""

    def compute(services: Services, *arguments: float) -> float:
        if name in _ROUNDING and not math.isfinite(arguments[0]):
            return arguments[0]
        try:
            return function(*arguments)
        except OverflowError:
            negative = name in ("sinh", "pow") and arguments[0] < 0 and (name == "sinh" or arguments[1] % 2 == 1)
            return -math.inf if negative else math.inf
        except ValueError:
            return -math.nan

    return compute


for _table in (_ONE, _TWO):
    for _name, _function in _table.items():
        service(_name, *([f"{_name}f"] if f"{_name}f" in SIGNATURES else []))(_safe(_name, _function))


@service("ldexp")
def ldexp(services: Services, x: float, exponent: int) -> float:
    """x times 2 to the exponent."""
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)


@service("frexp")
def frexp(services: Services, x: float, exponent: int) -> float:
    """The fraction; the exponent goes to memory."""
    fraction, power = math.frexp(x)
    services.write_word(exponent, power)
    return fraction


@service("modf")
def modf(services: Services, x: float, whole: int) -> float:
    """The part behind the point; the whole part goes to memory."""
    import struct

    fraction, integer = math.modf(x)
    services.write(whole, struct.pack("<d", integer))
    return fraction


@service("fma")
def fma(services: Services, x: float, y: float, z: float) -> float:
    """x * y + z, rounded once."""
    from fractions import Fraction

    if not all(map(math.isfinite, (x, y, z))):
        return x * y + z
    return float(Fraction(x) * Fraction(y) + Fraction(z))


@service("lround", "llround")
def lround(services: Services, x: float) -> int:
    """The nearest whole number, halves away from zero."""
    return int(_round(x)) if math.isfinite(x) else 0


@service("lrint")
def lrint(services: Services, x: float) -> int:
    """The nearest whole number, halves to even."""
    return int(_nearest(x)) if math.isfinite(x) else 0


service("__isnan")(lambda services, x: int(math.isnan(x)))
service("__isinf")(lambda services, x: int(math.isinf(x)) * (1 if x > 0 else -1) if math.isinf(x) else 0)
service("__isfinite")(lambda services, x: int(math.isfinite(x)))
service("__signbit")(lambda services, x: int(math.copysign(1.0, x) < 0))
