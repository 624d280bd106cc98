"""The registry of instruction sets.

To add one, write its file here with an `ISA` of type `table.Isa` and add its module's name to `_MODULES`:

1. registers: every general register with DWARF number, Unicorn's number, role, narrower names; callee-saved set;
2. patterns: calls, returns, jumps, system calls, and every instruction that can write SP;
3. ABI: argument and result registers, `assign`, stack alignment, red zone, where a call leaves the return address;
4. the kernel's side: system-call registers, thread pointer, start registers.

Nothing about it belongs anywhere else; `tests/unit/isa` checks each table against capstone and the emulator.
"""

from __future__ import annotations

import importlib
from functools import cache

from stackglass.errors import UsageError
from stackglass.isa.table import Isa

_MODULES = ("x86_64", "textbook")


def names() -> tuple[str, ...]:
    """The names that `get` takes."""
    return _MODULES


@cache
def get(name: str) -> Isa:
    """The instruction set called `name`. UsageError if there is none of that name."""
    if name not in _MODULES:
        raise UsageError(f"no instruction set is called '{name}'", help=f"choose one of: {', '.join(_MODULES)}")
    isa: Isa = importlib.import_module(f"stackglass.isa.{name}").ISA
    return isa


def by_elf_machine(machine: str, elf_class: int) -> Isa | None:
    """The instruction set of an ELF header's e_machine ('EM_X86_64') and class (32 or 64), or None."""
    candidates = (get(name) for name in _MODULES)
    return next((isa for isa in candidates if (isa.elf_machine, isa.elf_class) == (machine, elf_class)), None)


__all__ = ["Isa", "by_elf_machine", "get", "names"]
