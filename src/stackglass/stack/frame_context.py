"""A frame as DWARF's expressions ask about it: its registers, its frame base, what they were worth at its entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stackglass.debuginfo.expressions import (
    Context,
    evaluate_value,
)
from stackglass.debuginfo.subprograms import Subprogram
from stackglass.debuginfo.target import Function
from stackglass.isa.places import single
from stackglass.stack.body_stack_pointer import stack_pointer_of_body
from stackglass.stack.clobbered import is_clobbered
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.numbers import X87_BITS, from_x87
from stackglass.stack.thread_storage import storage_start
from stackglass.unwind.call_frames import FrameTable
from stackglass.unwind.rules import RegisterOffset

_CALL_FRAME_CFA = b"\x9c"
_FIRST_REGISTER, _LAST_REGISTER = 0x50, 0x6F  # DW_OP_reg0 to DW_OP_reg31
_MOST_CALLERS = 16
"""An entry value that is itself told by an entry value, and so on: this many frames up at most."""


@dataclass(slots=True)
class FrameContext:
    """Frame `index` of a chain. What it is asked for is computed when it is first asked for."""

    chain: FrameChain
    index: int
    callers: int = 0
    _context: Context | None = None

    @property
    def facts(self) -> Facts:
        """What is known of the program's code."""
        return self.chain.facts

    @property
    def function(self) -> Function | None:
        """The frame's function."""
        return self.facts.function_at(self.chain.look_up(self.index))

    @property
    def subprogram(self) -> Subprogram | None:
        """Its function as debug information tells it."""
        return self.facts.subprogram_at(self.chain.look_up(self.index))

    def register(self, number: int) -> int:
        """The value of the register with that DWARF number in this frame. LookupError if it isn't known."""
        told = self.facts.isa.dwarf_part(number)
        if told is None:
            raise LookupError(number)
        register, _, bits, shift = told
        return self._full_register(register.name) >> shift & ((1 << bits) - 1)

    def register_bytes(self, number: int, size: int) -> bytes:
        """The `size` bytes of a value in that register, in memory order. LookupError if they aren't known.

        Where it doesn't suffice the registers behind it have the rest, as a double's in r0 and r1.
        """
        isa = self.facts.isa
        told = isa.dwarf_part(number)
        if told is None:
            raise LookupError(number)
        width = max(told[2] // 8, isa.word_size)
        data = self.register(number).to_bytes(width, isa.byte_order)
        if told[2] == X87_BITS:
            return from_x87(data, size, isa.byte_order)
        if told[0].holds_doubles:
            return single(self.register(number), size, isa.byte_order)
        if size > width:
            return data + self.register_bytes(number + 1, size - width)
        return data[:size] if isa.byte_order == "little" else data[width - size :]

    def _full_register(self, name: str) -> int:
        known = self.chain.rule_registers(self.index)
        if name in known and not is_clobbered(self.chain, self.index, name):
            return known[name]
        if self.index == 1 and self.chain.is_untouched(name):
            return self.chain.moment.registers[name]
        if self.index:
            called = self._registers_at(self.chain.activation(self.index - 1).call_step)
            if name in called:
                return called[name]
        raise LookupError(name)

    def _register_of_body(self, number: int) -> int:
        """As `register`; but SP as the function's body has it."""
        function = self.function
        known = stack_pointer_of_body(self.chain, function) if function and self._is_running_sp(number) else None
        return self.register(number) if known is None else known

    def _is_running_sp(self, number: int | None) -> bool:
        """Whether a DWARF number is that of SP, and the frame that of the running function."""
        register = self.facts.isa.by_dwarf(number) if number is not None else None
        return not self.index and register is not None and register.name == self.facts.isa.stack_pointer

    def _registers_at(self, step: int | None) -> Mapping[str, int]:
        """The registers at an earlier step where they were recorded: nothing else keeps what a callee may change."""
        ask = self.chain.moment.registers_at
        return (ask(step) if ask is not None and step is not None else None) or {}

    def context(self) -> Context:
        """What DWARF expressions may ask about the frame."""
        if self._context is None:
            self._context = Context(
                register=self.register,
                read_memory=self.chain.memory.read,
                cfa=self.chain.rules_cfa(self.index),
                frame_base=self._frame_base(),
                tls=self._tls(),
                entry_value=self.entry_value,
                address_size=self.facts.isa.word_size,
                byte_order=self.facts.isa.byte_order,
                pc=self.chain.look_up(self.index),
                register_bytes=self.register_bytes,
            )
        return self._context

    def _frame_base(self) -> int | bytes | None:
        """The function's frame base.

        Where it is a register, it is wrong in the prologue and the epilogue, in which the register isn't the
        function's yet, or any more. The rules of the body tell what it is worth there, relative to the CFA.
        """
        subprogram, look_up = self.subprogram, self.chain.look_up(self.index)
        expression = subprogram.frame_base_at(look_up) if subprogram else None
        if expression is None or bytes(expression) == _CALL_FRAME_CFA:
            return expression if expression is None else self.chain.rules_cfa(self.index)
        table = self.facts.table_at(look_up)
        if self.chain.lost(self.index):
            return expression  # which counts from the register as it was
        if table is None or len(expression) != 1 or not _FIRST_REGISTER <= expression[0] <= _LAST_REGISTER:
            return expression
        now, body = table.row_at(look_up).cfa, body_rule(table, expression[0] - _FIRST_REGISTER)
        if body is None:
            return expression
        is_set = isinstance(now, RegisterOffset) and now.register == body.register and now.offset >= body.offset
        if is_set and self.chain.gives_cfa(self.index):
            return expression
        return self.chain.rules_cfa(self.index) - body.offset

    def _tls(self) -> Callable[[int], int] | None:
        """Where the executable's thread-local variables lie, by offset; None for a function of another module."""
        start, function = storage_start(self.facts.target, self.chain.moment.registers), self.function
        if start is None or function is None or function.module is not self.facts.target.modules[0]:
            return None
        return lambda offset: start + offset

    def entry_value(self, expression: bytes) -> int | None:
        """What a register was worth when the function was entered: as recorded, else as the caller's call site says."""
        outer = self.index + 1
        activation = self.chain.activation(self.index)
        recorded = self._at_entry(expression)
        if recorded is not None:
            return recorded
        if outer >= len(self.chain) or activation.tail_jumps or self.callers >= _MOST_CALLERS:
            return None
        caller = FrameContext(self.chain, outer, self.callers + 1)
        subprogram = caller.subprogram
        sites = self.facts.safely(subprogram.call_sites, ()) if subprogram else ()
        for site in sites:
            if site.return_pc == activation.return_address and not site.is_tail_call:
                found = site.parameter_of(expression)
                return None if found is None or found.value is None else evaluate_value(found.value, caller.context())
        return None

    def _at_entry(self, expression: bytes) -> int | None:
        if len(expression) != 1 or not _FIRST_REGISTER <= expression[0] <= _LAST_REGISTER:
            return None
        register = self.facts.isa.by_dwarf(expression[0] - _FIRST_REGISTER)
        if register is None or register.name == self.facts.isa.stack_pointer:
            return None
        return self.entry_registers().get(register.name)

    def entry_registers(self) -> Mapping[str, int]:
        """The registers as the function was entered, SP aside; none where that can't be had."""
        activation = self.chain.activation(self.index)
        step = activation.tail_jumps[0].step if activation.tail_jumps else activation.call_step
        return self._registers_at(step)


def body_rule(table: FrameTable, register: int | None = None) -> RegisterOffset | None:
    """The CFA rule that holds for most of a function's code: that of its body. `register`: what it must count from."""
    bytes_of: Counter[RegisterOffset] = Counter()
    for row in table.rows:
        if isinstance(row.cfa, RegisterOffset) and register in (None, row.cfa.register):
            bytes_of[row.cfa] += row.end - row.start
    return bytes_of.most_common(1)[0][0] if bytes_of else None
