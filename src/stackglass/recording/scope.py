"""The names that an expression may use at a moment of a run: the innermost frame's variables, globals, types.

Variables come innermost scope first, an inlined call's before those of the function that it was inlined into; then the
members of C++'s `this`; then globals, functions and enumerators, the running function's unit first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial

from stackglass.debuginfo.entries import Unit
from stackglass.debuginfo.expressions import InMemory, InRegister, OptimisedOut, Pieces, Place, Value, evaluate
from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.names import is_constructor
from stackglass.debuginfo.subprograms import VariableInfo
from stackglass.debuginfo.target import Target
from stackglass.debuginfo.types import Type
from stackglass.errors import ExpressionError
from stackglass.isa import Isa
from stackglass.model import Initialised
from stackglass.recording.data_model import DataModel
from stackglass.recording.operands import Found
from stackglass.recording.shapes import Code, PointerTo, Record, Shape, path_to, shape_of
from stackglass.recording.unit_names import UnitNames
from stackglass.stack.build import facts_of
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.layout import FrameLayout
from stackglass.stack.leftovers import NEAR
from stackglass.stack.passing import as_passed, is_only_passed
from stackglass.stack.pieces import joined
from stackglass.stack.sources import Moment
from stackglass.stack.stack_memory import StackMemory
from stackglass.stack.variables import FrameVariables, Located, variables_of
from stackglass.stack.virtual_bases import virtual_base

_ALIASES = {"pc": "pc", "sp": "stack_pointer", "fp": "frame_pointer"}
"""gdb's names for registers that every machine has, and what they are called in an Isa."""


class ProgramNames:
    """What is the same at every moment of a program's run: its globals, types and enumerators."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.facts = facts_of(target)
        self._units: dict[tuple[int, int], UnitNames] = {}

    def units(self, pc: int) -> Iterator[UnitNames]:
        """The names of the unit that `pc` belongs to, then those of the program's other own units."""
        module = self.target.module_at(pc)
        unit = None if module is None else module.unit_at(pc)
        if module is not None and unit is not None:
            yield self._of(module, unit)
        for other in self.target.modules:
            for own in self.target.own_units(other):
                if own is not unit:
                    yield self._of(other, own)

    def _of(self, module: Module, unit: Unit) -> UnitNames:
        key = module.bias, unit.offset
        if key not in self._units:
            self._units[key] = UnitNames(module, unit)
        return self._units[key]


