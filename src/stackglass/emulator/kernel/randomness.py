"""Random bytes that are the same in every run with the same seed: getrandom, /dev/urandom, AT_RANDOM."""

from __future__ import annotations

import hashlib


class Randomness:
    """An endless stream of bytes made of the seed; its state is how many pieces were taken."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._taken = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        piece = self.named(str(self._taken), size)
        self._taken += 1
        return piece

    def named(self, purpose: str, size: int) -> bytes:
        """`size` bytes for one purpose, apart from the stream."""
        return hashlib.shake_128(f"{self._seed}/{purpose}".encode()).digest(size)

    def state(self) -> int:
        """How many pieces were taken."""
        return self._taken

    def restore(self, state: int) -> None:
        """Goes back to where that many pieces were taken."""
        self._taken = state
