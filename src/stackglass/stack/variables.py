"""Where the variables of a frame are: DWARF's expressions evaluated in the frame that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stackglass.debuginfo.expressions import (
    InMemory,
    InRegister,
    OptimisedOut,
    Place,
    Value,
    evaluate,
)
from stackglass.debuginfo.subprograms import VariableInfo
from stackglass.debuginfo.target import Function
from stackglass.debuginfo.types import VOID, ArrayType, Bound, Type, UnspecifiedType, is_empty, resolved
from stackglass.errors import UnreadableMemory
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.passing import CallPlaces
from stackglass.isa.passing import Place as ArgumentPlace
from stackglass.isa.places import PlaceReader
from stackglass.model import AddressRange
from stackglass.stack.array_lengths import has_lost_length, is_given_back, is_yet_to_come
from stackglass.stack.body_stack_pointer import is_in_prologue, stack_pointer_of_body
from stackglass.stack.frame_context import FrameContext
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.leftovers import NEAR, are_leftovers
from stackglass.stack.stack_memory import NotedReads
from stackglass.stack.virtual_bases import with_virtual_bases

_FIRST_BASE, _LAST_BASE = 0x70, 0x8F  # DW_OP_breg0 to DW_OP_breg31
_KEPT_FRAMES = 256


NOT_CREATED = OptimisedOut("not created yet")
"""The place of a variable whose place is still to be decided: a variable-length array before its declaration, or what
belongs into an activation record that is yet to be made."""
NOT_PASSED = OptimisedOut("nowhere: an empty class is not passed")
GIVEN_BACK = OptimisedOut("gone: its register has been given back")
GONE_WITH_SP = OptimisedOut("gone: the frame was given back")
GONE_WITH_FRAME = OptimisedOut("gone: its record has been given back")
_LONGEST_EPILOGUE = 64
"""Bytes of code from where a register is given back to the return instruction, at most."""


def _no_bound(bound: Bound) -> int | None:
    return None


class Located(NamedTuple):
    """A variable with its type (array lengths resolved) and its place in a frame."""

    info: VariableInfo
    type: Type
    place: Place
    in_scope: bool
    has_lost_length: bool = False
    """Whether it is such an array as below, and where its length is kept something else has been written."""

    @property
    def is_variable_length(self) -> bool:
        """Whether it is an array whose length was decided at run time."""
        plain = self.type.strip()
        return isinstance(plain, ArrayType) and plain.size != self.info.type.strip().size

    @property
    def has_unknown_length(self) -> bool:
        """Whether it is such an array, and the length isn't known."""
        plain = self.type.strip()
        return isinstance(plain, ArrayType) and plain.has_unknown_length

    @property
    def size(self) -> int:
        """Its size in bytes; 0 where that isn't known."""
        plain = self.type.strip()
        if isinstance(plain, UnspecifiedType) and plain is not VOID:  # DWARF gives C++'s nullptr_t no size
            return self.info.entry.unit.address_size
        return plain.size


