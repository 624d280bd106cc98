"""The instructions that make room, give it back, or keep arguments: more than a line of Python each."""

from __future__ import annotations

from stackglass.model import FaultKind
from stackglass.textbook import numbers
from stackglass.textbook.calling import Calling
from stackglass.textbook.history import Active
from stackglass.textbook.library.services import Services
from stackglass.textbook.memory import TOP
from stackglass.textbook.state import PC_BITS
from stackglass.textbook.traps import Trap


class LongInstructions(Calling):
    """What translated code asks for by a call."""

    services: Services

    def new(self, size: int) -> int:
        """NEW: a record from the heap."""
        top = self.active[-1]
        address = self.services.records.new(size, top.row)
        self.active[-1] = Active(top.row, top.entry, top.back, address)
        self.rows.records[top.row] = address
        return address

    def give_back(self, address: int) -> None:
        """FREE: a record that its function has done with."""
        self.services.records.give_back(address % TOP)

    def room(self, size: int) -> int:
        """NEW with a size that was computed: a block of the heap, which belongs to the running call."""
        if size < 0:
            raise Trap(FaultKind.TRAP, f"room of {size} bytes is asked for")
        return self.services.records.new(size, self.active[-1].row, links=0)

    def lowered(self, n: int, stack_pointer: int, frame_pointer: int) -> None:
        """SP is to be moved down by what was computed."""
        if stack_pointer > frame_pointer:
            size = frame_pointer - stack_pointer
            raise Trap(FaultKind.TRAP, f"room of a negative size is asked for below the frame: {size} bytes or fewer")
        if stack_pointer < -self.memory.stack_size:
            words = (
                f"the stack has grown to all of its {self.memory.stack_size:,} bytes: there is no room for what is "
                "asked for below the frame"
            )
            raise Trap(FaultKind.STACK_OVERFLOW, words, stack_pointer % TOP)
        self.rows.lowered(self.active[-1].row, n >> PC_BITS, stack_pointer % TOP)

    def save_arguments(
        self,
        address: int,
        kinds: int,
        words: tuple[int, ...],
        longs: tuple[int, ...],
        doubles: tuple[float, ...],
        writer: int,
    ) -> None:
        """SAVE: the unnamed arguments, one behind the other."""
        registers = iter(words), iter(longs), iter(doubles)
        data = bytearray()
        kinds &= 0xFFFFFFFF
        while kinds & 3:
            value = next(registers[(kinds & 3) - 1])
            data += numbers.bytes_of_argument(kinds & 3, value)
            kinds >>= 2
        self.memory.write_bytes(address, bytes(data), writer)
