"""The x87's registers, for i386 and x86-64."""

from __future__ import annotations

from stackglass.isa.table import Register

_ENGINE_ST0 = 114


def registers(first_dwarf: int) -> tuple[Register, ...]:
    """st0 to st7, from DWARF's number `first_dwarf` on."""
    return tuple(
        Register(
            f"st{n}",
            80,
            first_dwarf + n,
            _ENGINE_ST0 + n,
            "floating-point result" if n == 0 else "scratch",
            aliases=(f"st({n})",),
            kind="vector",
        )
        for n in range(8)
    )
