"""The rules of an activation strategy in words, each with where the recorded program shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackglass.model import FaultKind, Role, Slot
from stackglass.recording.deepest import own_entries
from stackglass.recording.textbook import TextbookRecording
from stackglass.textbook.activation import Activation
from stackglass.textbook.program import Function
from stackglass.textbook.scope import Static

_MOST_LINKS = 6
_MOST_ZEROES = 50
"""Calls that are looked through for a variable with another value than 0."""
_NO_RETURN = "no call of this program has returned"


class Rule(NamedTuple):
    """A rule, and where this program shows it, or that it doesn't."""

    words: str
    shown: str


def rules_of(recording: TextbookRecording) -> list[Rule]:
    """The rules of the recording's strategy."""
    telling = _Telling(recording)
    match recording.compiled.strategy.activation:
        case Activation.STACK:
            rules = list(telling.stack())
        case Activation.STATIC:
            rules = list(telling.static())
        case Activation.RECORDS:
            rules = list(telling.records())
    return [*rules, *telling.one_place()]


class _Telling:
    """Finds what to point at: a call of one of the program's own functions, the most nested if there is a choice."""

    def __init__(self, recording: TextbookRecording) -> None:
        self._recording = recording
        self._calls = recording.calls
        self._program = recording.compiled
        own = own_entries(recording)
        self._own = [row for row in self._calls.rows_of(own) if row]
        self._row = self._deepest(own) if own else 0

    # ---- the rules ----

    def stack(self) -> Iterator[Rule]:
        """Frames on a stack."""
        yield Rule("A call makes a frame of its own, below its caller's: SP is moved down.", self._made())
        yield Rule(
            f"A frame holds the return address at 0(FP), the caller's FP at 4(FP){self._then()}.",
            self._links(),
        )
        yield Rule(f"So a function can be called while it is still running: {self._own_per_call()}.", self._recursion())
        yield Rule(
            "A return takes FP and the return address back, and deletes the frame by moving SP up.", self._returned()
        )
        yield Rule("What is below SP is dead: it stays in memory until the next call writes over it.", self._dead())

    def static(self) -> Iterator[Rule]:
        """One frame for each function."""
        frames = ", ".join(f"{one.name} {self._fixed(one)}" for one in self._functions())
        yield Rule("Each function has exactly one frame, laid out before the program starts.", frames)
        yield Rule("There is no stack: SP never moves.", self._still_pointer())
        yield Rule("The frame holds the return address too: there is room for one.", self._links())
        if self._program.strategy.allow_recursion:
            yield Rule("A call of a function that is still running writes over its return address.", self._lost())
        else:
            yield Rule(
                "So no function can be called while it is still running: the return address would be lost.",
                self._static_recursion(),
            )
        yield Rule("Variables keep their values from call to call.", self._left_values())

    def records(self) -> Iterator[Rule]:
        """Linked records on a heap."""
        yield Rule("A call gets an activation record of its own from the heap.", self._made())
        yield Rule("Each record has a dynamic link at 4(FP): the record of the call to go back to.", self._chain())
        yield Rule(
            "A nested function's record has a static link at 8(FP) too: the record that its names are found in.",
            self._static_links(),
        )
        yield Rule(
            "A return follows the dynamic link, and gives the record back to the heap, unless something may refer to "
            "it: then it stays until nothing does.",
            self._kept(),
        )
        yield Rule(
            "So a function can be called while it is still running, and what points into a record still works "
            "when its function has returned.",
            self._recursion(),
        )

    def one_place(self) -> Iterator[Rule]:
        """What --static-locals and --static-parameters do."""
        strategy = self._program.strategy
        for wanted, kind, is_parameter in (
            (strategy.static_locals, "locals", False),
            (strategy.static_parameters, "parameters", True),
        ):
            if wanted:
                places = ", ".join(self._static_names(is_parameter)) or f"no function of this program has {kind}"
                yield Rule(f"All calls of a function share its {kind}: earlier values are lost.", places)

    def _in_frames(self) -> str:
        """The variables that each frame has a place for."""
        strategy = self._program.strategy
        kinds = (("parameters", strategy.static_parameters), ("locals", strategy.static_locals))
        return " and ".join(kind for kind, is_shared in kinds if not is_shared)

    def _then(self) -> str:
        return f", then {self._in_frames()}" if self._in_frames() else ", and no variables"

    def _own_per_call(self) -> str:
        strategy = self._program.strategy
        if strategy.static_locals or strategy.static_parameters:
            return f"each call has its own return address{' and ' + self._in_frames() if self._in_frames() else ''}"
        return "each call has its own variables"

    # ---- where they show ----

    def _functions(self) -> list[Function]:
        return [one for one in self._program.functions if one.code is not None and not one.is_library]

    def _call(self, row: int) -> str:
        call = self._calls.call(row)
        ordinal = f"#{call.number}" if call.number > 1 else ""
        return f"{call.function}{ordinal}"

    def _entry_step(self, row: int) -> int:
        return self._calls.call_step(row) + 1 if row else 0

    def _extent(self, row: int) -> str:
        high = self._calls.cfa(row)
        return f"{high - self._program.by_entry[self._calls.entry(row)].frame_size:#x} to {high:#x}"

    def _fixed(self, function: Function) -> str:
        assert function.code is not None
        low = function.code.frame.address
        return f"{low:#x} to {low + function.frame_size:#x}"

    def _instruction(self, step: int) -> str:
        self._recording.seek(step)
        told = self._recording.snapshot().location.instruction
        return f"step {step}, {told}"

    def _made(self) -> str:
        call, instruction = self._call(self._row), self._instruction(self._entry_step(self._row))
        kind = "record" if self._program.strategy.activation is Activation.RECORDS else "frame"
        return f"{call}: {instruction}: its {kind} is {self._extent(self._row)}"

    def _links(self) -> str:
        row = self._row
        low = self._calls.cfa(row) - self._program.by_entry[self._calls.entry(row)].frame_size
        step = self._body_step(row)
        if step is None:
            return f"{self._call(row)} stops before it has stored them"
        self._recording.seek(step)
        words = [int.from_bytes(self._recording.read_memory(low + offset, 4), "little") for offset in (0, 4)]
        back = self._recording.target.position(words[0] - 1).function if words[0] else None
        leads = f", back into {back}" if back else ", the end of the program"
        return f"{self._call(row)}, step {step}: {low:#x} holds {words[0]:#x}{leads}; {low + 4:#x} holds {words[1]:#x}"

    def _body_step(self, row: int) -> int | None:
        body = self._program.by_entry[self._calls.entry(row)].body
        self._recording.seek(self._entry_step(row))
        return self._recording.run_to({body}, before=self._calls.return_step(row))

    def _recursion(self) -> str:
        chain = self._active(self._row)
        entries = [self._calls.entry(row) for row in chain]
        again = next((entry for entry in entries if entries.count(entry) > 1), None)
        if again is None:
            return "no function of this program is running twice where it is deepest"
        name = self._program.by_entry[again].name
        return f"{name} is running {entries.count(again)} times at step {self._entry_step(self._row)}"

    def _deepest(self, own: set[int]) -> int:
        """The most nested call that has got its frame: where there was no room for another one, its caller."""
        rows = self._calls.deepest_first(own, 2)
        return next((row for row in rows if self._body_step(row) is not None), rows[0])

    def _active(self, row: int) -> list[int]:
        found: list[int] = []
        at: int | None = row
        while at is not None:
            found.append(at)
            at = self._calls.parent(at)
        return found

    def _first_returned(self) -> int | None:
        returned = [row for row in self._own if self._calls.return_step(row) is not None]
        return min(returned, key=lambda row: self._calls.return_step(row) or 0, default=None)

    def _returned(self) -> str:
        row = self._first_returned()
        if row is None:
            return _NO_RETURN
        step = self._calls.return_step(row) or 0
        return f"{self._call(row)}: {self._instruction(step - 2)}; {self._instruction(step - 1)}"

    def _dead(self) -> str:
        row = self._first_returned()
        if row is None:
            return _NO_RETURN
        return f"at step {self._calls.return_step(row)}, {self._extent(row)} is what {self._call(row)} has left"

    def _still_pointer(self) -> str:
        """What SP is at first and at last."""
        values = []
        for step in (0, self._recording.last_step):
            self._recording.seek(step)
            values.append(f"{self._recording.snapshot().stack_pointer[1]:#x} at step {step}")
        return f"SP is {' and '.join(values)}"

    def _left_values(self) -> str:
        """A local that a call finds as the one before it left it; one that is not 0, if there is such a one."""
        shown: list[str] = []
        before: dict[int, int] = {}
        for row in self._own:
            last = before.get(self._calls.entry(row))
            before[self._calls.entry(row)] = row
            slots, step = self._unwritten_locals(row) if last is not None else ([], 0)
            returned = self._calls.return_step(last) if last is not None else None
            if last is None or returned is None or returned > self._entry_step(row):
                continue  # it has not left yet
            self._recording.seek(returned)
            left = [one for one in slots if self._recording.read_memory(one.address, one.size) == one.bytes]
            left.sort(key=lambda one: not any(one.bytes))
            if left:
                name, value = left[0].name, left[0].value
                shown.append(f"{self._call(row)}, step {step}: {name} is {value}, as {self._call(last)} left it")
            if left and any(left[0].bytes):
                return shown[-1]
            if len(shown) >= _MOST_ZEROES:
                break
        none = "this program shows none: no function is called again after it has returned and left a local written"
        return shown[0] if shown else none

    def _unwritten_locals(self, row: int) -> tuple[list[Slot], int]:
        """The locals in the frame of a call that begins, which an earlier one has written, and the step."""
        step = self._body_step(row)
        if step is None:
            return [], 0
        self._recording.seek(step)
        slots = self._recording.snapshot().frames[0].slots
        named = [one for one in slots if one.role is Role.LOCAL and one.name is not None and one.value is not None]
        return [one for one in named if one.written_by is not None], step

    def _static_recursion(self) -> str:
        fault = self._recording.fault
        frames = {one.code.frame.address for one in self._program.functions if one.code is not None}
        if fault is not None and fault.kind is FaultKind.TRAP and fault.address in frames:
            return fault.words
        return "no function of this program is called while it is running"

    def _lost(self) -> str:
        """The first call that writes another return address over one that is still wanted."""
        for row in range(len(self._calls)):
            outer = self._same_frame(row)
            if outer is not None and self._calls.return_address(outer) != self._calls.return_address(row):
                step = self._body_step(row)
                if step is not None:
                    low = self._calls.cfa(row) - self._program.by_entry[self._calls.entry(row)].frame_size
                    was, now = self._back(outer), self._back(row)
                    return f"{self._call(row)}, step {step}: {low:#x} holds {now}; {self._call(outer)} had {was} there"
        return "no function of this program is called while it is running"

    def _same_frame(self, row: int) -> int | None:
        """The innermost call that is in the frame of a call's function when that begins."""
        return next((one for one in self._active(row)[1:] if self._calls.entry(one) == self._calls.entry(row)), None)

    def _back(self, row: int) -> str:
        address = self._calls.return_address(row)
        function = self._recording.target.position(address - 1).function if address else None
        return f"{address:#x}, back into {function}" if function else f"{address:#x}"

    def _chain(self) -> str:
        rows = [row for row in self._active(self._row) if self._program.by_entry[self._calls.entry(row)].code]
        shown = [f"{self._call(row)} {self._calls.cfa(row) - self._calls.call(row).frame_bytes:#x}" for row in rows]
        more = " → …" if len(shown) > _MOST_LINKS else ""
        step = self._body_step(self._row) or self._entry_step(self._row)
        return f"at step {step}: " + " → ".join(shown[:_MOST_LINKS]) + more

    def _static_links(self) -> str:
        nested = {one.low: one for one in self._functions() if one.code is not None and one.code.outer is not None}
        if not nested:
            return "this program has no nested functions"
        row = next((one for one in self._own if self._calls.entry(one) in nested), None)
        step = None if row is None else self._body_step(row)
        if row is None or step is None:
            return f"nothing calls {', '.join(one.name for one in nested.values())}"
        self._recording.seek(step)
        place = self._calls.cfa(row) - nested[self._calls.entry(row)].frame_size + 8
        link = int.from_bytes(self._recording.read_memory(place, 4), "little")
        outer = nested[self._calls.entry(row)].code
        assert outer is not None and outer.outer is not None
        return f"{self._call(row)}, step {step}: {place:#x} holds {link:#x}, a record of {outer.outer.name}"

    def _kept(self) -> str:
        row = self._first_returned()
        if row is None:
            return _NO_RETURN
        step = self._calls.return_step(row) or 0
        self._recording.seek(step)
        low = self._calls.cfa(row) - self._program.by_entry[self._calls.entry(row)].frame_size
        given_back = any(run.address == low for run in self._recording.snapshot().below_sp)
        what = "was given back, and is as it left it" if given_back else "is kept: something may refer to it"
        return f"{self._call(row)} has returned at step {step}; its record {self._extent(row)} {what}"

    def _static_names(self, is_parameter: bool) -> Iterator[str]:
        for function in self._functions():
            assert function.code is not None
            variables = function.code.parameters if is_parameter else function.code.block.variables
            for variable in variables:
                if isinstance(variable.storage, Static):
                    yield f"{function.name}'s {variable.name} is at {variable.storage.address:#x}"
