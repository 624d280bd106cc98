"""Structures of the kernel's, as the instruction set lays them out (`Isa.kernel`)."""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping
from typing import Literal

from stackglass.errors import UsageError
from stackglass.isa import Isa
from stackglass.isa.linux import KernelAbi, Layout

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


def of(isa: Isa) -> KernelAbi:
    """What the kernel does its own way on an instruction set. UsageError if nothing is known of that."""
    if isa.kernel is None:
        raise UsageError(f"system calls of {isa.title} are not carried out yet")
    return isa.kernel


def pack(layout: Layout, order: Literal["little", "big"], values: Mapping[str, int | bytes]) -> bytes:
    """The bytes of a structure without implicit padding. KeyError if a field that isn't padding has no value."""
    codes, wanted = _compiled(layout)
    return struct.pack(("<" if order == "little" else ">") + codes, *(values[name] if name else 0 for name in wanted))


@functools.cache
def _compiled(layout: Layout) -> tuple[str, tuple[str, ...]]:
    """The format, and for each value that it takes the field's name, '' for padding."""
    codes = "".join(code for _, code in layout)
    return codes, tuple("" if name.startswith("_") else name for name, code in layout if not code.endswith("x"))
