"""The bytes of a file that the guest writes: growable, and frozen cheaply, so that a checkpoint can keep them."""

from __future__ import annotations

from typing import NamedTuple

BLOCK = 1 << 16


class Frozen(NamedTuple):
    """The contents at one moment; blocks are shared with what was not written since."""

    size: int
    blocks: tuple[bytes, ...]


_EMPTY = Frozen(0, ())
_ZEROS = bytes(BLOCK)
"""One block that stands for all that were never written: a hole costs next to nothing."""


class Contents:
    """Bytes in blocks of 64 KiB. A block turns mutable when it is first written after a `freeze`."""

    __slots__ = ("_blocks", "size")

    def __init__(self, frozen: Frozen = _EMPTY) -> None:
        self.size = frozen.size
        self._blocks: list[bytes | bytearray] = list(frozen.blocks)

    @classmethod
    def of(cls, data: bytes) -> Contents:
        """Contents that begin as `data`."""
        contents = cls()
        contents.write(0, data)
        return contents

    def freeze(self) -> Frozen:
        """What `Contents(frozen)` makes these contents of again."""
        blocks = tuple(bytes(block) for block in self._blocks)
        self._blocks = list(blocks)
        return Frozen(self.size, blocks)

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; fewer where the file ends, none behind its end."""
        end = min(offset + size, self.size)
        pieces = []
        while offset < end:
            index, start = divmod(offset, BLOCK)
            piece = bytes(self._blocks[index][start : start + end - offset])
            pieces.append(piece)
            offset += len(piece)
        return b"".join(pieces)

    def write(self, offset: int, data: bytes) -> None:
        """Puts `data` at `offset`; a gap up to there reads as zeros."""
        end = offset + len(data)
        if end > self.size:
            self.resize(end)
        at = 0
        while at < len(data):
            index, start = divmod(offset + at, BLOCK)
            piece = data[at : at + BLOCK - start]
            self._mutable(index)[start : start + len(piece)] = piece
            at += len(piece)

    def resize(self, size: int) -> None:
        """Cuts the file, or lets it grow by zeros, to `size` bytes."""
        count = -(-size // BLOCK)
        del self._blocks[count:]
        if self._blocks:
            last = self._mutable(len(self._blocks) - 1)
            if size < self.size:
                del last[size - (count - 1) * BLOCK :]
            last.extend(bytes(min(BLOCK, size - (len(self._blocks) - 1) * BLOCK) - len(last)))
        while len(self._blocks) < count:
            rest = size - len(self._blocks) * BLOCK
            self._blocks.append(_ZEROS if rest >= BLOCK else bytes(rest))
        self.size = size

    def _mutable(self, index: int) -> bytearray:
        block = self._blocks[index]
        if not isinstance(block, bytearray):
            block = self._blocks[index] = bytearray(block)
        return block
