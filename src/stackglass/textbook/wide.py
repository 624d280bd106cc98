"""What instructions on long longs and doubles do, as lines of Python."""

from __future__ import annotations

import math

from stackglass.isa.textbook_code import FLOAT
from stackglass.textbook.accesses import HALF, MASK, Accesses, destination_of, python_name, source_of, target_of
from stackglass.textbook.arithmetic import PYTHON, arithmetic
from stackglass.textbook.instructions import Instruction, Operand

LONG_HALF, LONG_MASK = 1 << 63, (1 << 64) - 1


class WideSemantics(Accesses):
    """Writes moves, arithmetic and conversions of 8 bytes, and of floats, as Python."""

    # ---- long long ----

    def load_long(self, operand: Operand) -> str:
        """A long long's value."""
        if operand.kind == "r":
            return python_name(operand.register)
        if operand.kind == "#":
            return str(int(operand.number))
        known = self._index(operand, 2)
        if known is not None:
            letter, index = known
            return f"({letter}[{index}] & {MASK} | {letter}[{index} + 1] << 32)"
        self._address(operand)
        return "load_long(a)"

    def _store_long(self, operand: Operand, value: str, k: str) -> None:
        if operand.kind == "r":
            self.lines.append(f"{python_name(operand.register)} = {value}")
            return
        self.lines.append(f"v = {value}")
        self._address(operand)
        self.lines.append("if a & 3: unaligned(a)")
        low = f"((v & {MASK}) ^ {HALF}) - {HALF}"
        self._two_words(low, "v >> 32", k)

    def _two_words(self, low: str, high: str, k: str) -> None:
        self.lines.append(f"w = {low}; i = a >> 2")
        self._store_at(
            "w",
            f"L[i] = {{0}}; L[i + 1] = {high}",
            f"S[i] = {{0}}; S[i + 1] = {high}",
            "X[i] = X[i + 1] = {1}",
            "W[i] = W[i + 1] = {1}",
            k,
            8,
        )

    def _movel(self, one: Instruction, k: str) -> None:
        self._store_long(destination_of(one), self.load_long(source_of(one)), k)

    def _long(self, one: Instruction) -> None:
        destination = python_name(destination_of(one).register)
        op = one.op[:-1]
        if one.source is None:
            value, wraps = {"NEG": "-", "NOT": "~"}[op] + destination, op == "NEG"
        else:
            value, wraps = arithmetic(op, destination, self.load_long(one.source), 63)
        self.lines.append(f"{destination} = {value}")
        if wraps:
            self.lines.append(
                f"if not {-LONG_HALF} <= {destination} <= {LONG_HALF - 1}: "
                f"{destination} = ({destination} + {LONG_HALF} & {LONG_MASK}) - {LONG_HALF}"
            )

    def _extl(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = {self.load(source_of(one))}")

    def _extul(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = {self.load(source_of(one))} & {MASK}")

    def _cutl(self, one: Instruction, k: str) -> None:
        value = self.load_long(source_of(one))
        self.store(destination_of(one), f"({value} + {HALF} & {MASK}) - {HALF}", k)

    # ---- double ----

    def load_double(self, operand: Operand, *, single: bool = False) -> str:
        """A double's value, or a float's."""
        if operand.kind == "r":
            return python_name(operand.register)
        if operand.kind == "#":
            return _python_float(float(operand.number))
        letter = "single" if single else "double"
        known = self._index(operand, 2)
        if known is not None and not (self._in_frame(operand) and known[0] == "L" and self._logs_all_low):
            where = f"fp + {int(operand.number)}" if known[0] == "S" else str(4 * int(known[1]))
            return f"unpack_{letter}({known[0]}B, {where})[0]"
        self._address(operand)
        return f"load_{letter}(a)"

    def _moved(self, one: Instruction, k: str) -> None:
        self._double_move(one, k, single=False)

    def _movef(self, one: Instruction, k: str) -> None:
        self._double_move(one, k, single=True)

    def _double_move(self, one: Instruction, k: str, *, single: bool) -> None:
        source, destination = source_of(one), destination_of(one)
        value = self.load_double(source, single=single)
        if destination.kind == "r":
            self.lines.append(f"{python_name(destination.register)} = {value}")
            return
        self.lines.append(f"v = {value}")
        self._address(destination)
        self.lines.append("if a & 3: unaligned(a)")
        if single:
            self._store_at(
                "v",
                "L[a >> 2] = float_word({0})",
                "S[a >> 2] = float_word({0})",
                "X[a >> 2] = {1}",
                "W[a >> 2] = {1}",
                k,
                4,
            )
        else:
            self.lines.append("low_word, high_word = double_words(v)")
            self._two_words("low_word", "high_word", k)

    def _floating(self, one: Instruction) -> None:
        """On doubles, or on floats: a sum, product or quotient of two floats as a double, rounded, is theirs."""
        name = target_of(one)
        if one.source is None:
            self.lines.append(f"{name} = -{name}")
            return
        single = one.op in FLOAT
        y = self.load_double(one.source, single=single)
        op = one.op[:-1]
        value = f"divide({name}, {y})" if op == "DIV" else f"{name} {PYTHON[op]} {y}"
        self.lines.append(f"{name} = rounded({value})" if single else f"{name} = {value}")

    def _itod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = float({self.load(source_of(one))})")

    def _utod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = float({self.load(source_of(one))} & {MASK})")

    def _ltod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = float({self.load_long(source_of(one))})")

    def _ultod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = float({self.load_long(source_of(one))} & {LONG_MASK})")

    def _itof(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = rounded({self.load(source_of(one))})")

    def _utof(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = rounded({self.load(source_of(one))} & {MASK})")

    def _ltof(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = long_to_float({self.load_long(source_of(one))})")

    def _ultof(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = long_to_float({self.load_long(source_of(one))} & {LONG_MASK})")

    def _dtoi(self, one: Instruction, k: str) -> None:
        self.store(destination_of(one), f"to_word({self.load_double(source_of(one))})", k)

    def _dtou(self, one: Instruction, k: str) -> None:
        self.store(destination_of(one), f"to_unsigned_word({self.load_double(source_of(one))})", k)

    def _dtol(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = to_long({self.load_double(source_of(one))})")

    def _dtoul(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = to_unsigned_long({self.load_double(source_of(one))})")

    def _roundf(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{target_of(one)} = rounded({self.load_double(source_of(one))})")


def _python_float(value: float) -> str:
    if math.isnan(value):
        return "nan" if math.copysign(1, value) > 0 else "-nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(value)
