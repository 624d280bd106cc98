"""What a machine's C makes of its types: how large they are, whether char has a sign, what a long double is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from stackglass.isa import Isa
from stackglass.recording.arithmetic import BOOL, DOUBLE, FLOAT, INT, UNSIGNED, Number
from stackglass.recording.shapes import Void
from stackglass.stack.numbers import BINARY128, DOUBLE_PAIR, X87_EXTENDED

_WIDE = {"x87": X87_EXTENDED, "pair": DOUBLE_PAIR, None: BINARY128}


@dataclass(frozen=True)
class DataModel:
    """The types of one instruction set's C, by its psABI ("Fundamental Types")."""

    byte_order: Literal["little", "big"]
    word_size: int
    """Of a pointer and of a long, in bytes."""
    long_double: Number
    char: Number

    @staticmethod
    def of(isa: Isa) -> DataModel:
        """That of an instruction set."""
        size = isa.long_double_size
        long_double = Number("long double", size, "float", _WIDE[isa.long_double] if size > 8 else None)
        char = Number("char", 1, "signed" if isa.char_is_signed else "unsigned")
        return DataModel(isa.byte_order, isa.word_size, long_double, char)

    @cached_property
    def long(self) -> Number:
        """long, ptrdiff_t."""
        return Number("long", self.word_size, "signed")

    @cached_property
    def unsigned_long(self) -> Number:
        """unsigned long, size_t."""
        return Number("unsigned long", self.word_size, "unsigned")

    @cached_property
    def integers(self) -> tuple[Number, ...]:
        """What an integer constant may be, in C's order (C11 6.4.4.1)."""
        return (INT, UNSIGNED, self.long, self.unsigned_long, _LONG_LONG, _UNSIGNED_LONG_LONG)

    def base_type(self, names: Sequence[str]) -> Number | Void | None:
        """The base type that C's type specifiers spell in any order, as in ['unsigned', 'long']; None if they don't."""
        words = sorted(names)
        special = self._special.get(" ".join(words))
        if special is not None:
            return special
        sign: Literal["signed", "unsigned"] = "unsigned" if "unsigned" in words else "signed"
        rest = [word for word in words if word not in ("unsigned", "signed")]
        if len(words) - len(rest) > 1:
            return None
        if "int" in rest and len(rest) > 1:
            rest.remove("int")
        name = " ".join(rest) or "int"
        size = self.word_size if name == "long" else _SIZES.get(name)
        return None if size is None else Number(name if sign == "signed" else f"unsigned {name}", size, sign)

    @cached_property
    def _special(self) -> dict[str, Number | Void]:
        return {
            "void": Void(),
            "_Bool": BOOL,
            "bool": BOOL,
            "float": FLOAT,
            "double": DOUBLE,
            "double long": self.long_double,
            "char signed": Number("signed char", 1, "signed"),
            "char": self.char,
        }


_SIZES = {"char": 1, "short": 2, "int": 4, "long long": 8}
_LONG_LONG = Number("long long", 8, "signed")
_UNSIGNED_LONG_LONG = Number("unsigned long long", 8, "unsigned")
