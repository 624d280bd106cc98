"""What differs between instruction sets in how Linux lays out what it hands to programs.

One row a system-call table (`Isa.system_calls.table`). Adding an instruction set is adding its row. A layout is a tuple
of (field, `struct` code) in memory order; fields that start with '_' are padding and are written as zeros.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stackglass.emulator.kernel.terminals import POWERPC, Layout, TerminalRequests
from stackglass.errors import UsageError
from stackglass.isa import Isa


@dataclass(frozen=True, slots=True)
class OpenFlags:
    """The bits of `open` that differ between instruction sets."""

    directory: int = 0o200000
    no_follow: int = 0o400000
    temporary_file: int = 0o20000000
    """O_TMPFILE without O_DIRECTORY, which it always comes with."""


@dataclass(frozen=True, slots=True)
class Abi:
    """The kernel's side of one instruction set."""

    stat: Layout
    signal_restorer: bool
    """Whether `struct sigaction` has the member sa_restorer."""
    wide_arguments: Literal["register", "pair", "aligned pair"]
    """How a 64-bit argument comes: in one register, in any two, or in two before which an even number of them lie."""
    stat64: Layout = ()
    """Of stat64 and its kin, on 32-bit instruction sets."""
    open_flags: OpenFlags = field(default_factory=OpenFlags)
    renamed: Mapping[str, str] = field(default_factory=dict)
    """System calls that bear another one's name here, and what they are called in the registry."""
    terminal: TerminalRequests = field(default_factory=TerminalRequests)


_OTHER_OPEN_FLAGS = OpenFlags(directory=0o40000, no_follow=0o100000)


_X86_64_STAT: Layout = (
    ("device", "Q"),
    ("number", "Q"),
    ("links", "Q"),
    ("mode", "I"),
    ("user", "I"),
    ("group", "I"),
    ("_pad", "I"),
    ("raw_device", "Q"),
    ("size", "q"),
    ("block_size", "q"),
    ("blocks", "q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("_unused", "24x"),
)

_GENERIC_STAT: Layout = (
    ("device", "Q"),
    ("number", "Q"),
    ("mode", "I"),
    ("links", "I"),
    ("user", "I"),
    ("group", "I"),
    ("raw_device", "Q"),
    ("_pad", "Q"),
    ("size", "q"),
    ("block_size", "i"),
    ("_pad", "i"),
    ("blocks", "q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("seconds", "q"),
    ("nanoseconds", "Q"),
    ("_unused", "Q"),
)
"""include/uapi/asm-generic/stat.h, on 64-bit instruction sets."""

_NARROW_STAT: Layout = (
    ("device", "I"),
    ("number_low", "I"),
    ("mode", "H"),
    ("links", "H"),
    ("user", "H"),
    ("group", "H"),
    ("raw_device", "I"),
    ("size", "I"),
    ("block_size", "I"),
    ("blocks", "I"),
    *(("seconds", "I"), ("nanoseconds", "I")) * 3,
    ("_unused", "8x"),
)
"""struct stat of i386 and ARM."""


def _stat64(padding: str) -> Layout:
    """struct stat64; `padding` is what aligns its 64-bit members, where these are aligned."""
    return (
        ("device", "Q"),
        ("_pad", "4x"),
        ("number_low", "I"),
        ("mode", "I"),
        ("links", "I"),
        ("user", "I"),
        ("group", "I"),
        ("raw_device", "Q"),
        ("_pad", "4x"),
        ("_pad", padding),
        ("size", "q"),
        ("block_size", "I"),
        ("_pad", padding),
        ("blocks", "Q"),
        *(("seconds", "I"), ("nanoseconds", "I")) * 3,
        ("number", "Q"),
    )


STATX: Layout = (
    ("mask", "I"),
    ("block_size", "I"),
    ("_attributes", "Q"),
    ("links", "I"),
    ("user", "I"),
    ("group", "I"),
    ("mode", "H"),
    ("_pad", "H"),
    ("number", "Q"),
    ("size", "Q"),
    ("blocks", "Q"),
    ("_attributes_mask", "Q"),
    *(("seconds", "q"), ("nanoseconds", "I"), ("_pad", "4x")) * 4,
    ("raw_device_major", "I"),
    ("raw_device_minor", "I"),
    ("device_major", "I"),
    ("device_minor", "I"),
    ("_spare", "112x"),
)
"""The same for every instruction set (include/uapi/linux/stat.h)."""

_POWERPC_STAT: Layout = (
    ("device", "I"),
    ("number_low", "I"),
    ("mode", "I"),
    ("links", "H"),
    ("_pad", "2x"),
    ("user", "I"),
    ("group", "I"),
    ("raw_device", "I"),
    ("size", "I"),
    ("block_size", "I"),
    ("blocks", "I"),
    *(("seconds", "I"), ("nanoseconds", "I")) * 3,
    ("_unused", "8x"),
)
_POWERPC_STAT64: Layout = (
    ("device", "Q"),
    ("number", "Q"),
    ("mode", "I"),
    ("links", "I"),
    ("user", "I"),
    ("group", "I"),
    ("raw_device", "Q"),
    ("_pad", "8x"),
    ("size", "q"),
    ("block_size", "I"),
    ("_pad", "4x"),
    ("blocks", "Q"),
    *(("seconds", "I"), ("nanoseconds", "I")) * 3,
    ("_unused", "8x"),
)
"""arch/powerpc/include/uapi/asm/stat.h, on 32-bit PowerPC."""

ABIS: Mapping[str, Abi] = {
    "x86_64": Abi(stat=_X86_64_STAT, signal_restorer=True, wide_arguments="register"),
    "i386": Abi(
        stat=_NARROW_STAT,
        stat64=_stat64("0x"),
        signal_restorer=True,
        wide_arguments="pair",
        renamed={"mmap": "old_mmap", "select": "old_select"},
    ),
    "arm": Abi(
        stat=_NARROW_STAT,
        stat64=_stat64("4x"),
        signal_restorer=True,
        wide_arguments="aligned pair",
        open_flags=_OTHER_OPEN_FLAGS,
    ),
    "powerpc": Abi(
        stat=_POWERPC_STAT,
        stat64=_POWERPC_STAT64,
        signal_restorer=True,
        wide_arguments="aligned pair",
        open_flags=_OTHER_OPEN_FLAGS,
        renamed={"fadvise64_64": "arm_fadvise64_64"},
        terminal=POWERPC,
    ),
    "riscv64": Abi(stat=_GENERIC_STAT, signal_restorer=False, wide_arguments="register"),
    "arm64": Abi(stat=_GENERIC_STAT, signal_restorer=True, wide_arguments="register", open_flags=_OTHER_OPEN_FLAGS),
}


def of(isa: Isa) -> Abi:
    """The row of an instruction set. UsageError if the kernel has none for it."""
    if isa.system_calls.table not in ABIS:
        raise UsageError(f"system calls of {isa.title} are not carried out yet")
    return ABIS[isa.system_calls.table]


def pack(layout: Layout, order: Literal["little", "big"], values: Mapping[str, int | bytes]) -> bytes:
    """The bytes of a structure without implicit padding. KeyError if a field that isn't padding has no value."""
    codes, wanted = _compiled(layout)
    return struct.pack(("<" if order == "little" else ">") + codes, *(values[name] if name else 0 for name in wanted))


@functools.cache
def _compiled(layout: Layout) -> tuple[str, tuple[str, ...]]:
    """The format, and for each value that it takes the field's name, '' for padding."""
    codes = "".join(code for _, code in layout)
    return codes, tuple("" if name.startswith("_") else name for name, code in layout if not code.endswith("x"))