@dataclass(slots=True)
class FrameVariables(FrameContext):
    """The variables of a frame. Places are computed when they are first asked for."""

    _found: dict[bool, tuple[Located, ...]] = field(default_factory=dict)
    _in_scope: dict[VariableInfo, Located] = field(default_factory=dict)

    @property
    def entered(self) -> Function | None:
        """Its function as it was entered: where the frame's code is a part that lies elsewhere, that has the symbol and
        the first instruction."""
        function, entry = self.function, self.chain.activation(self.index).entry
        first = self.facts.function_at(entry) if entry is not None else None
        is_same = first is not None and function is not None and first.subprogram is function.subprogram
        return first if is_same else function

    def parameters(self) -> tuple[Located, ...]:
        """The parameters of the frame's own function, in order, wherever they are."""
        subprogram = self.subprogram
        if subprogram is None:
            return ()
        infos = self.facts.safely(subprogram.parameters, ())
        return tuple(map(self._located_in_scope, infos))

    def in_scope(self) -> tuple[Located, ...]:
        """The parameters and variables in view at the frame's pc, innermost scope first."""
        if True not in self._found:
            self._found[True] = tuple(map(self._located_in_scope, self._infos_in_scope()))
        return self._found[True]

    def named(self, name: str) -> Located | None:
        """The innermost of those that are called `name`, or None."""
        info = next((info for info in self._infos_in_scope() if info.name == name), None)
        return None if info is None else self._located_in_scope(info)

    def _infos_in_scope(self) -> Sequence[VariableInfo]:
        subprogram, pc = self.subprogram, self.chain.look_up(self.index)
        return self.facts.safely(lambda: subprogram.variables_at(pc), ()) if subprogram else ()

    def _located_in_scope(self, info: VariableInfo) -> Located:
        if info not in self._in_scope:
            self._in_scope[info] = self._located(info, in_scope=True)
        return self._in_scope[info]

    def out_of_scope(self) -> tuple[Located, ...]:
        """The other variables of the function, as far as they have a place that doesn't depend on the pc."""
        if False not in self._found:
            subprogram = self.subprogram
            infos = self.facts.safely(subprogram.all_variables, ()) if subprogram else ()
            shown = {located.info.entry.offset for located in self.in_scope()}
            others = [info for info in infos if info.entry.offset not in shown]
            self._found[False] = tuple(self._located(info, in_scope=False) for info in others)
        return self._found[False]

    def are_leftovers(self, ranges: Sequence[tuple[int, int]]) -> bool:
        """Whether any of these bytes is the frame's own and not written yet by this activation.

        The place of a variable-length array lies in a slot that is filled where the array is declared.
        """
        return are_leftovers(self.chain, self.index, ranges)

    def _located(self, info: VariableInfo, *, in_scope: bool) -> Located:
        nowhere = OptimisedOut("its debug information can't be read")
        place = self.facts.safely(lambda: self.place_of(info), nowhere)
        if isinstance(place, OptimisedOut) and self.facts.safely(lambda: is_yet_to_come(self, info), False):
            place = NOT_CREATED
        bound = _no_bound if place is NOT_CREATED else self.bound
        type_ = self.facts.safely(lambda: resolved(info.type, bound), VOID)
        if isinstance(place, InMemory):
            address, unplaced = place.address, type_
            type_ = self.facts.safely(lambda: with_virtual_bases(self.chain, unplaced, address), unplaced)
        located = Located(info, type_, place, in_scope)
        unknown = self.facts.safely(lambda: resolved(info.type, _no_bound), VOID)
        if is_given_back(self, located):
            return located._replace(place=NOT_CREATED, type=unknown)
        if has_lost_length(self, located):
            return located._replace(type=unknown, has_lost_length=True)
        return located

    def place_of(self, info: VariableInfo) -> Place:
        """Where a variable of the function is. BadDebugInfo if its expression can't be read."""
        expression = info.location(self.chain.look_up(self.index))
        if expression is not None:
            reads = NotedReads(self.chain.memory.read)
            if info.has_one_location and (early := self._not_its_stack_pointer(expression)) is not None:
                return early
            register = self._register_of_body if info.has_one_location else self.register
            place = evaluate(expression, replace(self.context(), read_memory=reads, register=register))
            register_of = _base_register(expression) if not isinstance(place, InRegister) else place.register
            if register_of is not None and (gone := self._not_its_register(register_of)) is not None:
                return gone
            is_early = self.are_leftovers(reads.ranges) or self._reaches_out(info, place)
            if self.chain.activation(self.index).gave_back and self._is_in_no_record(place):
                return GONE_WITH_FRAME
            if info.is_parameter and info.inlined is None:
                place = self._as_the_abi_has_it(info, place, register_of)
            return NOT_CREATED if is_early or self._is_in_no_record(place) else place
        constant = info.constant
        return Value(constant) if constant is not None else OptimisedOut("optimised out")

    def _as_the_abi_has_it(self, info: VariableInfo, place: Place, register: int | None) -> Place:
        """The place of a parameter; the ABI's where what debug information says cannot be.

        gcc names the next argument's place for an empty class that isn't passed; and for a copy whose address is passed
        a register that it comes to, or would, for all of the function.
        """
        if not isinstance(place, InMemory):
            return place
        is_above = place.address >= self.chain.rules_cfa(self.index)
        passed = self._passed(info) if (is_above and is_empty(info.type)) or self._may_mislead(info, register) else None
        if passed is None:
            return place
        if not passed.parts:
            return NOT_PASSED if is_empty(info.type) else place
        if not passed.by_reference:
            return place
        address = self.address_passed(passed)
        if address is not None:
            return InMemory(address)
        named = self.facts.isa.by_dwarf(register) if register is not None else None
        is_own = named is not None and named.name in map(self.facts.isa.full_name, passed.registers)
        return place if is_own else OptimisedOut("optimised out")

    def _may_mislead(self, info: VariableInfo, number: int | None) -> bool:
        """Whether the place rests on a register that a caller may put an argument into, and on what it put there."""
        register, function = self.facts.isa.by_dwarf(number) if number is not None else None, self.function
        if register is None or function is None or self.facts.isa.is_callee_saved(register.name):
            return False
        if register.name in (self.facts.isa.stack_pointer, self.facts.frame_pointer_at(self.chain.look_up(self.index))):
            return False
        at_first = not self.index and self.chain.pc(0) == function.low
        return info.has_one_location or at_first

    def _passed(self, info: VariableInfo) -> ArgumentPlace | None:
        """Where a parameter of the function is passed, or None if that can't be told."""
        places, subprogram = self.call_places, self.subprogram
        if places is None or subprogram is None:
            return None
        offsets = [one.entry.offset for one in self.facts.safely(subprogram.parameters, ())]
        at = info.entry.offset
        return places.arguments[offsets.index(at)] if at in offsets else None

    @property
    def call_places(self) -> CallPlaces | None:
        """Where the function's parameters are passed, or None if that can't be told."""
        function = self.entered
        if self.subprogram is None or function is None:
            return None
        return self.facts.call_places(function, self.subprogram, self.chain.memory.read)

    def address_passed(self, passed: ArgumentPlace) -> int | None:
        """The address of a copy that was passed by reference; None if it can't be had any more."""
        chain, isa = self.chain, self.facts.isa
        registers = self.entry_registers() if passed.registers else {}
        if not registers and self.index == 0 and all(map(chain.is_untouched, passed.registers)):
            registers = chain.registers(0)
        cfa = chain.rules_cfa(self.index)
        return PlaceReader(isa.byte_order, registers.get, chain.memory.known, cfa).address(passed)

    def _not_its_register(self, number: int) -> OptimisedOut | None:
        """Why a register that is the caller's until the running function has saved it doesn't hold a variable, or lead
        to one.

        Debug information without location lists names it for all of the function: also before anything was put there,
        and when the caller's value is back.
        """
        register, function = self.facts.isa.by_dwarf(number), self.function
        if self.index or register is None or not self.facts.isa.is_callee_saved(register.name) or function is None:
            return None
        if self.chain.in_shared_code(self.index):
            return GIVEN_BACK
        if register.name == self.facts.frame_pointer_at(self.chain.look_up(0)):
            return None  # the rules of the body tell what it is worth before and after
        code, pc = self.facts.code_of(function, self.chain.memory.read), self.chain.pc(0)
        step, call_step = self.chain.moment.step, self.chain.activation(0).call_step
        if step is not None and call_step is not None and self.chain.is_untouched(register.name):
            straight = len(code.between(function.low, pc)) == step - call_step - 1  # no loop has led back here
            return NOT_CREATED if straight else None
        for one in code.between(pc, pc + _LONGEST_EPILOGUE):
            if register.name in one.writes:  # also by the return itself: pop {r4, pc}
                break
            if one.kind is InstructionKind.RETURN:
                return GIVEN_BACK
            if one.leaves_straight_line:
                break
        return None

    def _not_its_stack_pointer(self, expression: bytes) -> OptimisedOut | None:
        """Why SP doesn't lead to a variable that is counted from SP as the body has it: that isn't known yet, or any
        more."""
        function = self.function
        if function is None or not self._is_running_sp(_base_register(expression)):
            return None
        if stack_pointer_of_body(self.chain, function) is not None:
            return None
        return NOT_CREATED if is_in_prologue(self.chain, function) else GONE_WITH_SP

    def _reaches_out(self, info: VariableInfo, place: Place) -> bool:
        """Whether a local variable would lie across the frame's upper end: it counts from an SP yet to be lowered."""
        if not isinstance(place, InMemory) or info.is_parameter:
            return False
        return place.address < self.chain.rules_cfa(self.index) < place.address + info.type.strip().size

    def _is_in_no_record(self, place: Place) -> bool:
        """Whether a place is in the frame's record while there is none yet."""
        low, high = self.chain.activation(self.index).low, self.chain.high(self.index)
        return low == high and isinstance(place, InMemory) and high - NEAR <= place.address < high

    def bound(self, bound: Bound) -> int | None:
        """What a run-time bound of an array is worth in this frame."""
        if self.are_leftovers(self.kept_at(bound)):
            return None
        if bound.expression is not None:
            place = evaluate(bound.expression, self.context())
            # What is left on the expression's stack is the number itself, not an address.
            return place.address if isinstance(place, InMemory) else self._number(place, self.facts.isa.word_size)
        if self.subprogram is None or bound.variable is None:
            return None
        info = self.subprogram.variable_of(bound.variable)
        return self._number(self.place_of(info), info.type.strip().size)

    def kept_at(self, bound: Bound) -> list[AddressRange]:
        """Where in memory a run-time bound is kept; [] where it is not. It is written where the array is declared."""
        if bound.expression is not None:
            reads = NotedReads(self.chain.memory.read)
            evaluate(bound.expression, replace(self.context(), read_memory=reads))
            return reads.ranges
        if self.subprogram is None or bound.variable is None:
            return []
        info = self.subprogram.variable_of(bound.variable)
        place = self.place_of(info)
        return (
            [AddressRange(place.address, place.address + info.type.strip().size)] if isinstance(place, InMemory) else []
        )

    def _number(self, place: Place, size: int) -> int | None:
        isa = self.facts.isa
        try:
            if isinstance(place, InMemory):
                return int.from_bytes(self.chain.memory.read(place.address, size), isa.byte_order, signed=True)
            if isinstance(place, InRegister):
                return self.register(place.register) & ((1 << 8 * size) - 1)
        except (LookupError, UnreadableMemory):
            return None
        return place.value if isinstance(place, Value) and isinstance(place.value, int) else None


def variables_of(chain: FrameChain, index: int) -> FrameVariables:
    """The variables of frame `index` of a chain, which keeps those of the frames that were asked for last."""
    kept = chain.kept_variables
    if index not in kept:
        if len(kept) >= _KEPT_FRAMES:
            kept.pop(next(iter(kept)))
        kept[index] = FrameVariables(chain, index)
    return kept[index]


def _base_register(expression: bytes) -> int | None:
    """The DWARF number of the register that a variable's address is counted from; None if it isn't a register alone."""
    first = bytes(expression)[:1]
    return first[0] - _FIRST_BASE if first and _FIRST_BASE <= first[0] <= _LAST_BASE else None
