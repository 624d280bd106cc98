"""Call-frame information made by hand: CIEs and FDEs as bytes, and a section of them."""

from __future__ import annotations

from stackglass.unwind.reader import Section

SECTION = 0x7000
"""Where the made-up .eh_frame lies at run time."""
STANDARD = bytes([0x0C, 7, 8, 0x90, 1])
"""CFA = rsp + 8, and the return address at CFA - 8: every function's beginning on x86-64."""


def uleb(value: int) -> bytes:
    """`value` as unsigned LEB128."""
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def sleb(value: int) -> bytes:
    """`value` as signed LEB128."""
    out = bytearray()
    while True:
        low = value & 0x7F
        value >>= 7
        done = (value == 0 and not low & 0x40) or (value == -1 and bool(low & 0x40))
        out.append(low | (0 if done else 0x80))
        if done:
            return bytes(out)


def entry(body: bytes) -> bytes:
    """An entry with its length before it, padded with DW_CFA_nop."""
    body += bytes(-(len(body) + 4) % 8)
    return len(body).to_bytes(4, "little") + body


def cie(program: bytes = STANDARD, augmentation: str = "zR", encoding: int = 0x1B, version: int = 1) -> bytes:
    """A CIE of .eh_frame: code factor 1, data factor -8, return register 16."""
    data = bytes([encoding]) if "R" in augmentation else b""
    body = bytes(4) + bytes([version]) + augmentation.encode() + b"\0" + uleb(1) + sleb(-8) + bytes([16])
    return entry(body + (uleb(len(data)) + data if augmentation.startswith("z") else b"") + program)


def fde(cie_at: int, at: int, start: int, size: int, program: bytes = b"") -> bytes:
    """An FDE of .eh_frame at section offset `at`, for the run-time addresses [start, start + size)."""
    pointer = (at + 4 - cie_at).to_bytes(4, "little")
    place = (start - (SECTION + at + 8)) & 0xFFFFFFFF
    return entry(pointer + place.to_bytes(4, "little") + size.to_bytes(4, "little") + b"\0" + program)


def eh_frame(*functions: tuple[int, int, bytes], initial: bytes = STANDARD) -> bytes:
    """A section with one CIE and an FDE for each (start, size, program), and a terminator."""
    data = cie(initial)
    for start, size, program in functions:
        data += fde(0, len(data), start, size, program)
    return data + bytes(4)


def section(data: bytes, name: str = ".eh_frame", address: int = SECTION, bias: int = 0) -> Section:
    """The bytes as a little-endian 64-bit section."""
    return Section(name, data, address, bias, 8, "little")
