"""The activations of a moment, as a sequence that makes each when it is asked for.

Runaway recursion leaves hundreds of thousands, and a picture shows a few of them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload

from stackglass.stack.sources import Activation


class Activations(Sequence[Activation]):
    """Innermost first. Who derives from it gives their number and makes the one at a place."""

    def __init__(self) -> None:
        self._known: dict[int, Activation] = {}

    @abstractmethod
    def _at(self, index: int) -> Activation:
        """The activation at an index from 0 on."""

    @overload
    def __getitem__(self, index: int) -> Activation: ...

    @overload
    def __getitem__(self, index: slice) -> list[Activation]: ...

    def __getitem__(self, index: int | slice) -> Activation | list[Activation]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        if at not in self._known:
            self._known[at] = self._at(at)
        return self._known[at]