class MomentScope:
    """The names in view at a moment; an `expressions.Scope`."""

    def __init__(self, moment: Moment, names: ProgramNames) -> None:
        self._moment = moment
        self._program = names
        self._isa: Isa = names.target.isa
        self._pc = moment.registers[self._isa.pc]
        self._seen: dict[str, Found | None] = {}
        self._unwritten: list[tuple[int, int, str]] = []

    @cached_property
    def _variables(self) -> FrameVariables:
        memory = StackMemory(self._moment, self._isa)
        chain = FrameChain(self._moment, self._program.facts, memory, lambda _, index: {})
        return variables_of(chain, 0)

    @cached_property
    def model(self) -> DataModel:
        """What the program's C makes of its types."""
        return DataModel.of(self._isa)

    def read(self, address: int, size: int) -> bytes:
        """Memory at the moment. UnreadableMemory if it is not all mapped.

        ExpressionError for a variable of the running function that this call has not written: what is there is left
        over from earlier calls.
        """
        for start, end, name in self._unwritten:
            if start <= address < end:
                raise ExpressionError(f"'{name}' has no value there: this call has not written it")
        return self._moment.read_memory(address, size)

    def virtual_base(self, place: bytes | None, address: int) -> int | None:
        """Where a virtual base of the object at `address` lies; None while the object doesn't tell."""
        return None if place is None else virtual_base(self._variables.chain, place, address)

    def names(self) -> list[str]:
        """The variables in view, innermost scope first."""
        return list(dict.fromkeys(located.info.name for located in self._variables.in_scope()))

    def register(self, name: str) -> tuple[int, int] | None:
        """A register's value and size, by its name at any width, or by gdb's $pc, $sp and $fp."""
        if name in _ALIASES:
            name = getattr(self._isa, _ALIASES[name])
        full, bits, shift = self._isa.extent(name)
        if full is None or full not in self._moment.registers:
            return None
        return self._moment.registers[full] >> shift & ((1 << bits) - 1), (bits + 7) // 8

    def variable(self, name: str) -> Found | None:
        """What a name means. ExpressionError where it is a variable that has no value at the moment."""
        if name not in self._seen:
            self._seen[name] = self._local(name) or self._member_of_this(name) or self._global(name)
        return self._seen[name]

    def _local(self, name: str) -> Found | None:
        located = self._variables.named(name)
        return None if located is None else self._found(located)

    def _found(self, located: Located) -> Found:
        place = located.place
        if isinstance(place, OptimisedOut) and is_only_passed(self._layout, located):
            passed = self._as_passed(located)
            if passed is not None:
                return Found(located.type, None, passed)
        is_static = located.info.is_static_at(self._pc)
        if isinstance(place, InMemory) and not is_static and self._is_unwritten(place.address, located.size):
            passed = self._as_passed(located)
            if passed is not None:
                return Found(located.type, None, passed)
            self._unwritten.append((place.address, place.address + located.size, located.info.name))
        return self._at(located.info.name, located.type, place, located.size)

    @cached_property
    def _layout(self) -> FrameLayout:
        return FrameLayout(self._variables.chain, 0)

    def _is_unwritten(self, address: int, size: int) -> bool:
        """Whether the bytes are the running function's own, and none of them was written by this call of it."""
        layout = self._layout
        low = layout.extent.low - NEAR  # where it will be once the function has moved SP
        if not layout.writes.recorded or not size or not (low <= address and address + size <= layout.extent.high):
            return False
        return layout.writes.initialised(address, address + size) is Initialised.NONE

    def _as_passed(self, located: Located) -> bytes | None:
        """A parameter's bytes where the caller put them, if the function has yet to copy them to its place."""
        for position, parameter in enumerate(self._variables.parameters()):
            if parameter.info.entry.offset == located.info.entry.offset:
                passed = as_passed(self._layout, position, parameter)
                return None if passed is None else passed.data
        return None

    def _at(self, name: str, type_: Type, place: Place, size: int) -> Found:
        if isinstance(place, InMemory):
            return Found(type_, place.address)
        return Found(type_, None, self._data(name, place, size))

    def _data(self, name: str, place: Place, size: int) -> bytes:
        """The bytes of a variable that is not in memory, or not all of it."""
        order = self._isa.byte_order
        match place:
            case Value(value=int(value)):
                return (value % (1 << 8 * size)).to_bytes(size, order)
            case Value(value=bytes(value)):
                return value
            case InMemory():
                return self.read(place.address, size)
            case InRegister():
                return self._register_bytes(name, place.register, size)
            case Pieces():
                return self._pieced(name, place)
            case OptimisedOut():
                raise ExpressionError(f"'{name}' has no value there: {place.reason}")
            case _:
                raise ExpressionError(f"'{name}' points to a variable that is optimised out there")

    def _register_bytes(self, name: str, number: int, size: int) -> bytes:
        try:
            return self._variables.register_bytes(number, size)
        except LookupError:
            raise ExpressionError(f"'{name}' is in a register that is not known there") from None

    def _pieced(self, name: str, place: Pieces) -> bytes:
        size = (sum(piece.bits for piece in place.pieces) + 7) // 8
        return joined(place.pieces, partial(self._data, name), size, self._isa.byte_order)[0]

    def _member_of_this(self, name: str) -> Found | None:
        """A member that a C++ method names without `this->`."""
        this = self._local("this") if name != "this" else None
        pointer = shape_of(this.type) if this is not None else None
        if this is None or not isinstance(pointer, PointerTo) or pointer.target is None:
            return None
        record = shape_of(pointer.target)
        path = path_to(record, name) if isinstance(record, Record) else ()
        if not path or path[-1].bits is not None:
            return None
        raw = this.data if this.data is not None else self.read(this.address or 0, pointer.size)
        address: int | None = int.from_bytes(raw[: pointer.size], self._isa.byte_order)
        for member in path:
            assert address is not None
            address = self.virtual_base(member.place, address) if member.is_virtual_base else address + member.offset
            if address is None:
                raise ExpressionError(f"'{name}' cannot be told: the object does not tell where its virtual base lies")
        return Found(path[-1].type, address)

    def _global(self, name: str) -> Found | None:
        name = name.removeprefix("::")
        for unit in self._program.units(self._pc):
            info = unit.variable(name)
            if info is not None:
                return self._static(info)
            enumerator = unit.enumerator(name, self._pc)
            if enumerator is not None:
                value, type_ = enumerator
                return Found(type_, None, (value % (1 << 8 * type_.size)).to_bytes(type_.size, self._isa.byte_order))
        return self._function(name)

    def _static(self, info: VariableInfo) -> Found:
        expression = info.location(self._pc)
        if expression is not None:
            place = evaluate(expression, self._variables.context())
        else:
            place = OptimisedOut("optimised out") if info.constant is None else Value(info.constant)
        return self._at(info.name, info.type, place, info.type.strip().size)

    def _function(self, name: str) -> Found | None:
        named = self._program.target.functions_named(name)
        functions = [function for function in named if not is_constructor(function.name)]
        if not functions:
            return None
        return Found(Code(f"{functions[0].name} (function)"), self._program.target.pointer_to_code(functions[0].low))

    def type_named(self, name: str) -> Type | Shape | None:
        """A type of the program, or one of those that C's headers define everywhere."""
        for unit in self._program.units(self._pc):
            found = unit.type(name.removeprefix("::"))
            if found is not None:
                return found
        words = _EVERYWHERE.get(name)
        return None if words is None else self.model.base_type(words.split())


_EVERYWHERE = {
    "size_t": "unsigned long",
    "ssize_t": "long",
    "ptrdiff_t": "long",
    "intptr_t": "long",
    "uintptr_t": "unsigned long",
    "int8_t": "signed char",
    "uint8_t": "unsigned char",
    "int16_t": "short",
    "uint16_t": "unsigned short",
    "int32_t": "int",
    "uint32_t": "unsigned int",
    "int64_t": "long long",
    "uint64_t": "unsigned long long",
    "bool": "_Bool",
}
