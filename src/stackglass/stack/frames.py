"""The call stack of a moment as a sequence of frames, decoded one by one when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import overload

from stackglass.debuginfo.expressions import InMemory
from stackglass.debuginfo.ownership import RUNTIME_FUNCTIONS
from stackglass.debuginfo.subprograms import InlinedCall
from stackglass.errors import UnreadableMemory
from stackglass.isa.instructions import InstructionKind
from stackglass.model import (
    CallSite,
    EnteredByReturn,
    Frame,
    FrameOutline,
    Initialised,
    Position,
    ReturnAddress,
    Role,
    StackPlace,
    Variable,
    Writer,
)
from stackglass.stack.code import Instruction
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.layout import Area, FrameLayout
from stackglass.stack.linkage import kept_above
from stackglass.stack.members import runs_of_value
from stackglass.stack.passing import as_passed, came_in, is_only_passed, passed_by_reference
from stackglass.stack.pointees import Layouts, Pointees
from stackglass.stack.reading import VariableReader
from stackglass.stack.saved import led_back_to, saved_by_writers
from stackglass.stack.saved_by_callees import saved_by_callees
from stackglass.stack.slots import SlotMaker
from stackglass.stack.sources import Activation, Moment
from stackglass.stack.stack_memory import StackMemory
from stackglass.stack.values import Decoder
from stackglass.stack.variables import NOT_CREATED, Located
from stackglass.stack.written import FrameWrites, extent_of
from stackglass.unwind.rules import CfaExpression, CfaRule, RegisterOffset

_KEPT_FRAMES = 256


class Frames:
    """The frames of a moment, innermost first. `[k]` decodes frame k; `outline(k)` tells of it at next to no cost."""

    def __init__(self, moment: Moment, facts: Facts) -> None:
        self._moment = moment
        self._facts = facts
        memory = StackMemory(moment, facts.isa)
        self.chain = FrameChain(moment, facts, memory, self._saved_without_rules)
        self.layouts = Layouts(self.chain)
        self.pointees = Pointees(self.layouts)
        adjusts = facts.isa.virtual_in_adjustment
        self._decoder = Decoder(facts.isa.byte_order, self.pointees.find, virtual_in_adjustment=adjusts)
        self._kept: dict[int, Frame] = {}

    def __len__(self) -> int:
        return len(self.chain)

    def __iter__(self) -> Iterator[Frame]:
        return (self[index] for index in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return self._of_any(self._checked(index))

    def _of_any(self, at: int) -> Frame:
        if at not in self._kept:
            if len(self._kept) >= _KEPT_FRAMES:
                self._kept.pop(next(iter(self._kept)))
            self._kept[at] = self._decode(at)
        return self._kept[at]

    def outline(self, index: int) -> FrameOutline:
        """Frame `index` without its slots."""
        return self._outline(self._checked(index))

    def parameters(self, index: int) -> tuple[Variable, ...]:
        """The parameters of frame `index`, as it has them; its slots are not looked for."""
        at = self._checked(index)
        layout = self.layouts[at]
        return self._parameters(layout, VariableReader(layout, self._decoder, self.pointees), came_in(layout))

    @property
    def kept(self) -> KeptFrames:
        """The frames of calls that have returned, where those are records of their own and something may refer to
        them. They are decoded when they are asked for, and their indexes go on behind those of the call stack."""
        return KeptFrames(self._of_any, len(self), len(self._moment.kept))

    def _outline(self, at: int) -> FrameOutline:
        low, high = self.chain.extent(at)
        # A frame from which control went to nowhere is still that of the function that was called.
        function = self._facts.function_at(self.chain.look_up(at))
        if function is None:
            library = not self._facts.target.is_nameless(self.chain.code_pc(at))
            name, entry = None, self.chain.activation(at).entry
        else:
            name, library, entry = function.name, function.library, function.low
        return FrameOutline(at, name, library, low, high, self.chain.pc(at), self._stack(at), entry)

    def _stack(self, index: int) -> StackPlace | None:
        if self.chain.is_one_stack or self.chain.activation(index).low is not None:
            return None  # the process's own, or none at all: the frame lies apart
        return self.chain.stacks.place(self.chain.high(index))

    def _checked(self, index: int) -> int:
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f"there is no frame {index}: the call stack has {len(self)}")
        return at

    def _saved_without_rules(self, chain: FrameChain, index: int) -> dict[str, int]:
        writes = FrameWrites(self._moment, chain.activation(index), chain.high(index), self._facts)
        claims = [*saved_by_writers(chain, index, writes), *saved_by_callees(chain, index, writes)]
        return {claim.owner.register: claim.low for claim in claims if claim.owner.register is not None}

    def _return_address_slot(self, index: int) -> int | None:
        """Where the frame keeps its return address; None where it is in a register still."""
        isa = self._facts.isa
        if isa.cfa_minus_sp_at_entry:
            return self.chain.rules_cfa(index) - isa.cfa_minus_sp_at_entry
        above = kept_above(self.chain, index)
        if above is not None:
            return above.address
        own = (area for area in self.layouts[index].areas() if area.use.frame is None)
        return next((area.low for area in own if area.use.role is Role.RETURN_ADDRESS), None)

    def _decode(self, index: int) -> Frame:
        layout, outline = self.layouts[index], self._outline(index)
        activation, position = self.chain.activation(index), self._facts.position(self.chain.code_pc(index))
        reader = VariableReader(layout, self._decoder, self.pointees)
        passed = came_in(layout)
        offsets = [located.info.entry.offset for located in layout.variables.parameters()]
        maker = SlotMaker(
            reader,
            {at: words for at, words in zip(offsets, passed, strict=True) if words},
            frozenset(at for at, is_so in zip(offsets, passed_by_reference(layout), strict=True) if is_so),
        )
        below = self.layouts.red_zone if index == 0 else ()
        return Frame(
            index=index,
            function=outline.function,
            file=position.file,
            line=position.line,
            pc=outline.pc,
            library=outline.library,
            cfa=activation.cfa,
            low=outline.low,
            high=outline.high,
            frame_pointer=self._frame_pointer(index),
            frame_pointer_register=self._facts.frame_pointer_at(self.chain.look_up(index)),
            may_keep_frame_pointer=self.chain.rules(index) is None or self._makes_frame_pointer(index),
            makes_frame_pointer=self._makes_frame_pointer(index),
            lost_frame_pointer=self.chain.lost(index).get(self._facts.frame_pointer_at(self.chain.look_up(index))),
            return_address=self._return_address(index),
            call_site=self._call_site(index),
            found_by=activation.found_by,
            parameters=self._parameters(layout, reader, passed),
            register_variables=tuple(self._without_slots(layout, reader, below)),
            slots=maker.slots(layout.areas()) + maker.slots(below),
            rooms=maker.slots(layout.rooms()),
            tail_called_from=tuple(self._jumped_from(activation)),
            inlined=tuple(self._inlined(layout)),
            entered_by=self._entered_by(activation),
            stack=outline.stack,
            entry=outline.entry,
            not_mapped=self.chain.not_mapped(index),
            call_number=self._call_number(activation.row),
            taken_by=self._taken_by(index),
            returned_at=activation.returned_at,
            jumper_stays=activation.is_below_jumper,
        )

    def _taken_by(self, index: int) -> int | None:
        if not self._moment.fixed_frames:
            return None
        found = self.layouts.frame_of(self.chain.extent(index).low)
        return None if found == index else found

    def _call_number(self, row: int | None) -> int | None:
        numbers = self._moment.call_numbers
        return None if numbers is None or row is None else numbers(row)

    def _call_site(self, index: int) -> CallSite | None:
        """The call instruction; its line is looked up at its last byte, as for the pc of a frame that waits."""
        activation = self.chain.activation(index)
        if activation.call_pc is None:
            return None
        at = activation.call_pc if activation.return_address is None else activation.return_address - 1
        position = self._facts.position(at)
        entry = self.outline(index + 1).entry if index + 1 < len(self) else None
        return CallSite(
            activation.call_pc, position.function, position.file, position.line, activation.call_step, entry
        )

    def _entered_by(self, activation: Activation) -> EnteredByReturn | None:
        entered = activation.entered
        if entered is None:
            return None
        writer = None
        if entered.writer is not None and entered.writer.pc is not None and entered.writer.step is not None:
            at = self._facts.position(entered.writer.pc)
            writer = Writer(at.pc, at.function, at.file, at.line, entered.writer.step)
        at = self._facts.position(entered.pc)
        return EnteredByReturn(at.pc, at.function, at.file, at.line, entered.step, writer)

    def _return_address(self, index: int) -> ReturnAddress:
        activation = self.chain.activation(index)
        if activation.return_address is None or activation.cfa is None:
            return ReturnAddress(None, "none")
        slot = self._return_address_slot(index)
        if slot is not None:
            try:
                kept = led_back_to(self.chain, index, self.chain.memory.word(slot))
            except UnreadableMemory:
                kept = activation.return_address
            return ReturnAddress(kept, "slot")
        register = self._holding(index, activation.return_address)
        if register is not None:
            return ReturnAddress(activation.return_address, "register", register)
        return self._lost_return_address(index) or ReturnAddress(activation.return_address, "none")

    def _holding(self, index: int, address: int) -> str | None:
        """The register that a return address is in: the one that calls leave it in, or where the code has moved it."""
        isa, known = self._facts.isa, self.chain.registers(index)
        holding = [one.name for one in isa.registers if isa.code_address(known.get(one.name, -1)) == address]
        if isa.return_register in holding:
            return isa.return_register
        return next((name for name in holding if self._has_moved_return_address(index, name)), None)

    def _has_moved_return_address(self, index: int, register: str) -> bool:
        """Whether the code last wrote a register with a copy of the return register, or popped it.

        That a register is equal to the return address says nothing: that of the outermost function may be 0.
        """
        isa, last = self._facts.isa, self._last_writer(index, register)
        if last is None or register in (isa.stack_pointer, isa.pc):
            return False
        if last.setting is not None and last.setting.register == register and last.setting.source is not None:
            return isa.full_name(last.setting.source) == isa.return_register
        return bool(last.stack_delta)

    def _lost_return_address(self, index: int) -> ReturnAddress | None:
        """What the running function has taken from its frame into the return register, where that is not what its call
        left."""
        register, last = self._facts.isa.return_register, None
        if index == 0 and register is not None and register in self.chain.registers(index):
            last = self._last_writer(index, register)
        if register is None or last is None or last.kind is InstructionKind.CALL:
            return None
        value = self._facts.isa.code_address(self.chain.registers(index)[register])
        return ReturnAddress(value, "register", register, overwritten=True)

    def _last_writer(self, index: int, register: str) -> Instruction | None:
        """The last instruction before the frame's pc that writes a register, in the order of their addresses."""
        return next((one for one in reversed(self._code_before(index)) if register in one.writes), None)

    def _jumped_from(self, activation: Activation) -> Iterator[Position]:
        """Who handed the frame on, but for what only leads from the C library's start to main."""
        for jump in activation.tail_jumps:
            function = self._facts.function_at(jump.pc)
            if function is None or function.symbol not in RUNTIME_FUNCTIONS:
                at = self._facts.position(jump.pc)
                yield CallSite(at.pc, at.function, at.file, at.line, jump.step, jump.entry)

    def _frame_pointer(self, index: int) -> int | None:
        """The frame pointer's value, if the function has set it up for this frame."""
        isa, register = self._facts.isa, self._facts.frame_pointer_at(self.chain.look_up(index))
        value = self.chain.registers(index).get(register)
        rules = self.chain.rules(index)
        if self.chain.is_lost(index) or self.chain.lost(index):
            return None
        if rules is not None:
            counts = _counts_from(rules[1].cfa, isa.register(register).dwarf)
            return value if counts and self._leads_to_cfa(index, rules[1].cfa, value) else None
        saved = self._saved_without_rules(self.chain, index).get(register)
        # A frame record is {fp, return address}; the register points at the one, the other, or above both.
        points = value is not None and saved is not None and value - saved in (0, isa.word_size, 2 * isa.word_size)
        return value if points and self._has_set_frame_pointer(index) else None

    def _has_set_frame_pointer(self, index: int) -> bool:
        """Whether an instruction of the function that lies before its pc writes the frame pointer."""
        register = self._facts.frame_pointer_at(self.chain.look_up(index))
        return any(register in one.writes for one in self._code_before(index))

    def _makes_frame_pointer(self, index: int) -> bool:
        """Whether one does that with what it computes from SP, as far as the instruction set's table tells."""
        isa, register = self._facts.isa, self._facts.frame_pointer_at(self.chain.look_up(index))
        if not isa.address_steps:
            return self._has_set_frame_pointer(index)
        settings = (one.setting for one in self._code_before(index))
        made = (setting.sources for setting in settings if setting is not None and setting.register == register)
        return any(isa.stack_pointer in (one.register, one.base) for sources in made for one in sources)

    def _code_before(self, index: int) -> Sequence[Instruction]:
        """The instructions of the frame's function that lie before its pc."""
        pc = self.chain.look_up(index)
        function = self._facts.function_at(pc)
        return (
            () if function is None else self._facts.code_of(function, self.chain.memory.read).between(function.low, pc)
        )

    def _leads_to_cfa(self, index: int, rule: CfaRule | None, value: int | None) -> bool:
        """Whether a frame pointer's value is that of this frame: one that was overwritten is not."""
        if value is None or not isinstance(rule, RegisterOffset):
            return True
        return (value + rule.offset - self.chain.rules_cfa(index)) % (1 << 8 * self._facts.isa.word_size) == 0

    def _inlined(self, layout: FrameLayout) -> Iterator[Position]:
        subprogram, look_up = layout.variables.subprogram, self.chain.look_up(layout.index)
        empty: list[InlinedCall] = []
        calls = self._facts.safely(lambda: subprogram.inlined_at(look_up), empty) if subprogram else empty
        for call in calls:
            yield Position(self.chain.pc(layout.index), call.name, call.call_file, call.call_line)

    def _parameters(
        self, layout: FrameLayout, reader: VariableReader, passed: tuple[str | None, ...]
    ) -> tuple[Variable, ...]:
        by_reference = passed_by_reference(layout)
        return tuple(
            replace(
                self._parameter(layout, reader, position, located, passed[position]),
                by_reference=by_reference[position],
            )
            for position, located in enumerate(layout.variables.parameters())
        )

    def _parameter(
        self, layout: FrameLayout, reader: VariableReader, position: int, located: Located, came: str | None
    ) -> Variable:
        place, initialised = located.place, Initialised.ALL
        decoded, location = reader.decoded(located), reader.location(located)
        if located.info.is_static_at(self.chain.look_up(layout.index)):
            pass  # debug information says that it is there by now; who writes to data need not be recorded
        elif isinstance(place, InMemory) and place.address < layout.extent.high and located.size:
            end = min(place.address + located.size, layout.extent.high)  # the caller has written what lies above
            runs = layout.writes.runs(place.address, end)
            initialised = extent_of(runs_of_value(runs, place.address, located.type))
        if initialised is Initialised.NONE or place is NOT_CREATED or is_only_passed(layout, located):
            passed = as_passed(layout, position, located)
            if passed is not None:
                decoded, at = self._decoder.decode(located.type, passed.data), passed.place
                location = at if isinstance(at, str) else reader.location(located._replace(place=at))
                initialised = Initialised.ALL
        return Variable(
            located.info.name,
            located.type.spelling,
            decoded.value,
            location,
            decoded.points_to,
            came,
            initialised,
            size=located.size,
        )

    def _without_slots(
        self, layout: FrameLayout, reader: VariableReader, below: tuple[Area, ...]
    ) -> Iterator[Variable]:
        """The variables in view that no slot of the frame shows, its own parameters aside: `parameters` has those."""
        shown = {
            area.use.variable.info.entry.offset
            for area in (*layout.areas(), *layout.rooms(), *below)
            if area.use.variable is not None and area.use.name is not None
        }
        for located in layout.variables.in_scope():
            info = located.info
            if not info.name or info.entry.offset in shown or (info.is_parameter and info.inlined is None):
                continue
            yield reader.variable(located)


class KeptFrames(Sequence[Frame]):
    """Frames by their number among those that are kept; `decode` takes an index of the chain."""

    def __init__(self, decode: Callable[[int], Frame], first: int, count: int) -> None:
        self._decode = decode
        self._indexes = range(first, first + count)

    def __len__(self) -> int:
        return len(self._indexes)

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        at = self._indexes[index]
        return [self._decode(one) for one in at] if isinstance(at, range) else self._decode(at)


def _counts_from(rule: CfaRule | None, register: int | None) -> bool:
    """Whether a CFA rule is an offset from that register, or an expression that begins with it."""
    if register is None:
        return False
    if isinstance(rule, RegisterOffset):
        return rule.register == register
    return isinstance(rule, CfaExpression) and rule.expression[:1] == bytes([0x70 + register])
