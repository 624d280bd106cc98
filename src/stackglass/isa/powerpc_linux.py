"""How Linux lays out what it hands to programs on 32-bit PowerPC."""

from __future__ import annotations

from stackglass.isa.linux import OTHER_OPEN_FLAGS, TERMINAL_FLAGS, KernelAbi, Layout, TerminalRequests

_STAT: Layout = (
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
_STAT64: Layout = (
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

_TERMINAL = TerminalRequests(
    get_settings=0x402C7413,
    set_settings=(0x802C7414, 0x802C7415, 0x802C7416),
    get_window=0x40087468,
    get_group=0x40047477,
    waiting_bytes=0x4004667F,
    set_non_blocking=0x8004667E,
    no_close_on_exec=0x20006602,
    close_on_exec=0x20006601,
    layout=(*TERMINAL_FLAGS, ("control_characters", "19s"), ("line", "B"), ("input_speed", "I"), ("output_speed", "I")),
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

KERNEL = KernelAbi(
    stat=_STAT,
    stat64=_STAT64,
    signal_restorer=True,
    wide_arguments="aligned pair",
    open_flags=OTHER_OPEN_FLAGS,
    renamed={"fadvise64_64": "arm_fadvise64_64"},
    terminal=_TERMINAL,
)
