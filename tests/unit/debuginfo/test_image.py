"""ELF images: what the headers say, equal to readelf's; and one clear sentence for whatever isn't one."""

from __future__ import annotations

import re
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.debuginfo.image import Image
from stackglass.errors import BadDebugInfo, BadImage
from tests.needs import require
from tests.unit.debuginfo.building import Build, Built


def readelf(built: Built, *flags: str) -> str:
    require("readelf")
    command = ["readelf", "-W", *flags, str(built.path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


SECTION = re.compile(r"^ +\[ *\d+\] (\S*) +([A-Z_]+) +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)")
SEGMENT = re.compile(r"^ +LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) (R| )(W| )(E| )")


@pytest.mark.parametrize("flags", ["", "-static", "-shared -fPIC", "-c", "-static-pie"])
def test_headers_are_readelfs(build: Build, flags: str) -> None:
    if "-static" in flags:
        require("static libc")
    built = build("scopes.c", "gcc", *flags.split())
    image = built.image
    sections = [match.groups() for line in readelf(built, "-S").splitlines() if (match := SECTION.match(line))]
    assert len(sections) > 10
    for section, (name, kind, address, offset, size) in zip(image.sections, sections, strict=True):
        assert section.name == name
        assert (section.address, section.file_offset, section.size) == tuple(
            int(n, 16) for n in (address, offset, size)
        )
        if kind in ("PROGBITS", "NOBITS", "SYMTAB", "DYNSYM", "STRTAB", "RELA"):
            assert section.kind == kind.lower()
    expected = []
    for line in readelf(built, "-l").splitlines():
        if match := SEGMENT.match(line):
            offset, address, file_size, size = (int(number, 16) for number in match.groups()[:4])
            rights = match.groups()[4:]
            permissions = "".join(letter if right != " " else "-" for letter, right in zip("rwx", rights, strict=True))
            expected.append((address, offset, file_size, size, permissions))
    found = [(s.address, s.file_offset, s.file_size, s.memory_size, s.permissions) for s in image.segments]
    assert found == expected


@pytest.mark.parametrize(
    ("flags", "kind", "interpreted"),
    [
        ("-no-pie", "executable", True),
        ("-pie", "pie", True),
        ("-static", "executable", False),
        ("-static-pie", "pie", False),
        ("-shared -fPIC", "shared", False),
        ("-c", "relocatable", False),
    ],
)
def test_kinds(build: Build, flags: str, kind: str, interpreted: bool) -> None:
    if "-static" in flags:
        require("static libc")
    image = build("scopes.c", "gcc", *flags.split()).image
    assert image.kind == kind
    assert (image.interpreter is not None) == interpreted
    assert image.has_debug_info
    assert image.isa.name == "x86_64"


def test_what_a_loader_needs(build: Build) -> None:
    built = build("scopes.c", "gcc", "-pie")
    image = built.image
    address, size, count = image.program_headers
    assert image.read(address, size * count) == image.data[64 : 64 + size * count]
    text = readelf(built, "-l")
    assert f"Entry point {image.entry:#x}" in text
    assert image.tls is not None
    assert (image.tls.memory_size, image.tls.file_size) == (8, 4)  # per_thread, and zeroed_per_thread
    relro = re.search(r"GNU_RELRO +0x\w+ (0x\w+) 0x\w+ 0x\w+ (0x\w+)", text)
    assert relro is not None
    assert image.relro == (int(relro[1], 16), int(relro[1], 16) + int(relro[2], 16))


def test_read_gives_zeros_for_bss(build: Build) -> None:
    image = build("prologues.c").image
    bss = image.section(".bss")
    assert bss is not None
    assert image.read(bss.address, 4) == bytes(4)
    assert image.read(1 << 40, 4) is None
    assert image.section_at(bss.address) is bss


def test_stripped_of_section_headers(build: Build) -> None:
    data = bytearray(build("scopes.c").image.data)
    struct.pack_into("<Q", data, 40, 0)
    struct.pack_into("<HH", data, 60, 0, 0)
    image = Image.parse(bytes(data), "bare")
    assert image.sections == ()
    assert len(image.segments) == 4
    assert not image.has_debug_info
    assert image.section_bytes(".debug_info") is None


@pytest.mark.parametrize("flags", ["-gz=zlib", "-gz=zlib-gnu"])
def test_compressed_sections(build: Build, flags: str) -> None:
    plain, compressed = build("scopes.c", "gcc").image, build("scopes.c", "gcc", flags).image
    assert any(section.is_compressed for section in compressed.sections)
    assert compressed.section_bytes(".debug_abbrev") == plain.section_bytes(".debug_abbrev")
    assert compressed.has_debug_info


def test_a_compressed_section_that_lies(build: Build) -> None:
    image = build("scopes.c", "gcc", "-gz=zlib").image
    section = next(s for s in image.sections if s.is_compressed)

    def changed(offset: int, layout: str, value: int) -> Image:
        data = bytearray(image.data)
        struct.pack_into(layout, data, section.file_offset + offset, value)
        return Image.parse(bytes(data), "changed")

    for bad in (
        changed(0, "<I", 2),  # zstd
        changed(8, "<Q", 1 << 60),  # promises more than there can be
        changed(8, "<Q", 7),
        changed(24, "<I", 0),  # not a zlib stream
    ):
        with pytest.raises(BadDebugInfo) as problem:
            bad.section_bytes(section.name)
        assert section.name in str(problem.value)
        assert problem.value.section == section.name


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"int main(void) { return 0; }", "not an ELF file"),
        (b"\x7fELF\x02\x01\x01", "truncated"),
        (b"\x7fELF\x07\x01\x01" + bytes(60), "class or byte order"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, 258) + bytes(44), "LoongArch"),
        (b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HH", 2, 62) + bytes(44), "big-endian"),
        (b"\x7fELF\x01\x02\x01" + bytes(9) + struct.pack(">HH", 2, 3) + bytes(44), "32-bit x86, big-endian"),
        (b"\x7fELF\x01\x02\x01" + bytes(9) + struct.pack(">HH", 2, 40) + bytes(44), "32-bit ARM, big-endian"),
        (b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HH", 2, 183) + bytes(44), "64-bit ARM, big-endian"),
        (b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HH", 2, 243) + bytes(44), "RISC-V, 64-bit, big-endian"),
        (b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HH", 2, 20) + bytes(44), "PowerPC, little-endian"),
        (b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HH", 2, 21) + bytes(44), "64-bit PowerPC"),
        (b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HH", 2, 8) + bytes(44), "MIPS, 32-bit"),
        (b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HH", 2, 62) + bytes(44), "x86-64, 32-bit"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, 999) + bytes(44), "machine number 999"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 9, 62) + bytes(44), "unknown type 9"),
    ],
)
def test_what_is_no_image(data: bytes, words: str) -> None:
    with pytest.raises(BadImage) as problem:
        Image.parse(data, "given")
    assert str(problem.value).startswith("given ")
    assert words in str(problem.value)


def test_truncated_anywhere(build: Build) -> None:
    """A linker puts the section headers last, so that no truncated file goes unnoticed."""
    data = build("scopes.c").image.data
    for length in (*range(0, 64, 7), *range(64, len(data), 509), len(data) - 1):
        with pytest.raises(BadImage):
            Image.parse(data[:length], "cut")


def test_segments_outside_the_file(build: Build) -> None:
    image = build("scopes.c").image
    for field, value in ((8, 1 << 40), (32, 1 << 40), (16, (1 << 64) - 16)):
        data = bytearray(image.data)
        at = next(n for n in range(64, 64 + 56 * 13, 56) if struct.unpack_from("<I", data, n)[0] == 1)
        struct.pack_into("<Q", data, at + field, value)
        with pytest.raises(BadImage):
            Image.parse(bytes(data), "changed")


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_magic_are_our_error(content: bytes) -> None:
    try:
        Image.parse(b"\x7fELF\x02\x01\x01" + content, "random")
    except BadImage as problem:
        assert str(problem)
