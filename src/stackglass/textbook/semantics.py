"""What each instruction does, as lines of Python: the same ones for running whole functions and for single steps."""

from __future__ import annotations

from stackglass.isa.textbook_code import CONDITIONS, DOUBLE, FLOAT, LONG_ARITHMETIC
from stackglass.textbook.accesses import HALF, MASK, destination_of, python_name, source_of, target_of
from stackglass.textbook.arithmetic import arithmetic
from stackglass.textbook.instructions import Instruction, Operand, reg
from stackglass.textbook.program import CODE
from stackglass.textbook.state import LOW_WORDS
from stackglass.textbook.wide import LONG_MASK, WideSemantics

SP = reg("SP")
_COMPARISONS = {"EQ": "==", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_VIEWS = {"MOVEB": ("b", 0, 255), "MOVEUB": ("B", 0, 255), "MOVEH": ("h", 1, 65535), "MOVEUH": ("H", 1, 65535)}


class Semantics(WideSemantics):
    """Writes instructions as Python."""

    def write(self, one: Instruction, k: str) -> None:
        """Adds the lines of an instruction that goes on to the next. `k` is its writer word as an expression."""
        op = one.op
        method = getattr(self, f"_{op.lower()}", None)
        if method is not None:
            method(one, k)
        elif op in _VIEWS:
            self._narrow_move(one, k)
        elif op.startswith("S") and op[1:] in CONDITIONS:
            self.store(destination_of(one), f"1 if {self.condition(op[1:])} else 0", k)
        elif op in LONG_ARITHMETIC or op in ("NEGL", "NOTL"):
            self._long(one)
        elif op in DOUBLE:
            self._floating(one)
        else:
            self._word(one, k)

    # ---- words ----

    def _move(self, one: Instruction, k: str) -> None:
        self.store(destination_of(one), self.load(source_of(one)), k)

    def _addr(self, one: Instruction, k: str) -> None:
        self._address(source_of(one))
        self.store(destination_of(one), "a", k)

    def _narrow_move(self, one: Instruction, k: str) -> None:
        view, shift, mask = _VIEWS[one.op]
        source, destination = source_of(one), destination_of(one)
        if source.kind in "r#":
            value = self.load(source)
        else:
            known = self._index(source, shift)
            if known is not None:
                value = f"{known[0]}{view}[{known[1]}]"
            else:
                self._address(source)
                if shift:
                    self.lines.append("if a & 1: unaligned(a)")
                index = "a >> 1" if shift else "a"
                value = f"(L{view} if a >= {CODE} else S{view} if a < 0 else Z)[{index}]"
            self.store(destination, value, k)
            return
        if destination.kind == "r":
            half = (mask + 1) // 2
            signed = view.islower()
            narrowed = f"(({value} & {mask}) ^ {half}) - {half}" if signed else f"{value} & {mask}"
            self.store(destination, narrowed, k)
            return
        self._narrow_store(destination, f"{value} & {mask}", view.upper(), shift, k)

    def _narrow_store(self, operand: Operand, value: str, view: str, shift: int, k: str) -> None:
        """One or two bytes. Each has an entry of its own in the table of writers."""
        self._address(operand)
        if shift:
            self.lines.append("if a & 1: unaligned(a)")
        index = "a >> 1" if shift else "a"
        log = "B[a] = {1}" + ("; B[a + 1] = {1}" if shift else "")
        self._store_at(value, f"L{view}[{index}] = {{0}}", f"S{view}[{index}] = {{0}}", log, log, k, 1 << shift)

    def _word(self, one: Instruction, k: str) -> None:
        destination = destination_of(one)
        if one.source is None:
            value = {"NEG": "-", "NOT": "~"}[one.op] + self.load(destination)
            wraps = one.op == "NEG"
        else:
            y = self.load(one.source, "a2")
            if one.op == "SUB" and destination == SP and one.source.kind != "#":
                self.lines.append(f"lowered({k}, sp - ({y}), fp)")
            value, wraps = arithmetic(one.op, self.load(destination), y, 31)
        if not wraps:
            self.store(destination, value, k)
            return
        name = python_name(destination.register) if destination.kind == "r" else "t"
        self.lines.append(f"{name} = {value}")
        self.lines.append(f"if not {-HALF} <= {name} <= {HALF - 1}: {name} = ({name} + {HALF} & {MASK}) - {HALF}")
        if destination.kind != "r":
            self.store(destination, name, k)
        elif destination.register == "FP" and self._frame is not None:
            self.lines.append("f = fp >> 2")

    # ---- comparisons ----

    def operands(self, one: Instruction) -> tuple[str, str]:
        """What a comparison compares."""
        left, right = source_of(one), destination_of(one)
        if one.op == "CMPL":
            return self._kept(self.load_long(left), "ca"), self.load_long(right)
        if one.op in DOUBLE:
            single = one.op in FLOAT
            return self._kept(self.load_double(left, single=single), "ca"), self.load_double(right, single=single)
        first = self.load(left)
        return first, self.load(right, "a2")

    def _kept(self, value: str, name: str) -> str:
        """A value that must not be read again: what reads the other one uses the same scratch variables."""
        if "(a)" not in value:
            return value
        self.lines.append(f"{name} = {value}")
        return name

    def compare(self, one: Instruction) -> None:
        """A comparison whose result is kept for later."""
        left, right = self.operands(one)
        self.lines.append(f"ca, cb = {left}, {right}")

    _cmp = _cmpl = _cmpd = _cmpf = lambda self, one, k: self.compare(one)

    @staticmethod
    def condition(name: str, left: str = "ca", right: str = "cb") -> str:
        """A condition as a Python expression."""
        if name.endswith("U"):
            operator = _COMPARISONS[name[:-1]]
            return f"{left} & {LONG_MASK} {operator} {right} & {LONG_MASK}"
        return f"{left} {_COMPARISONS[name]} {right}"

    # ---- blocks of memory ----

    def _copy(self, one: Instruction, k: str) -> None:
        size = int(source_of(one).number)
        source, destination = python_name(one.through), target_of(one)
        self.lines.append(f"copy({source}, {destination}, {size}, {k})")

    def _clear(self, one: Instruction, k: str) -> None:
        self._address(destination_of(one))
        self.lines.append(f"clear(a, {int(source_of(one).number)}, {k})")

    def _new(self, one: Instruction, k: str) -> None:
        source = source_of(one)
        made = f"new({int(source.number)})" if source.kind == "#" else f"room({self.load(source)})"
        self.lines.append(f"{target_of(one)} = {made}; L = q[{LOW_WORDS}]")
        self.lines.append(
            f"LB = q[{LOW_WORDS} + 1]; Lb = q[{LOW_WORDS} + 2]; LH = q[{LOW_WORDS} + 3]; Lh = q[{LOW_WORDS} + 4]"
        )

    def _free(self, one: Instruction, k: str) -> None:
        self.lines.append(f"give_back({self.load(source_of(one))})")

    def _save(self, one: Instruction, k: str) -> None:
        self._address(destination_of(one))
        first = int(source_of(one).number)
        registers = ", ".join(
            f"({', '.join(python_name(f'{letter}{n}') for n in range(first >> shift & 255, most + 1))},)"
            for letter, shift, most in (("R", 0, 20), ("L", 8, 12), ("D", 16, 12))
        )
        self.lines.append(f"save(a, va, {registers}, {k})")


def registers_of(one: Instruction) -> set[str]:
    """The registers that an instruction reads or writes."""
    found = {operand.register for operand in (one.source, one.destination) if operand is not None and operand.register}
    if one.through:
        found.add(one.through)
    if one.op in ("CALL", "RET"):
        found |= {"RA", "SP"} if one.target is not None or one.op == "RET" else {"RA", "SP", "SL"}
    if one.op == "SUB" and one.destination == SP:
        found.add("FP")
    if one.op == "SAVE":
        found.add("VA")
        first = int(source_of(one).number)
        for letter, shift, most in (("R", 0, 20), ("L", 8, 12), ("D", 16, 12)):
            found |= {f"{letter}{n}" for n in range(first >> shift & 255, most + 1)}
    return found
