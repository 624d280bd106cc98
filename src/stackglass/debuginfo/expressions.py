"""Evaluating DWARF expressions: from where DWARF says a variable is, to the place itself (DWARF 5, 2.5 and 2.6).

    place = evaluate(variable.location(pc), Context(register=..., read_memory=..., cfa=...))

Nothing is guessed: what needs a register, a memory word or a caller's value that isn't known is `OptimisedOut` with
the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from stackglass.debuginfo.arithmetic import Typed, binary, convert, from_bytes, reinterpret, to_bytes, unary
from stackglass.debuginfo.operations import Expression, Operation, operations
from stackglass.debuginfo.places import (
    Context,
    InMemory,
    InRegister,
    OptimisedOut,
    Piece,
    Pieces,
    Place,
    PointerInto,
    SinglePlace,
    Value,
)
from stackglass.debuginfo.reading import bad, reading
from stackglass.errors import UnreadableMemory

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry, Unit


class _Unknown(Exception):
    """Stops an evaluation that needs what isn't known; never leaves `evaluate`."""


_MOST_OPERATIONS = 20_000
_DEEPEST = 16
_LARGEST_CONSTANT = (1 << 64) - 1


def evaluate(expression: bytes | None, context: Context) -> Place:
    """Where the expression says that a variable is. BadDebugInfo if the expression itself is malformed."""
    if not expression:
        return OptimisedOut("optimised out")
    return _Machine(expression, context).place()


def evaluate_value(expression: bytes, context: Context, *, on_stack: int | None = None) -> int | None:
    """What the expression yields, for lengths of arrays, call-site values and the like; None if that isn't known.

    A number of a floating-point type is given as its bits. `on_stack` is what the stack holds at first: for the place
    of a member, the object's address (DWARF 5, 5.7.3).
    """
    try:
        machine = _Machine(expression, context)
        if on_stack is not None:
            machine._push(on_stack)
        machine.run()
        return machine.bits()
    except _Unknown:
        return None


