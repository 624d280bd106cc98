"""How programs ask for a terminal's settings: requests of ioctl, struct termios, and its bits, by architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Layout = tuple[tuple[str, str], ...]

_FLAGS: Layout = (("input_flags", "I"), ("output_flags", "I"), ("control_flags", "I"), ("local_flags", "I"))


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
    layout: Layout = (*_FLAGS, ("line", "B"), ("control_characters", "19s"))
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


POWERPC = TerminalRequests(
    get_settings=0x402C7413,
    set_settings=(0x802C7414, 0x802C7415, 0x802C7416),
    get_window=0x40087468,
    get_group=0x40047477,
    waiting_bytes=0x4004667F,
    set_non_blocking=0x8004667E,
    no_close_on_exec=0x20006602,
    close_on_exec=0x20006601,
    layout=(*_FLAGS, ("control_characters", "19s"), ("line", "B"), ("input_speed", "I"), ("output_speed", "I")),
    settings={
        "input_flags": 0x4300,  # ICRNL, IXON, IUTF8
        "output_flags": 0x3,  # OPOST, ONLCR
        "control_flags": 0xB0F,  # B38400, CS8, CREAD
        "local_flags": 0x5CF,  # ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN
        "control_characters": bytes([3, 28, 127, 21, 4, 1, 0, 0, 0, 0, 23, 18, 26, 17, 19, 22, 15, 0, 0]),
        "line": 0,
        "input_speed": 0xF,
        "output_speed": 0xF,
    },
)
"""arch/powerpc/include/uapi/asm/ioctls.h and termbits.h."""
