"""The functions that hand out heap memory and take it back: their names, what they are given, what they give.

C11 7.22.3, POSIX.1, glibc's memalign, valloc, pvalloc and reallocarray, C23's free_sized; C++'s operators new and
delete by their mangled names (Itanium C++ ABI 5.1.4.2). C libraries have them under other names too ('__libc_malloc').
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackglass.model import RegionKind

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Target
    from stackglass.emulator.engine import Engine

_DEEPEST_ALLOCATOR = 64
"""Frames above which an allocator's function is not looked for: those of its own making are few."""


class Allocating(NamedTuple):
    """What a call of an allocating or freeing function means. Numbers are positions of arguments.

    The product of the arguments `size` is what is asked for (none for a function that only frees); `old` is the block
    that is given back; `result_in` points at where the new block's address goes, which is the result if None.
    `for_string`: the block is as long as the string in it.
    """

    name: str
    size: tuple[int, ...] = ()
    old: int | None = None
    result_in: int | None = None
    for_string: bool = False

    @property
    def allocates(self) -> bool:
        """Whether it hands out a block."""
        return bool(self.size) or self.for_string

    @property
    def arguments(self) -> int:
        """How many arguments tell all that."""
        return 1 + max(self.size, default=0) if self.old is None else 1 + max(self.old, *self.size, 0)


_FUNCTIONS = {
    one.name: one
    for one in (
        Allocating("malloc", (0,)),
        Allocating("calloc", (0, 1)),
        Allocating("realloc", (1,), old=0),
        Allocating("reallocarray", (1, 2), old=0),
        Allocating("aligned_alloc", (1,)),
        Allocating("memalign", (1,)),
        Allocating("posix_memalign", (2,), result_in=0),
        Allocating("valloc", (0,)),
        Allocating("pvalloc", (0,)),
        Allocating("free", old=0),
        Allocating("cfree", old=0),
        Allocating("free_sized", old=0),
        Allocating("free_aligned_sized", old=0),
    )
}

_IN_ONE_STEP = {
    one.name: one
    for one in (
        Allocating("strdup", for_string=True),
        Allocating("strndup", for_string=True),
        Allocating("asprintf", result_in=0, for_string=True),
        Allocating("vasprintf", result_in=0, for_string=True),
    )
}
"""Those that call malloc, but where a whole function of the library is one step of the machine."""

_OPERATORS = {
    "_Znw": Allocating("operator new", (0,)),
    "_Zna": Allocating("operator new[]", (0,)),
    "_Zdl": Allocating("operator delete", old=0),
    "_Zda": Allocating("operator delete[]", old=0),
}
_RANKS = {name: rank for rank, name in enumerate([*_FUNCTIONS, *(one.name for one in _OPERATORS.values())])}
"""Of several names for one function the usual one counts: glibc's free is its cfree too."""
_OPERATOR = re.compile(r"(?P<operator>_Znw|_Zna)[jm](?:St11align_val_t)?(?:RKSt9nothrow_t)?|(?P<delete>_Zdl|_Zda)Pv.*")
_WITHIN_A_LIBRARY = re.compile(r"__libc_(?P<name>[a-z_]+?)(?:_impl)?")


def allocating(symbol: str) -> Allocating | None:
    """What a function with that symbol does, or None for one that is no allocator's."""
    if symbol.startswith("_Z"):
        operator = _OPERATOR.fullmatch(symbol)
        return None if operator is None else _OPERATORS[operator["operator"] or operator["delete"]]
    inner = _WITHIN_A_LIBRARY.fullmatch(symbol)
    return _FUNCTIONS.get(inner["name"] if inner else symbol)


def allocator_entries(target: Target, *, in_one_step: bool = False) -> dict[int, Allocating]:
    """Where the allocators' functions begin, by run-time address. `in_one_step`: a function of the library is one step.

    A name that only its own file sees counts if it is a library's: zig's C library hides its malloc. The program's own
    static function may be called `free` and do something else.
    """
    found: dict[int, Allocating] = {}
    for module in target.modules:
        for symbol in module.symbols.all:
            known = allocating(symbol.name) if symbol.kind in ("function", "ifunc", "notype") else None
            with_malloc = _IN_ONE_STEP.get(symbol.name) if in_one_step else None
            if known is None and with_malloc is None:
                continue
            address = symbol.address + module.bias
            function = target.function_at(address)
            if known is None and with_malloc is not None and function is not None and function.library:
                found[address] = with_malloc
            if (
                known is None
                or function is None
                or function.low != address
                or not (symbol.is_global or function.library)
            ):
                continue
            if address not in found or _RANKS[known.name] < _RANKS[found[address].name]:
                found[address] = known
    return found


class HeapClaims:
    """Tells mappings that an allocator made from all others: they are part of the heap."""

    def __init__(self, engine: Engine, target: Target) -> None:
        self._engine = engine
        self._target = target
        self._modules = 0
        self._entries: frozenset[int] = frozenset()

    def claim(self, address: int, *, but_for: int) -> None:
        """Makes the anonymous mapping that begins at `address` part of the heap if an allocator's function runs.

        `address` is the result of the system call that changed the mappings; at `but_for`, brk's result, nothing was
        mapped.
        """
        memory = self._engine.memory
        mapping = memory.mapping_at(address)
        if mapping is None or mapping.start != address or address == but_for:
            return
        if mapping.kind is RegionKind.MMAP and mapping.name is None and self._allocator_runs():
            memory.relabel(mapping.start, mapping.size, kind=RegionKind.HEAP, name=None)

    def _allocator_runs(self) -> bool:
        if self._modules != len(self._target.modules):
            self._modules = len(self._target.modules)
            self._entries = frozenset(allocator_entries(self._target))
        frames = self._engine.shadow_frames()
        latest = frames[-_DEEPEST_ALLOCATOR:]
        return any(self._engine.instruction_pc(frame.entry) in self._entries for frame in latest)
