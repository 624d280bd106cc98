"""The instructions that make room, give it back, or keep arguments: more than a line of Python each."""

from __future__ import annotations

from stackglass.model import FaultKind
from stackglass.textbook import numbers
from stackglass.textbook.calling import Calling
from stackglass.textbook.history import Active
from stackglass.textbook.library.services import Services
from stackglass.textbook.memory import TOP
from stackglass.textbook.scope import ARRAY_BYTES
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
            asked = self._negative_size(self.active[-1].record)
            told = f": {asked} bytes" if asked is not None else ""
            raise Trap(FaultKind.TRAP, f"room of a negative size is asked for{told}")
        return self.services.records.new(size, self.active[-1].row, links=0)

    def lowered(self, n: int, stack_pointer: int, frame_pointer: int) -> None:
        """SP is to be moved down by what was computed."""
        if stack_pointer > frame_pointer:
            asked = self._negative_size(frame_pointer)
            told = f": {asked} bytes" if asked is not None else ""
            raise Trap(FaultKind.TRAP, f"room of a negative size is asked for below the frame{told}")
        if stack_pointer < -self.memory.stack_size:
            words = (
                f"the stack has grown to all of its {self.memory.stack_size:,} bytes: there is no room for what is "
                "asked for below the frame"
            )
            raise Trap(FaultKind.STACK_OVERFLOW, words, stack_pointer % TOP)
        self.rows.lowered(self.active[-1].row, n >> PC_BITS, stack_pointer % TOP)

    def _negative_size(self, frame_pointer: int) -> int | None:
        """The size that an array of the running function would have, if just one has such a size; None if not."""
        function = self.program.by_entry[self.active[-1].entry]
        hidden = function.code.hidden if function.code is not None else ()
        places = [frame_pointer + one.offset for one in hidden if one.name == ARRAY_BYTES]
        words = (self.memory.read_bytes(place % TOP, 4) for place in places)
        sizes = [int.from_bytes(word, "little", signed=True) for word in words]
        negative = [size for size in sizes if size < 0]
        return negative[0] if len(sizes) == len(negative) == 1 else None

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
