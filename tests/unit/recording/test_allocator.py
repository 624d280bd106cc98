"""Which symbols are an allocator's, and what their arguments mean."""

from __future__ import annotations

import pytest

from stackglass.recording.allocator import allocating


@pytest.mark.parametrize(
    ("symbol", "name", "size", "old", "arguments"),
    [
        ("malloc", "malloc", (0,), None, 1),
        ("calloc", "calloc", (0, 1), None, 2),
        ("realloc", "realloc", (1,), 0, 2),
        ("reallocarray", "reallocarray", (1, 2), 0, 3),
        ("free", "free", (), 0, 1),
        ("__libc_malloc", "malloc", (0,), None, 1),
        ("__libc_malloc_impl", "malloc", (0,), None, 1),
        ("_Znwm", "operator new", (0,), None, 1),
        ("_Znwj", "operator new", (0,), None, 1),
        ("_ZnwmSt11align_val_t", "operator new", (0,), None, 1),
        ("_ZnamRKSt9nothrow_t", "operator new[]", (0,), None, 1),
        ("_ZdlPvm", "operator delete", (), 0, 1),
        ("_ZdaPv", "operator delete[]", (), 0, 1),
    ],
)
def test_allocators(symbol: str, name: str, size: tuple[int, ...], old: int | None, arguments: int) -> None:
    found = allocating(symbol)
    assert found is not None
    assert (found.name, found.size, found.old, found.arguments) == (name, size, old, arguments)


def test_posix_memalign_gives_its_block_by_its_first_argument() -> None:
    found = allocating("posix_memalign")
    assert found is not None
    assert (found.result_in, found.size, found.arguments) == (0, (2,), 3)


@pytest.mark.parametrize("symbol", ["main", "malloc_usable_size", "my_malloc", "freeze", "_ZN4Pool4freeEv"])
def test_others(symbol: str) -> None:
    assert allocating(symbol) is None
