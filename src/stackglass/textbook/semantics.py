"""What each instruction does, as lines of Python.

The same lines serve for running whole functions and for single steps. A register is a local variable (r1, l1, d1, fp,
sp, ra, sl, va). Words are kept as signed numbers: the stack, at the top of memory, has negative addresses, and all
else positive ones. `S` is the stack's words and `L` those of low memory (code, data, heap), indexed by address >> 2.
Words of `W` and `X` tell who wrote each of them last: a step's number and, in the lowest bits, its address.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from stackglass.isa.textbook_code import CONDITIONS, DOUBLE_ARITHMETIC, LONG_ARITHMETIC, REGISTERS
from stackglass.textbook.activation import Activation
from stackglass.textbook.instructions import Instruction, Operand
from stackglass.textbook.program import CODE, Program

PC_BITS = 24
"""The lowest bits of a writer's word have the instruction's address."""
ONE_STEP = 1 << PC_BITS

_HALF, _MASK = 1 << 31, (1 << 32) - 1
_LONG_HALF, _LONG_MASK = 1 << 63, (1 << 64) - 1
_PYTHON = {"ADD": "+", "SUB": "-", "MUL": "*", "AND": "&", "OR": "|", "XOR": "^"}
_COMPARISONS = {"EQ": "==", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_VIEWS = {"MOVEB": ("b", 0, 255), "MOVEUB": ("B", 0, 255), "MOVEH": ("h", 1, 65535), "MOVEUH": ("H", 1, 65535)}


def python_name(register: str) -> str:
    """The local variable that holds a register."""
    return register.lower()


@dataclass(frozen=True, slots=True)
class Frame:
    """What may be taken for granted of FP: it points to a frame of this function, of `size` bytes.

    `fixed` is its address where frames are static.
    """

    activation: Activation
    fixed: int = 0


class Semantics:
    """Writes instructions as Python. `frame` is None where nothing may be taken for granted of FP."""

    def __init__(self, program: Program, frame: Frame | None, *, watch: bool = False) -> None:
        self._program = program
        self._frame = frame
        self._watch = watch
        self._logs_all_low = program.strategy.activation is Activation.RECORDS
        self._logs_frames = program.strategy.activation is Activation.STATIC
        self.lines: list[str] = []

    # ---- memory ----

    def _address(self, operand: Operand, name: str = "a") -> None:
        """Puts a memory operand's address into the variable `name`, as a signed word."""
        if operand.kind == "a":
            value = int(operand.number) & _MASK
            self.lines.append(f"{name} = {value - (value >> 31 << 32)}")
            return
        number = int(operand.number)
        base = python_name(operand.register)
        self.lines.append(f"{name} = {base} + {number}" if number else f"{name} = {base}")
        if number > 0:
            self.lines.append(f"if {name} > {_HALF - 1}: {name} -= {_MASK + 1}")
        elif number < 0:
            self.lines.append(f"if {name} < {-_HALF}: {name} += {_MASK + 1}")

    def _in_frame(self, operand: Operand) -> bool:
        return self._frame is not None and operand.kind == "m" and operand.register == "FP"

    def _index(self, operand: Operand, shift: int) -> tuple[str, str] | None:
        """(the memory's letter, the index as an expression) where the place is known to be mapped; else None."""
        number = int(operand.number)
        if operand.kind == "a":
            address = number & _MASK
            inside = CODE <= address < self._program.data_end
            return ("L", str(address >> shift)) if inside and address % (1 << shift) == 0 else None
        if not self._in_frame(operand) or number % (1 << shift):
            return None
        assert self._frame is not None
        if self._frame.activation is Activation.STATIC:
            return "L", str(self._frame.fixed + number >> shift)
        letter = "S" if self._frame.activation is Activation.STACK else "L"
        if shift == 2:
            return letter, f"f + {number >> 2}"
        return letter, f"fp + {number}" if not shift else f"fp + {number} >> {shift}"

    def load(self, operand: Operand, name: str = "a") -> str:
        """A word's value as an expression; lines that must come before are added."""
        if operand.kind == "r":
            return python_name(operand.register)
        if operand.kind == "#":
            value = int(operand.number) & _MASK
            return str(value - (value >> 31 << 32))
        known = self._index(operand, 2)
        if known is not None:
            return f"{known[0]}[{known[1]}]"
        self._address(operand, name)
        self.lines.append(f"if {name} & 3: unaligned({name})")
        return f"(L if {name} >= {CODE} else S if {name} < 0 else Z)[{name} >> 2]"

    def store(self, operand: Operand, value: str, k: str) -> None:
        """Puts a word, or a register's new value, where `operand` says. `k` is the writer."""
        if operand.kind == "r":
            self.lines.append(f"{python_name(operand.register)} = {value}")
            if operand.register == "FP" and self._frame is not None:
                self.lines.append("f = fp >> 2")
            return
        known = self._index(operand, 2)
        if known is not None and self._may_write(operand):
            letter, index = known
            self.lines.append(f"{letter}[{index}] = {value}")
            if self._logged(letter, operand):
                self.lines.append(f"{'W' if letter == 'S' else 'X'}[{index}] = {k}")
            self._watched_at(operand, 4, k)
            return
        self._address(operand)
        self.lines.append("if a & 3: unaligned(a)")
        self._store_at(value, "L[a >> 2] = {0}", "S[a >> 2] = {0}", "X[a >> 2] = {1}", "W[a >> 2] = {1}", k, 4)

    def _store_at(self, value: str, low: str, stack: str, low_log: str, stack_log: str, k: str, size: int) -> None:
        """A store to address `a`, wherever that is."""
        if not value.isidentifier() and not value.lstrip("-").isdigit():
            self.lines.append(f"v = {value}")
            value = "v"
        low_lines = [low.format(value, k)]
        if self._logs_all_low:
            low_lines.append(low_log.format(value, k))
        self.lines.append(f"if a >= {self._program.data_start}: {'; '.join(low_lines)}")
        if self._logs_frames:
            self.lines.append(
                f"if {self._program.frames_start} <= a < {self._program.frames_end}: " + low_log.format(value, k)
            )
        self.lines.append(f"if a < 0: {stack.format(value, k)}; {stack_log.format(value, k)}")
        self.lines.append(f"elif a < {self._program.data_start}: protected(a)")
        if self._watch:
            self.lines.append(f"watch(a, {size}, {k})")

    def _watched_at(self, operand: Operand, size: int, k: str) -> None:
        if self._watch:
            self._address(operand)
            self.lines.append(f"watch(a, {size}, {k})")

    def _may_write(self, operand: Operand) -> bool:
        return operand.kind != "a" or int(operand.number) & _MASK >= self._program.data_start

    def _logged(self, letter: str, operand: Operand) -> bool:
        if letter == "S" or self._logs_all_low:
            return True
        if not self._logs_frames:
            return False
        if operand.kind == "m":
            return True
        return self._program.frames_start <= int(operand.number) < self._program.frames_end

    # ---- instructions ----

    def write(self, one: Instruction, k: str) -> None:
        """Adds the lines of an instruction that goes on to the next. `k` is its writer word as an expression."""
        op = one.op
        method = getattr(self, f"_{op.lower()}", None)
        if method is not None:
            method(one, k)
        elif op in _VIEWS:
            self._narrow_move(one, k)
        elif op.startswith("S") and op[1:] in CONDITIONS:
            self.store(_destination(one), f"1 if {self.condition(op[1:])} else 0", k)
        elif op in LONG_ARITHMETIC or op in ("NEGL", "NOTL"):
            self._long(one)
        elif op in DOUBLE_ARITHMETIC or op == "NEGD":
            self._double(one)
        else:
            self._word(one, k)

    def _move(self, one: Instruction, k: str) -> None:
        self.store(_destination(one), self.load(_source(one)), k)

    def _addr(self, one: Instruction, k: str) -> None:
        self._address(_source(one))
        self.store(_destination(one), "a", k)

    def _narrow_move(self, one: Instruction, k: str) -> None:
        view, shift, mask = _VIEWS[one.op]
        source, destination = _source(one), _destination(one)
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
        destination = _destination(one)
        if one.source is None:
            value = {"NEG": "-", "NOT": "~"}[one.op] + self.load(destination)
            wraps = one.op == "NEG"
        else:
            y = self.load(one.source, "a2")
            value, wraps = _arithmetic(one.op, self.load(destination), y, 31)
        if not wraps:
            self.store(destination, value, k)
            return
        name = python_name(destination.register) if destination.kind == "r" else "t"
        self.lines.append(f"{name} = {value}")
        self.lines.append(f"if not {-_HALF} <= {name} <= {_HALF - 1}: {name} = ({name} + {_HALF} & {_MASK}) - {_HALF}")
        if destination.kind != "r":
            self.store(destination, name, k)
        elif destination.register == "FP" and self._frame is not None:
            self.lines.append("f = fp >> 2")

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
            return f"({letter}[{index}] & {_MASK} | {letter}[{index} + 1] << 32)"
        self._address(operand)
        return "load_long(a)"

    def _store_long(self, operand: Operand, value: str, k: str) -> None:
        if operand.kind == "r":
            self.lines.append(f"{python_name(operand.register)} = {value}")
            return
        self.lines.append(f"v = {value}")
        self._address(operand)
        self.lines.append("if a & 3: unaligned(a)")
        low = f"((v & {_MASK}) ^ {_HALF}) - {_HALF}"
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
        self._store_long(_destination(one), self.load_long(_source(one)), k)

    def _long(self, one: Instruction) -> None:
        destination = python_name(_destination(one).register)
        op = one.op[:-1]
        if one.source is None:
            value, wraps = {"NEG": "-", "NOT": "~"}[op] + destination, op == "NEG"
        else:
            value, wraps = _arithmetic(op, destination, self.load_long(one.source), 63)
        self.lines.append(f"{destination} = {value}")
        if wraps:
            self.lines.append(
                f"if not {-_LONG_HALF} <= {destination} <= {_LONG_HALF - 1}: "
                f"{destination} = ({destination} + {_LONG_HALF} & {_LONG_MASK}) - {_LONG_HALF}"
            )

    def _extl(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = {self.load(_source(one))}")

    def _extul(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = {self.load(_source(one))} & {_MASK}")

    def _cutl(self, one: Instruction, k: str) -> None:
        value = self.load_long(_source(one))
        self.store(_destination(one), f"({value} + {_HALF} & {_MASK}) - {_HALF}", k)

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
        source, destination = _source(one), _destination(one)
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

    def _double(self, one: Instruction) -> None:
        name = _target(one)
        if one.source is None:
            self.lines.append(f"{name} = -{name}")
            return
        y = self.load_double(one.source)
        op = one.op[:-1]
        if op == "DIV":
            self.lines.append(f"{name} = divide({name}, {y})")
        else:
            self.lines.append(f"{name} = {name} {_PYTHON[op]} {y}")

    def _itod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = float({self.load(_source(one))})")

    def _utod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = float({self.load(_source(one))} & {_MASK})")

    def _ltod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = float({self.load_long(_source(one))})")

    def _ultod(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = float({self.load_long(_source(one))} & {_LONG_MASK})")

    def _dtoi(self, one: Instruction, k: str) -> None:
        self.store(_destination(one), f"to_word({self.load_double(_source(one))})", k)

    _dtou = _dtoi

    def _dtol(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = to_long({self.load_double(_source(one))})")

    _dtoul = _dtol

    def _roundf(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = rounded({self.load_double(_source(one))})")

    # ---- comparisons, jumps ----

    def operands(self, one: Instruction) -> tuple[str, str]:
        """What a comparison compares."""
        left, right = _source(one), _destination(one)
        if one.op == "CMPL":
            return self._kept(self.load_long(left), "ca"), self.load_long(right)
        if one.op == "CMPD":
            return self._kept(self.load_double(left), "ca"), self.load_double(right)
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

    _cmp = _cmpl = _cmpd = lambda self, one, k: self.compare(one)

    @staticmethod
    def condition(name: str, left: str = "ca", right: str = "cb") -> str:
        """A condition as a Python expression."""
        if name.endswith("U"):
            operator = _COMPARISONS[name[:-1]]
            return f"{left} & {_LONG_MASK} {operator} {right} & {_LONG_MASK}"
        return f"{left} {_COMPARISONS[name]} {right}"

    # ---- blocks of memory ----

    def _copy(self, one: Instruction, k: str) -> None:
        size = int(_source(one).number)
        source, destination = python_name(one.through), _target(one)
        self.lines.append(f"copy({source}, {destination}, {size}, {k})")

    def _clear(self, one: Instruction, k: str) -> None:
        self._address(_destination(one))
        self.lines.append(f"clear(a, {int(_source(one).number)}, {k})")

    def _new(self, one: Instruction, k: str) -> None:
        self.lines.append(f"{_target(one)} = new({int(_source(one).number)}); L = q[{LOW_WORDS}]")
        self.lines.append(
            f"LB = q[{LOW_WORDS} + 1]; Lb = q[{LOW_WORDS} + 2]; LH = q[{LOW_WORDS} + 3]; Lh = q[{LOW_WORDS} + 4]"
        )

    def _save(self, one: Instruction, k: str) -> None:
        self._address(_destination(one))
        first = int(_source(one).number)
        registers = ", ".join(
            f"({', '.join(python_name(f'{letter}{n}') for n in range(first >> shift & 255, most + 1))},)"
            for letter, shift, most in (("R", 0, 20), ("L", 8, 12), ("D", 16, 12))
        )
        self.lines.append(f"save(a, va, {registers}, {k})")


STATE = len(REGISTERS)
"""In the list of registers, behind them: the operands of the last comparison, the step, the limit, and memory."""
COMPARED, STEP, LIMIT, LOW_WORDS = STATE, STATE + 2, STATE + 3, STATE + 4


def _source(one: Instruction) -> Operand:
    assert one.source is not None
    return one.source


def _destination(one: Instruction) -> Operand:
    assert one.destination is not None
    return one.destination


def _target(one: Instruction) -> str:
    return python_name(_destination(one).register)


def _python_float(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(value)


def _arithmetic(op: str, x: str, y: str, bits: int) -> tuple[str, bool]:
    """`x op y` in Python, and whether the result may be too large for the type."""
    mask = (1 << bits + 1) - 1
    if op in ("ADD", "SUB", "MUL"):
        return f"{x} {_PYTHON[op]} {y}", True
    if op in _PYTHON:
        return f"{x} {_PYTHON[op]} {y}", False
    if op == "SHL":
        return f"{x} << ({y} & {bits})", True
    if op == "SHR":
        return f"{x} >> ({y} & {bits})", False
    if op == "SHRU":
        return f"({x} & {mask}) >> ({y} & {bits})", True
    if op in ("DIVU", "MODU"):
        return f"({x} & {mask}) {'//' if op == 'DIVU' else '%'} ({y} & {mask})", True
    return f"{'divided' if op == 'DIV' else 'remainder'}({x}, {y})", op == "DIV"


def registers_of(one: Instruction) -> set[str]:
    """The registers that an instruction reads or writes."""
    found = {operand.register for operand in (one.source, one.destination) if operand is not None and operand.register}
    if one.through:
        found.add(one.through)
    if one.op in ("CALL", "RET"):
        found |= {"RA", "SP"} if one.target is not None or one.op == "RET" else {"RA", "SP", "SL"}
    if one.op == "SAVE":
        found.add("VA")
        first = int(_source(one).number)
        for letter, shift, most in (("R", 0, 20), ("L", 8, 12), ("D", 16, 12)):
            found |= {f"{letter}{n}" for n in range(first >> shift & 255, most + 1)}
    return found
