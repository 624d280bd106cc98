"""Where a thread keeps its variables: the executable's thread-local storage, relative to the thread pointer."""

from __future__ import annotations

from collections.abc import Mapping

from stackglass.debuginfo.target import DataObject, Target


def storage_start(target: Target, registers: Mapping[str, int]) -> int | None:
    """The first address of the running thread's copy of the executable's thread-local variables.

    "ELF Handling For Thread-Local Storage" (Drepper), 3: in variant II it ends at the thread pointer, in variant I it
    begins above it, behind what the C library keeps there. None without such variables, or without a thread pointer.
    """
    thread_pointer = registers.get(target.isa.thread_pointer)
    segment = target.modules[0].image.tls if target.modules else None
    if not thread_pointer or segment is None:
        return None
    align, above = max(segment.alignment, 1), target.isa.tls_offset
    start = -segment.memory_size // align * align if above is None else -(-above // align) * align
    return thread_pointer + start


def thread_local_at(target: Target, registers: Mapping[str, int], address: int) -> DataObject | None:
    """The thread-local variable of the executable that holds `address`."""
    start = storage_start(target, registers)
    segment = target.modules[0].image.tls if start is not None else None
    if start is None or segment is None or not start <= address < start + segment.memory_size:
        return None
    return target.thread_local_at(address - start)
