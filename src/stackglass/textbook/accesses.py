"""How instructions reach their operands, as lines of Python.

A register is a local variable (r1, l1, d1, fp, sp, ra, sl, va). Words are kept as signed numbers: the stack, at the top
of memory, has negative addresses, and all else positive ones. `S` is the stack's words and `L` those of low memory
(code, data, heap), indexed by address >> 2. Words of `W` and `X` tell who wrote each of them last: a step's number and,
in the lowest bits, its address.
"""

from __future__ import annotations

from dataclasses import dataclass

from stackglass.textbook.activation import Activation
from stackglass.textbook.instructions import Instruction, Operand
from stackglass.textbook.program import CODE, Program

HALF, MASK = 1 << 31, (1 << 32) - 1


def python_name(register: str) -> str:
    """The local variable that holds a register."""
    return register.lower()


def source_of(one: Instruction) -> Operand:
    """An instruction's source, of one that has one."""
    assert one.source is not None
    return one.source


def destination_of(one: Instruction) -> Operand:
    """An instruction's destination, of one that has one."""
    assert one.destination is not None
    return one.destination


def target_of(one: Instruction) -> str:
    """The local variable of the register that is an instruction's destination."""
    return python_name(destination_of(one).register)


@dataclass(frozen=True, slots=True)
class Frame:
    """What may be taken for granted of FP: it points to a frame of this function, of `size` bytes.

    `fixed` is its address where frames are static.
    """

    activation: Activation
    fixed: int = 0


class Accesses:
    """Writes loads and stores of words as Python. `frame` is None where nothing may be taken for granted of FP."""

    def __init__(self, program: Program, frame: Frame | None, *, watch: bool = False) -> None:
        self._program = program
        self._frame = frame
        self._watch = watch
        self._logs_all_low = program.strategy.activation is Activation.RECORDS
        self._logs_frames = program.strategy.activation is Activation.STATIC
        self.lines: list[str] = []

    def _address(self, operand: Operand, name: str = "a") -> None:
        """Puts a memory operand's address into the variable `name`, as a signed word."""
        if operand.kind == "a":
            value = int(operand.number) & MASK
            self.lines.append(f"{name} = {value - (value >> 31 << 32)}")
            return
        number = int(operand.number)
        base = python_name(operand.register)
        self.lines.append(f"{name} = {base} + {number}" if number else f"{name} = {base}")
        if number > 0:
            self.lines.append(f"if {name} > {HALF - 1}: {name} -= {MASK + 1}")
        elif number < 0:
            self.lines.append(f"if {name} < {-HALF}: {name} += {MASK + 1}")

    def _in_frame(self, operand: Operand) -> bool:
        return self._frame is not None and operand.kind == "m" and operand.register == "FP"

    def _index(self, operand: Operand, shift: int) -> tuple[str, str] | None:
        """(the memory's letter, the index as an expression) where the place is known to be mapped; else None."""
        number = int(operand.number)
        if operand.kind == "a":
            address = number & MASK
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
            value = int(operand.number) & MASK
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
        return operand.kind != "a" or int(operand.number) & MASK >= self._program.data_start

    def _logged(self, letter: str, operand: Operand) -> bool:
        if letter == "S" or self._logs_all_low:
            return True
        if not self._logs_frames:
            return False
        if operand.kind == "m":
            return True
        return self._program.frames_start <= int(operand.number) < self._program.frames_end
