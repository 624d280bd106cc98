"""The conditions of ARM instructions, 32 and 64 bits, by the flags N, Z, C and V."""

from __future__ import annotations

from stackglass.isa.words import Condition

N, Z, C, V = 1 << 31, 1 << 30, 1 << 29, 1 << 28

_CONDITIONS = {
    "eq": Condition(
        lambda f: bool(f & Z),
        compared=("equal to", "not equal to"),
        tested=("zero", "not zero"),
        result=("zero", "not zero"),
        floats=("equal to", "not equal to"),
    ),
    "lo": Condition(lambda f: not f & C, compared=("less than", "not less than"), unsigned=True),
    "mi": Condition(
        lambda f: bool(f & N),
        tested=("negative", "not negative"),
        result=("negative", "not negative"),
        floats=("less than", "not less than"),
    ),
    "vs": Condition(
        lambda f: bool(f & V),
        result=("too large for its size", "not too large for its size"),
        floats=("not comparable with", "comparable with"),
    ),
    "ls": Condition(
        lambda f: not f & C or bool(f & Z),
        compared=("less than or equal to", "greater than"),
        floats=("less than or equal to", "greater than"),
        unsigned=True,
    ),
    "lt": Condition(
        lambda f: bool(f & N) != bool(f & V),
        compared=("less than", "not less than"),
        tested=("negative", "not negative"),
        floats=("less than", "not less than"),
    ),
    "le": Condition(
        lambda f: bool(f & Z) or bool(f & N) != bool(f & V),
        compared=("less than or equal to", "greater than"),
        tested=("zero or negative", "positive"),
        floats=("less than or equal to", "greater than"),
    ),
}
_OPPOSITES = {"eq": "ne", "lo": "hs", "mi": "pl", "vs": "vc", "ls": "hi", "lt": "ge", "le": "gt"}
CONDITIONS = {
    **_CONDITIONS,
    **{name: _CONDITIONS[code].opposite for code, name in _OPPOSITES.items()},
    "al": Condition(lambda f: True),
}
FLAGS = ((N, "N"), (Z, "Z"), (C, "C"), (V, "V"))
"""(bit, name), as `Vocabulary.flags` has them."""
