"""GNU C's functions for the bits of a word: __builtin_popcount and its kin."""

from __future__ import annotations

from stackglass.textbook.library.services import Services, service

_WORD, _LONG = (1 << 32) - 1, (1 << 64) - 1


@service("__builtin_popcount", "__builtin_popcountl", "__builtin_popcountll")
def popcount(services: Services, value: int) -> int:
    """How many bits are 1."""
    return (value & _LONG).bit_count()


@service("__builtin_parity", "__builtin_parityl", "__builtin_parityll")
def parity(services: Services, value: int) -> int:
    """Whether that is odd."""
    return (value & _LONG).bit_count() & 1


@service("__builtin_clz", "__builtin_clzl")
def leading_zeros(services: Services, value: int) -> int:
    """How many bits above the highest 1 are 0."""
    return 32 - (value & _WORD).bit_length()


@service("__builtin_clzll")
def leading_zeros_long(services: Services, value: int) -> int:
    """The same of a long long."""
    return 64 - (value & _LONG).bit_length()


@service("__builtin_ctz", "__builtin_ctzl", "__builtin_ctzll")
def trailing_zeros(services: Services, value: int) -> int:
    """How many bits below the lowest 1 are 0."""
    return max((value & -value & _LONG).bit_length() - 1, 0)


@service("ffs", "__builtin_ffs", "__builtin_ffsl", "__builtin_ffsll")
def first_set(services: Services, value: int) -> int:
    """Which bit is the lowest 1, from 1 on; 0 if none is."""
    return (value & -value & _LONG).bit_length()
