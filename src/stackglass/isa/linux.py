"""What differs between instruction sets in how Linux lays out what it hands to programs: the shape, and what is shared.

A layout is a tuple of (field, `struct` code) in memory order; fields that start with '_' are padding and are written as
zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Layout = tuple[tuple[str, str], ...]

TERMINAL_FLAGS: Layout = (("input_flags", "I"), ("output_flags", "I"), ("control_flags", "I"), ("local_flags", "I"))


@dataclass(frozen=True, slots=True)
class TerminalRequests:
    """The numbers of ioctl's requests, and what the settings are: those of include/uapi/asm-generic unless said."""

    get_settings: int = 0x5401
    set_settings: tuple[int, ...] = (0x5402, 0x5403, 0x5404)
    get_window: int = 0x5413
    get_group: int = 0x540F
    waiting_bytes: int = 0x541B
    set_non_blocking: int = 0x5421
    no_close_on_exec: int = 0x5450
    close_on_exec: int = 0x5451
    layout: Layout = (*TERMINAL_FLAGS, ("line", "B"), ("control_characters", "19s"))
    settings: Mapping[str, int | bytes] = field(
        default_factory=lambda: {
            "input_flags": 0o2400 | 0o40000,  # ICRNL, IXON, IUTF8
            "output_flags": 0o5,  # OPOST, ONLCR
            "control_flags": 0o277,  # B38400, CS8, CREAD
            "local_flags": 0o105073,  # ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN
            "line": 0,
            "control_characters": bytes([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0]),
        }
    )


@dataclass(frozen=True, slots=True)
class OpenFlags:
    """The bits of `open` that differ between instruction sets."""

    directory: int = 0o200000
    no_follow: int = 0o400000
    temporary_file: int = 0o20000000
    """O_TMPFILE without O_DIRECTORY, which it always comes with."""


@dataclass(frozen=True, slots=True)
class KernelAbi:
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
    segment_bases: tuple[str, str] = ("", "")
    """The registers whose values arch_prctl sets: the bases of FS and GS."""


OTHER_OPEN_FLAGS = OpenFlags(directory=0o40000, no_follow=0o100000)
"""Of ARM, AArch64 and PowerPC."""

GENERIC_STAT: Layout = (
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

NARROW_STAT: Layout = (
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


def stat64(padding: str) -> Layout:
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
