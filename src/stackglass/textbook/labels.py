"""Labels that blocks have for themselves (__label__): each is a label of its own, whatever others are called."""

from __future__ import annotations

from stackglass.textbook.refusals import wrong

_NUMBER = "#"


class Labels:
    """Which label a name stands for, in the blocks around the statement that is being generated."""

    def __init__(self) -> None:
        self._blocks: list[dict[str, str]] = [{}]
        self._count = 0

    def enter(self) -> None:
        """A block begins."""
        self._blocks.append({})

    def leave(self) -> None:
        """It ends."""
        self._blocks.pop()

    def declare(self, coord: object, name: str) -> None:
        """A label of the innermost block's own."""
        if name in self._blocks[-1]:
            raise wrong(coord, f"the label '{name}' is declared twice")
        self._count += 1
        self._blocks[-1][name] = f"{name}{_NUMBER}{self._count}"

    def has(self, name: str) -> bool:
        """Whether a block around has a label of its own of that name."""
        return any(name in block for block in self._blocks)

    def full(self, name: str) -> str:
        """What tells the label apart from the function's others: its name, if it is not a block's own."""
        return next((block[name] for block in reversed(self._blocks) if name in block), name)


def plain(full: str) -> str:
    """The name of a label as the source has it."""
    return full.partition(_NUMBER)[0]
