"""From areas to slots: bytes, values, writers and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stackglass.debuginfo.expressions import InMemory
from stackglass.errors import UnreadableMemory
from stackglass.model import Evidence, Initialised, Pointee, Role, Slot, WrittenPart
from stackglass.stack.layout import Area
from stackglass.stack.members import runs_of_members, runs_of_value
from stackglass.stack.reading import VariableReader
from stackglass.stack.saved import is_saved_by_code, is_saving, led_back_to
from stackglass.stack.values import UNKNOWN, Decoded
from stackglass.stack.written import Written, extent_of

_WORDS = frozenset((Role.RETURN_ADDRESS, Role.SAVED_FRAME_POINTER, Role.SAVED_REGISTER, Role.CANARY))
_VARIABLES = frozenset((Role.PARAMETER, Role.LOCAL, Role.OUTGOING_ARGUMENT))


@dataclass(frozen=True, slots=True)
class SlotMaker:
    """Makes the slots of one frame. `came_in` says where its parameters were passed, by their entries' offsets;
    `by_reference` has those of which only the address was."""

    reader: VariableReader
    came_in: dict[int, str]
    by_reference: frozenset[int] = frozenset()

    def slots(self, areas: Sequence[Area]) -> tuple[Slot, ...]:
        """A slot for each area that is mapped, from high addresses to low."""
        made = (self.slot(area) for area in sorted(areas, key=lambda area: -area.low))
        return tuple(slot for slot in made if slot is not None)

    def slot(self, area: Area) -> Slot | None:
        """The slot of an area; None where its bytes aren't mapped: there is nothing to show."""
        use = area.use
        runs = self._runs(area)
        data = self._read(area.low, area.high - area.low)
        if data is None:
            return None
        decoded = self._decoded(area, data)
        return Slot(
            address=area.low,
            size=area.high - area.low,
            role=use.role,
            bytes=data,
            evidence=use.evidence,
            name=use.name or None,
            type=use.type.spelling if use.type is not None else None,
            offset=area.offset,
            value=decoded.value,
            initialised=self._initialised(area, runs, decoded),
            written_by=self.reader.layout.writes.last_writer(runs),
            in_red_zone=area.in_red_zone,
            register=use.register,
            overwritten=self._is_overwritten(area, runs),
            points_to=decoded.points_to,
            fields=decoded.fields,
            note=self._note(area, data),
            of_frame=use.frame,
            parts=tuple(self._parts(runs)) if use.role is Role.ALLOCA and use.variable is None else (),
        )

    def _runs(self, area: Area) -> Sequence[Written]:
        """Who wrote it; what was written into room that a callee hands out was so for this frame, by whomever."""
        runs, since = self.reader.layout.writes.runs(area.low, area.high), area.use.since
        return runs if since is None else [run._replace(own=run.own or _is_since(run, since)) for run in runs]

    def _parts(self, runs: Sequence[Written]) -> Iterator[WrittenPart]:
        for run in runs:
            writer = self.reader.layout.writes.last_writer([run])
            yield WrittenPart(run.low, run.high - run.low, writer, run.own)

    def _owner(self, area: Area) -> int:
        """The frame whose return address lies in an area."""
        return self.reader.layout.index if area.use.frame is None else area.use.frame

    def _is_overwritten(self, area: Area, runs: Sequence[Written]) -> bool:
        """Whether any byte was written by another instruction than the call, or the one that saved the register."""
        layout, use = self.reader.layout, area.use
        if use.role is Role.RETURN_ADDRESS:
            activation = layout.chain.activation(self._owner(area))
            known = activation.call_pc is not None and not activation.tail_jumps
            if area.use.evidence in (Evidence.CFI, Evidence.WRITES):  # calls leave it in a register
                word = layout.chain.memory.word(area.low)
                return activation.return_address not in (None, led_back_to(layout.chain, self._owner(area), word))
            return known and any(run.pc is not None and run.pc != activation.call_pc for run in runs)
        if use.role not in (Role.SAVED_FRAME_POINTER, Role.SAVED_REGISTER) or use.register is None:
            return False
        if use.register == self._stack_pointer:  # code that moves the chain's end writes it anew; 0 ends the chain
            return layout.chain.memory.word(area.low) not in (0, layout.chain.high(layout.index))
        return is_saved_by_code(layout.chain, layout.index, use.register) and any(
            run.own and run.pc is not None and not is_saving(layout.chain, layout.index, use.register, run.pc)
            for run in runs
        )

    @property
    def _stack_pointer(self) -> str:
        return self.reader.layout.chain.facts.isa.stack_pointer

    def _initialised(self, area: Area, runs: Sequence[Written], decoded: Decoded) -> Initialised:
        if area.use.role is Role.PADDING:
            return Initialised.NONE
        start, size, type_ = area.low - area.offset, area.high - area.low, area.use.type
        if area.use.since is not None:
            return extent_of(runs)
        if type_ is not None and type_.strip().size:
            size, runs = type_.strip().size, runs_of_value(runs, start, type_)
        return extent_of(runs_of_members(runs, start, size, decoded.fields))

    def _decoded(self, area: Area, data: bytes) -> Decoded:
        use = area.use
        if use.role in _WORDS and not area.in_red_zone:
            return self._word(area, data)
        if use.role not in _VARIABLES and (use.variable is None or use.variable.has_unknown_length):
            return UNKNOWN
        if use.type is None:
            return Decoded(hex(self._number(data)))
        if use.variable is not None and use.role is not Role.OUTGOING_ARGUMENT:
            return self.reader.decoded(use.variable)
        # An argument is read where the caller put it, wherever the callee keeps it by now.
        if use.address is None:
            return UNKNOWN
        whole = self._read(use.address, use.type.strip().size)
        return UNKNOWN if whole is None else self.reader.decoder.decode(use.type, whole)

    def _word(self, area: Area, data: bytes) -> Decoded:
        value = self._number(data)
        points_to: Pointee | None = None
        if area.use.role is Role.RETURN_ADDRESS:
            points_to = self.reader.pointees.code(led_back_to(self.reader.layout.chain, self._owner(area), value))
        elif area.use.role is Role.SAVED_REGISTER and area.use.register == self._stack_pointer:
            points_to = self.reader.pointees.frame(value) if value else None
        elif area.use.role is Role.SAVED_FRAME_POINTER:
            points_to = self.reader.pointees.frame(value) if value else self.reader.pointees.find(value)
        return Decoded(hex(value), points_to)

    def _note(self, area: Area, data: bytes) -> str | None:
        layout, use = self.reader.layout, area.use
        if use.role is Role.RETURN_ADDRESS:
            right = layout.chain.activation(self._owner(area)).return_address
            is_right = right in (None, led_back_to(layout.chain, self._owner(area), self._number(data)))
            return None if is_right else f"overwritten: it was {right:#x}"
        if use.role is Role.PARAMETER and use.variable is not None:
            return ", ".join(filter(None, (self._parameter_note(area), use.note, *self._variable_notes(area)))) or None
        if use.role is Role.LOCAL:
            return ", ".join(filter(None, (use.note, *self._variable_notes(area)))) or None
        return use.note

    def _variable_notes(self, area: Area) -> Iterator[str | None]:
        yield self._twins(area)
        yield self._written_by_later_call(area)

    def _written_by_later_call(self, area: Area) -> str | None:
        """'overwritten by f#3 at step 35' where a later call of the function, in the same frame, has done that: a local
        variable need not have had a value before."""
        layout = self.reader.layout
        numbers, activation = layout.chain.moment.call_numbers, layout.chain.activation(layout.index)
        found = layout.writes.shared_writer(layout.writes.runs(area.low, area.high), activation.row)
        if found is None or numbers is None:
            return None
        (row, step), function = found, layout.chain.facts.function_at(activation.entry or 0)
        written = "overwritten" if area.use.role is Role.PARAMETER else "local, written"
        return f"{written} by {function.name if function else 'call'}#{numbers(row)} at step {step:,}"

    def _twins(self, area: Area) -> str | None:
        """'also b' where the compiler keeps two variables in the same bytes."""
        shown, use = area.use.variable, area.use
        names = [
            other.info.name
            for other in self.reader.layout.variables.in_scope()
            if shown is not None
            and other.info.entry.offset != shown.info.entry.offset
            and isinstance(other.place, InMemory)
            and (other.place.address, other.size) == (use.address, shown.size)
        ]
        return f"also {', '.join(names)}" if names else None

    def _parameter_note(self, area: Area) -> str | None:
        variable = area.use.variable
        parameters = self.reader.layout.variables.parameters()
        offsets = [located.info.entry.offset for located in parameters]
        if variable is None or variable.info.entry.offset not in offsets:
            return None
        offset = variable.info.entry.offset
        number = f"parameter {offsets.index(offset) + 1}"
        came = self.came_in.get(offset)
        if came is None:
            return number
        what = "its address came" if offset in self.by_reference else "came"
        return f"{number}, {what} on the stack" if came == "stack" else f"{number}, {what} in {came}"

    def _number(self, data: bytes) -> int:
        return int.from_bytes(data, self.reader.layout.chain.facts.isa.byte_order)

    def _read(self, address: int, size: int) -> bytes | None:
        """Bytes of the frame; None where SP has left what is mapped."""
        try:
            return self.reader.layout.chain.memory.read(address, size)
        except UnreadableMemory:
            return None


def _is_since(run: Written, step: int) -> bool:
    return run.step is not None and run.step >= step