class _Machine:
    """The stack machine of 2.5.1, with the location descriptions that may end an expression."""

    def __init__(self, expression: bytes, context: Context, depth: int = 0) -> None:
        self.context = context
        self.unit: Unit | None = getattr(expression, "unit", None)
        self.bias: int = expression.bias if isinstance(expression, Expression) else context.bias
        self.size = self.unit.address_size if self.unit is not None else context.address_size
        self.byte_order = context.byte_order
        if self.unit is not None:
            self.byte_order = "little" if self.unit.units.dwarf.config.little_endian else "big"
        self.operations = operations(expression, self.size, self.byte_order)
        self.depth = depth
        self.steps = 0
        self.stack: list[Typed] = []
        self.described: SinglePlace | None = None
        self.constant: int | None = None
        """The number on top of the stack in full, if the last operation was a constant."""
        self.pieces: list[Piece] = []

    def place(self) -> Place:
        """Runs the expression. What can't be known is the reason why the variable, or a piece of it, is nowhere."""
        try:
            self.run()
        except _Unknown as unknown:
            return OptimisedOut(str(unknown))
        if self.pieces:
            return Pieces(tuple(self.pieces))
        return self._single()

    def run(self) -> None:
        """Carries out the operations up to the end."""
        starts = {operation.start: index for index, operation in enumerate(self.operations)}
        starts[self.operations[-1].end if self.operations else 0] = len(self.operations)
        index = 0
        while index < len(self.operations):
            self.steps += 1
            if self.steps > _MOST_OPERATIONS:
                raise bad(".debug_info", None, "an expression does not come to an end")
            operation = self.operations[index]
            goal = self._jump(operation)
            if goal is None:
                index += 1
                self._run_piecewise(operation, index)
            elif goal in starts:
                index = starts[goal]
            else:
                raise bad(".debug_info", None, "an expression jumps into the middle of an operation")

    def _run_piecewise(self, operation: Operation, following: int) -> None:
        """One operation; what isn't known costs only the piece that it is part of, where there are pieces."""
        try:
            self._carry_out(operation)
        except _Unknown as unknown:
            if not any(later.name in ("piece", "bit_piece") for later in self.operations[following:]):
                raise
            self.described = OptimisedOut(str(unknown))

    def pop_number(self) -> int:
        """The address or number on top of the stack."""
        return self._pop().address(self.size)

    def bits(self) -> int | None:
        """The value that the expression ends with; None if it ends with a place instead."""
        if self.described is None:
            top = self._pop()
            return (
                self.integer(to_bytes(top, self.size, self.byte_order)) if not top.is_plain else top.address(self.size)
            )
        if not isinstance(self.described, Value):
            return None
        value = self.described.value
        return value & ((1 << 8 * self.size) - 1) if isinstance(value, int) else self.integer(value)

    def integer(self, content: bytes) -> int:
        """The unsigned number that `content` is in the program's byte order."""
        return int.from_bytes(content, self.byte_order)

    def _single(self) -> SinglePlace:
        if self.described is not None:
            return self.described
        if not self.stack:
            return OptimisedOut("optimised out")
        return InMemory(self.pop_number())

    def _pop(self) -> Typed:
        if not self.stack:
            raise bad(".debug_info", None, "an expression takes from an empty stack")
        return self.stack.pop()

    def _push(self, value: int) -> None:
        self.stack.append(Typed.address_sized(value, self.size))

    def _jump(self, operation: Operation) -> int | None:
        if operation.name == "skip" or (operation.name == "bra" and self.pop_number() != 0):
            return operation.end + operation.number()
        return None

    def _carry_out(self, operation: Operation) -> None:
        if isinstance(self.described, OptimisedOut) and operation.name not in ("piece", "bit_piece"):
            return  # the rest of a piece that is nowhere
        code, name = operation.code, operation.name.removeprefix("GNU_")
        constant, self.constant = self.constant, None
        if name == "stack_value" and constant is not None:
            # On 32-bit machines clang tells constants of 8 bytes so, although the stack's numbers have 4.
            self._pop()
            self.described = Value(constant & _LARGEST_CONSTANT)
        elif 0x30 <= code < 0x50:
            self._push(code - 0x30)
        elif 0x50 <= code < 0x70:
            self.described = InRegister(code - 0x50)
        elif 0x70 <= code < 0x90:
            self._push(self._register(code - 0x70) + operation.number())
        elif name in _BINARY:
            right, left = self._pop(), self._pop()
            self.stack.append(binary(name, left, right, self.size))
        elif name in _UNARY:
            self.stack.append(unary(name, self._pop(), self.size))
        else:
            handler = _HANDLERS.get(name)
            if handler is None:
                raise _Unknown(f"DWARF operation {operation.name} isn't supported")
            handler(self, operation)

    # Numbers and the stack

    def _constant(self, operation: Operation) -> None:
        self._push(operation.number())
        self.constant = operation.number()

    def _plus_uconst(self, operation: Operation) -> None:
        self._push(self.pop_number() + operation.number())

    def _dup(self, _: Operation) -> None:
        self._pick_at(0)

    def _over(self, _: Operation) -> None:
        self._pick_at(1)

    def _pick(self, operation: Operation) -> None:
        self._pick_at(operation.number())

    def _pick_at(self, index: int) -> None:
        if index >= len(self.stack):
            raise bad(".debug_info", None, "an expression takes from an empty stack")
        self.stack.append(self.stack[-1 - index])

    def _drop(self, _: Operation) -> None:
        self._pop()

    def _swap(self, _: Operation) -> None:
        top, second = self._pop(), self._pop()
        self.stack += [top, second]

    def _rot(self, _: Operation) -> None:
        top, second, third = self._pop(), self._pop(), self._pop()
        self.stack += [top, third, second]

    def _nothing(self, _: Operation) -> None:
        pass

    # Registers, memory, the frame

    def _register(self, number: int) -> int:
        try:
            value: int | None = self.context.register(number)
        except (LookupError, UnreadableMemory):
            value = None
        if value is None:
            raise _Unknown(f"the value of register {number} isn't known in this frame")
        return value

    def _bregx(self, operation: Operation) -> None:
        self._push(self._register(operation.number(0)) + operation.number(1))

    def _fbreg(self, operation: Operation) -> None:
        self._push(self._frame_base() + operation.number())

    def _frame_base(self) -> int:
        base = self.context.frame_base
        if base is None:
            raise _Unknown("the function has no frame base")
        if isinstance(base, int):
            return base
        machine = self._inner(base, replace(self.context, frame_base=None))
        machine.run()
        place = machine._single()
        if isinstance(place, InRegister):
            return self._register(place.register)
        if isinstance(place, InMemory):
            return place.address
        raise _Unknown("the function's frame base isn't known")

    def _inner(self, expression: bytes, context: Context) -> _Machine:
        if self.depth >= _DEEPEST:
            raise bad(".debug_info", None, "expressions refer to one another in a circle")
        if not isinstance(expression, Expression):
            expression = Expression(expression, self.unit, self.bias)
        return _Machine(expression, context, self.depth + 1)

    def _cfa(self, _: Operation) -> None:
        if self.context.cfa is None:
            raise _Unknown("the frame has no canonical frame address")
        self._push(self.context.cfa)

    def _deref(self, operation: Operation) -> None:
        size = operation.number() if operation.operands else self.size
        self._push(self.integer(self._read(self.pop_number(), size)))

    def _read(self, address: int, size: int) -> bytes:
        try:
            return self.context.read_memory(address, size)
        except UnreadableMemory as error:
            raise _Unknown(str(error)) from None

    def _addr(self, operation: Operation) -> None:
        self._push(operation.number() + self.bias)

    def _addrx(self, operation: Operation) -> None:
        self._push(self._indexed(operation.number()) + self.bias)

    def _constx(self, operation: Operation) -> None:
        self._push(self._indexed(operation.number()))

    def _indexed(self, index: int) -> int:
        unit = self._own_unit()
        with reading(".debug_addr"):
            return int(unit.units.dwarf.get_addr(unit.header, index))

    def _own_unit(self) -> Unit:
        if self.unit is None:
            raise bad(".debug_info", None, "an expression refers to a unit that it doesn't belong to")
        return self.unit

    def _tls_address(self, _: Operation) -> None:
        offset = self.pop_number()
        if self.context.tls is None:
            raise _Unknown("the address of thread-local storage isn't known")
        try:
            self._push(self.context.tls(offset))
        except (LookupError, UnreadableMemory):
            raise _Unknown("the address of thread-local storage isn't known") from None

    def _object_address(self, _: Operation) -> None:
        if self.context.object_address is None:
            raise _Unknown("the object that holds it isn't known")
        self._push(self.context.object_address)

    def _entry_value(self, operation: Operation) -> None:
        value = None
        if self.context.entry_value is not None:
            value = self.context.entry_value(Expression(operation.content(), self.unit, self.bias))
        if value is None:
            raise _Unknown("it was only in a register when the function was entered, and the caller doesn't keep it")
        inner = operations(Expression(operation.content(), self.unit, self.bias), self.size, self.byte_order)
        if len(inner) == 1 and inner[0].name.removeprefix("GNU_") == "regval_type":
            type_ = self._type(inner[0].number(1))
            size = (type_.number("DW_AT_byte_size") if type_ else None) or self.size
            self.stack.append(self._of_register(value, size, type_))
        else:
            self._push(value)

    def _call(self, operation: Operation) -> None:
        unit = self._own_unit()
        offset = operation.number()
        entry = unit.units.entry_at(offset) if operation.name == "call_ref" else unit.entry_at(unit.offset + offset)
        procedure = entry.block("DW_AT_location")
        if procedure:
            machine = self._inner(Expression(procedure, entry.unit, self.bias), self.context)
            machine.stack = self.stack
            machine.run()

    # Typed values

    def _type(self, offset: int) -> Entry | None:
        """The base type at that offset of the unit; None for 0, the untyped address-sized kind."""
        unit = self._own_unit()
        return unit.entry_at(unit.offset + offset) if offset else None

    def _const_type(self, operation: Operation) -> None:
        self.stack.append(from_bytes(operation.content(1), self._type(operation.number(0)), self.size, self.byte_order))

    def _regval_type(self, operation: Operation) -> None:
        type_ = self._type(operation.number(1))
        size = (type_.number("DW_AT_byte_size") if type_ else None) or self.size
        number, ask = operation.number(0), self.context.register_bytes
        if ask is None:
            self.stack.append(self._of_register(self._register(number), size, type_))
            return
        try:
            content = ask(number, min(size, 64))
        except (LookupError, UnreadableMemory):
            raise _Unknown(f"the value of register {number} isn't known") from None
        self.stack.append(from_bytes(content, type_, self.size, self.byte_order))

    def _of_register(self, raw: int, size: int, type_: Entry | None) -> Typed:
        """What the low `size` bytes of a register are worth in a type."""
        size = min(size, 64)
        content = (raw & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        return from_bytes(content, type_, self.size, "little")

    def _deref_type(self, operation: Operation) -> None:
        content = self._read(self.pop_number(), operation.number(0))
        self.stack.append(from_bytes(content, self._type(operation.number(1)), self.size, self.byte_order))

    def _convert(self, operation: Operation) -> None:
        self.stack.append(convert(self._pop(), self._type(operation.number()), self.size))

    def _reinterpret(self, operation: Operation) -> None:
        self.stack.append(reinterpret(self._pop(), self._type(operation.number()), self.size, self.byte_order))

    # What ends a description

    def _regx(self, operation: Operation) -> None:
        self.described = InRegister(operation.number())

    def _stack_value(self, _: Operation) -> None:
        value = self._pop()
        untyped = value.is_plain and isinstance(value.value, int)
        self.described = Value(int(value.value) if untyped else to_bytes(value, self.size, self.byte_order))

    def _implicit_value(self, operation: Operation) -> None:
        self.described = Value(operation.content())

    def _implicit_pointer(self, operation: Operation) -> None:
        entry = self._own_unit().units.entry_at(operation.number(0))
        name = entry.inherited_text("DW_AT_name")
        what = f"'{name}'" if name else "something"
        self.described = PointerInto(f"a pointer to {what}, which has no address", entry, operation.number(1))

    def _uninitialised(self, _: Operation) -> None:
        pass

    def _piece(self, operation: Operation) -> None:
        bits = operation.number(0) * (1 if operation.name == "bit_piece" else 8)
        offset = operation.number(1) if operation.name == "bit_piece" else 0
        self.pieces.append(Piece(self._single(), bits, offset))
        self.described = None
        self.stack.clear()


_BINARY = frozenset(
    ("and", "div", "minus", "mod", "mul", "or", "plus", "shl", "shr", "shra", "xor", "eq", "ge", "gt", "le", "lt", "ne")
)
_UNARY = frozenset(("abs", "neg", "not"))

_HANDLERS: dict[str, Callable[[_Machine, Operation], None]] = {
    **dict.fromkeys(
        ("const1u", "const1s", "const2u", "const2s", "const4u", "const4s", "const8u", "const8s", "constu", "consts"),
        _Machine._constant,
    ),
    "plus_uconst": _Machine._plus_uconst,
    "dup": _Machine._dup,
    "over": _Machine._over,
    "pick": _Machine._pick,
    "drop": _Machine._drop,
    "swap": _Machine._swap,
    "rot": _Machine._rot,
    "nop": _Machine._nothing,
    "bra": _Machine._nothing,
    "bregx": _Machine._bregx,
    "fbreg": _Machine._fbreg,
    "call_frame_cfa": _Machine._cfa,
    "deref": _Machine._deref,
    "deref_size": _Machine._deref,
    "addr": _Machine._addr,
    "addrx": _Machine._addrx,
    "addr_index": _Machine._addrx,
    "constx": _Machine._constx,
    "const_index": _Machine._constx,
    "form_tls_address": _Machine._tls_address,
    "push_tls_address": _Machine._tls_address,
    "push_object_address": _Machine._object_address,
    "entry_value": _Machine._entry_value,
    "call2": _Machine._call,
    "call4": _Machine._call,
    "call_ref": _Machine._call,
    "const_type": _Machine._const_type,
    "regval_type": _Machine._regval_type,
    "deref_type": _Machine._deref_type,
    "convert": _Machine._convert,
    "reinterpret": _Machine._reinterpret,
    "regx": _Machine._regx,
    "stack_value": _Machine._stack_value,
    "implicit_value": _Machine._implicit_value,
    "implicit_pointer": _Machine._implicit_pointer,
    "uninit": _Machine._uninitialised,
    "piece": _Machine._piece,
    "bit_piece": _Machine._piece,
}

__all__ = [
    "Context",
    "InMemory",
    "InRegister",
    "OptimisedOut",
    "Piece",
    "Pieces",
    "Place",
    "PointerInto",
    "Value",
    "evaluate",
    "evaluate_value",
]
