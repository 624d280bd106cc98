"""What an expression needs of what is around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from stackglass.textbook.declarations import Declarations
from stackglass.textbook.scope import FrameVariable, Static, Variable
from stackglass.textbook.tree import Expression
from stackglass.textbook.types import CType


class Surroundings(Protocol):
    """What an expression needs of the function and the program around it."""

    declarations: Declarations

    def string(self, data: bytes) -> Static: ...

    def undeclared(self, coord: object, name: str, *, called: bool) -> Variable | None:
        """A function that is used, or `called`, without a declaration."""
        ...

    def temporary(self, type_: CType) -> FrameVariable | None:
        """Room in the frame; None outside functions."""
        ...

    def closure(self, coord: object, symbol: Static) -> Expression:
        """The address of what stands for a nested function where it is not called at once."""
        ...

    def literal(self, coord: object, type_: CType, init: Any, storage: Any) -> Expression:
        """A compound literal."""
        ...

    def statements(self, node: Any) -> tuple[CType, Callable[[], Expression | None]]:
        """A statement expression: its type, and what generates it."""
        ...

    def room(self, coord: object, what: str, bytes_: Expression) -> Expression:
        """The bytes of room that is made while a function runs. Trouble where there is no such thing."""
        ...

    @property
    def function_name(self) -> str | None: ...
