"""rand as the GNU C library has it, so that programs give the numbers that their authors saw."""

from __future__ import annotations


class Random:
    """The additive generator of degree 31."""

    def __init__(self, seed: int = 1) -> None:
        self.state: list[int] = []
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """srand."""
        state = [seed or 1]
        word = state[0] - (1 << 32) if state[0] >> 31 else state[0]
        for _ in range(30):
            high, low = int(word / 127773), 0
            low = word - high * 127773
            word = 16807 * low - 2836 * high
            word += 0x7FFFFFFF if word < 0 else 0
            state.append(word)
        for at in range(31, 34):
            state.append(state[at - 31])
        for at in range(34, 344):
            state.append(state[at - 31] + state[at - 3] & 0xFFFFFFFF)
        self.state = state[-31:]

    def next(self) -> int:
        """rand."""
        value = self.state[0] + self.state[28] & 0xFFFFFFFF
        self.state = [*self.state[1:], value]
        return value >> 1
