"""The registry of instruction sets.

To add one, write its file here with an `ISA` of type `table.Isa` and add its module's name to `_MODULES`:

1. registers: every general register with DWARF number, Unicorn's number, role, narrower and other names; callee-saved
   set;
2. patterns: calls, returns, jumps, system calls, and every instruction that can write SP, by how much where its bits
   tell; a second encoding, if there is one; `silent_stores`, which the engine tells no hook of;
3. `stores` (and `writes`, where capstone doesn't tell): which registers an instruction stores, for the roles of slots;
4. ABI: argument and result registers, `assign`, stack alignment, red zone, where a call leaves the return address, and
   `linkage` where frames keep words for their callees, `shared_code`, `veneers`; thread-local storage, canary, long
   double; where gdb sees a prologue's end: `frame_setup` or `prologue_by_lines`;
5. the kernel's side: system-call registers and how failure is told, thread pointer, start registers, `engine_setup`,
   `fixed_pages`, `hardware`, `exceptions`, address-space layout; `kernel`: structures and flags of Linux;
6. `words`, for `explain`: without them, and without `assign`, every command works and says less;
7. `disassembler`, where capstone doesn't know its instructions.

`byte_order` is asked wherever bytes are numbers; docs/design/adding-an-isa.md tells what PowerPC took, file by file.
Nothing else about it belongs anywhere else; `tests/unit/isa` checks each table against capstone and the emulator, the
recorder's tests against a slow one, `tests/integration/test_foreign_runs.py` whole programs against qemu.
"""

from __future__ import annotations

import importlib
from functools import cache

from stackglass.errors import UsageError
from stackglass.isa.table import Isa

_MODULES = ("x86_64", "i386", "arm", "aarch64", "riscv64", "powerpc", "textbook")


def names() -> tuple[str, ...]:
    """The names that `get` takes."""
    return _MODULES


def emulated() -> tuple[str, ...]:
    """The names of those whose programs are ELF files that the emulator runs: all but the textbook machine."""
    return tuple(name for name in _MODULES if not get(name).simulated)


@cache
def get(name: str) -> Isa:
    """The instruction set called `name`. UsageError if there is none of that name."""
    if name not in _MODULES:
        raise UsageError(f"no instruction set is called '{name}'", help=f"choose one of: {', '.join(_MODULES)}")
    isa: Isa = importlib.import_module(f"stackglass.isa.{name}").ISA
    return isa


def by_elf_machine(machine: str, elf_class: int, flags: int = 0) -> Isa | None:
    """The instruction set of an ELF header's e_machine ('EM_X86_64'), class (32 or 64) and e_flags, or None."""
    candidates = (get(name) for name in _MODULES)
    found = next((isa for isa in candidates if (isa.elf_machine, isa.elf_class) == (machine, elf_class)), None)
    return None if found is None else found.with_flags(flags)


__all__ = ["Isa", "by_elf_machine", "emulated", "get", "names"]
