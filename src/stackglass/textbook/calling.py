"""The calls of a textbook program while it runs: which are active, and what a call and a return do to that."""

from __future__ import annotations

from stackglass.model import FaultKind
from stackglass.textbook.activation import Activation
from stackglass.textbook.history import Active, Rows
from stackglass.textbook.memory import TOP, Memory
from stackglass.textbook.program import Program
from stackglass.textbook.state import PC_BITS
from stackglass.textbook.traps import Ended, Trap

_FOR_EVER = 10_000
"""As often as that, the same wrong return is not by chance; so deep, calls whose return address is lost are not."""


class Calling:
    """The active calls, innermost last, and the rows of all. Translated code tells of each call and return."""

    def __init__(self, program: Program, memory: Memory) -> None:
        self.program = program
        self.memory = memory
        self.rows = Rows()
        self.active: list[Active] = []
        strategy = program.strategy
        self._has_one_frame_each = strategy.activation is Activation.STATIC and not strategy.allow_recursion
        self._loses_frames = strategy.activation is Activation.STATIC and strategy.allow_recursion
        self.astray: dict[int, int] = {}
        """How often control returned to an address that no call in progress had left behind."""

    def enter(self, n: int, pc: int, entry: int, back: int, stack_pointer: int) -> None:
        """A call."""
        active = self.active
        if self._has_one_frame_each:
            self._must_not_recur(entry)
        elif self._loses_frames and len(active) == _FOR_EVER:
            self._must_get_back(entry)
        parent = active[-1].row if active else -1
        row = self.rows.add(n >> PC_BITS, pc, entry, parent, stack_pointer % TOP or TOP, len(active), back)
        active.append(Active(row, entry, back))

    def _must_not_recur(self, entry: int) -> None:
        function = self.program.by_entry[entry]
        if function.code is not None and any(one.entry == entry for one in self.active):
            from stackglass.textbook.faults import recursion

            raise recursion(self, function)

    def _must_get_back(self, entry: int) -> None:
        from stackglass.textbook.faults import lost_recursion

        trap = lost_recursion(self, self.program.by_entry[entry], len(self.active))
        if trap is not None:
            raise trap

    def leave(self, n: int, return_address: int, stack_pointer: int) -> int:
        """A return; gives where control goes."""
        active = self.active
        top = active[-1]
        return_address %= TOP
        if return_address == top.back:
            self.rows.returned(top.row, (n >> PC_BITS) + 1)
            if len(active) == 1:
                raise Ended(None)
            active.pop()
            return return_address
        return self._leave_oddly(n, return_address)

    def _leave_oddly(self, n: int, return_address: int) -> int:
        """A return to somewhere else than where the call came from: the return address was written over."""
        function = self.program.function_at(return_address)
        if function is None or return_address not in self.program.by_address:
            words = f"the return address was overwritten: it leads to {return_address:#x}, where no code is"
            raise Trap(FaultKind.JUMP_TO_NOWHERE, words, return_address)
        if any(one.back == return_address for one in self.active[1:]):
            while self.active[-1].back != return_address:
                self._pop(n)
            self._pop(n)
            return return_address
        if function.low != self.active[-1].entry and len(self.active) > 1:
            self._pop(n)
        if self._loses_frames:
            times = self.astray[return_address] = self.astray.get(return_address, 0) + 1
            if times >= _FOR_EVER:
                from stackglass.textbook.faults import lost_return

                raise lost_return(self, return_address, times)
        return return_address

    def _pop(self, n: int) -> None:
        left = self.active.pop()
        self.rows.returned(left.row, (n >> PC_BITS) + 1)
        self.rows.left_by_jump.add(left.row)

    def called(self, value: int) -> tuple[int, int | None]:
        """What a call through a pointer calls: (first instruction, static link of a nested function)."""
        address = value % TOP
        if address in self.program.by_entry:
            return address, None
        try:
            code = int.from_bytes(self.memory.read_bytes(address, 4), "little")
            link = int.from_bytes(self.memory.read_bytes(address + 4, 4), "little", signed=True)
        except IndexError:
            code, link = 0, 0
        function = self.program.by_entry.get(code)
        if function is not None and function.code is not None and function.code.outer is not None:
            return code, link
        what = "a null pointer" if not address else f"{address:#x}, where no function begins"
        raise Trap(FaultKind.JUMP_TO_NOWHERE, f"a call through a pointer that leads to {what}", address)
