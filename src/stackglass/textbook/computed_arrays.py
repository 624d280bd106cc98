"""Arrays whose size is computed, and alloca: room that is made while a function runs.

On a stack that is below the frame, and SP moves; with records it is a block of the heap. The frame has the array's
address and its size in bytes, so that all else in it stays where it is.
"""

from __future__ import annotations

from typing import Any

from stackglass.textbook import types as t
from stackglass.textbook.activation import Activation
from stackglass.textbook.declared import line_of
from stackglass.textbook.function_definitions import FunctionDefinitions
from stackglass.textbook.operators import array_bytes, binary, convert
from stackglass.textbook.refusals import refuse, wrong
from stackglass.textbook.scope import ARRAY_BYTES, FrameVariable, Variable
from stackglass.textbook.statements import Statements
from stackglass.textbook.tree import Assign, Expression, InFrame, Number, Reserve
from stackglass.textbook.types import CType, Integer, Pointer, VariableArray


class ComputedArrays(FunctionDefinitions):
    """Declares them."""

    def room(self, coord: object, what: str, bytes_: Expression) -> Expression:
        """The bytes of room that is made while a function runs. Trouble where there is no such thing."""
        if not self.open_statements:
            raise wrong(coord, f"{what} outside functions")
        if self.strategy.activation is Activation.STATIC or self.strategy.static_locals:
            places = "static frames" if self.strategy.activation is Activation.STATIC else "static locals"
            words = f"there is no room for {what} with {places}, which are laid out before the program starts"
            raise wrong(coord, f"{words}; give it a fixed size, or use malloc")
        return bytes_

    def computed_array(self, coord: object, element: CType, count: Expression) -> CType:
        """The type of an array whose size is no constant; what computes the size is generated here."""
        if not isinstance(count.type, Integer):
            raise wrong(coord, "the size of an array is no integer")
        if element.align > t.WORD:
            raise refuse(coord, f"an array of computed size aligned to {element.align} bytes", "give it a fixed size")
        if not self.open_statements:
            raise wrong(coord, "the size of an array outside functions is not a constant")
        one = array_bytes(coord, element) if isinstance(element, VariableArray) else Number(t.UINT, element.size)
        inside = self.open_statements[-1]
        kept = inside.code.variable(ARRAY_BYTES, t.UINT, None)
        inside.code.hidden.append(kept)
        size = binary(coord, "*", convert(coord, count, t.UINT), one)
        inside.generation.effect(Assign(t.UINT, InFrame(t.UINT, kept), size))
        return VariableArray(element, None, kept)

    def computed_local(self, node: Any, type_: VariableArray, inside: Statements) -> None:
        """A local of such a type: its frame has its address."""
        if node.init is not None:
            raise wrong(node.coord, f"'{node.name}', whose size is computed, can't be initialised")
        if type_.align > t.WORD:
            what = f"an array of computed size aligned to {type_.align} bytes"
            raise refuse(node.coord, what, "give it a fixed size")
        pointer = Pointer(type_)
        where = inside.code.variable(f"address of {node.name}", pointer, None)
        inside.code.hidden.append(where)
        variable = Variable(node.name, type_, where, line_of(node))
        self.declarations.scope.declare(node.coord, node.name, variable)
        inside.block.variables.append(variable)
        if self.strategy.activation is Activation.STACK:
            before: FrameVariable = inside.code.variable(f"SP before {node.name}", t.VOID_POINTER, None)
            inside.code.hidden.append(before)
            inside.levels.enter(before)
        size = self.room(node.coord, "an array whose size is computed", array_bytes(node.coord, type_))
        room = Reserve(pointer, size)
        inside.generation.effect(Assign(pointer, InFrame(pointer, where), room))
