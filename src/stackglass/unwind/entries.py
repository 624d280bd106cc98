"""CIEs and FDEs: the entries that call-frame information is made of (DWARF 5, 6.4.1; LSB 5.0, 10.6 for .eh_frame).

CIE  length  id  version  augmentation  code factor  data factor  return register  [augmentation]  program
FDE  length  CIE pointer  first address  address range  [augmentation]  program
"""

from __future__ import annotations

from dataclasses import dataclass

from stackglass.unwind.reader import OMITTED, Cursor, Section

_LONG_FORM = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Cie:
    """What the FDEs of a compile unit share. `program` is (start, end), offsets into the section."""

    offset: int
    code_factor: int
    data_factor: int
    return_register: int
    pointer_encoding: int
    has_augmentation_size: bool
    signal_frame: bool
    program: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fde:
    """The call-frame information of the run-time addresses [start, end)."""

    offset: int
    cie: Cie
    start: int
    end: int
    program: tuple[int, int]


def is_eh(section: Section) -> bool:
    """Whether the section is of .eh_frame's variety, rather than .debug_frame's."""
    return "eh_frame" in section.name


def read_extent(section: Section, offset: int) -> tuple[Cursor, int]:
    """A cursor behind the length of the entry at `offset`, ending where the entry ends, and the size of its offsets."""
    header = section.cursor(offset)
    length, size = header.unsigned(4), 4
    if length == _LONG_FORM:
        length, size = header.unsigned(8), 8
    if header.offset + length > header.end:
        raise header.bad("is cut short")
    return section.cursor(header.offset, header.offset + length), size


def is_cie(section: Section, identifier: int, offset_size: int) -> bool:
    """Whether an entry with this id is a CIE."""
    return identifier == (0 if is_eh(section) else (1 << 8 * offset_size) - 1)


def cie_offset(section: Section, identifier: int, identifier_offset: int) -> int:
    """Where the CIE of an FDE lies: .eh_frame counts back from the id, .debug_frame from the section's start."""
    return identifier_offset - identifier if is_eh(section) else identifier


def read_cie(section: Section, offset: int) -> Cie:
    """The CIE at `offset`. BadDebugInfo if there is none, or none that can be read."""
    cursor, size = read_extent(section, offset)
    if not is_cie(section, cursor.unsigned(size), size):
        raise cursor.bad("is not the CIE that an FDE takes it for")
    version = cursor.byte()
    if version not in (1, 3, 4):
        raise cursor.bad(f"is of version {version}, which is not known")
    augmentation = cursor.text()
    if version == 4:
        cursor.take(2)  # address size, segment selector size
    if augmentation == "eh":
        cursor.take(section.word_size)  # of gcc 2
    code_factor, data_factor = cursor.uleb(), cursor.sleb()
    return_register = cursor.byte() if version == 1 else cursor.uleb()
    encoding, signal_frame = _read_augmentation(cursor, augmentation)
    return Cie(
        offset=offset,
        code_factor=code_factor,
        data_factor=data_factor,
        return_register=return_register,
        pointer_encoding=encoding,
        has_augmentation_size=augmentation.startswith("z"),
        signal_frame=signal_frame,
        program=(cursor.offset, cursor.end),
    )


def _read_augmentation(cursor: Cursor, augmentation: str) -> tuple[int, bool]:
    """The pointer encoding of the FDEs, and whether they are a signal's frames. Leaves the cursor at the program."""
    if not augmentation.startswith("z"):
        return 0, "S" in augmentation
    size = cursor.uleb()
    end = cursor.offset + size
    encoding, signal_frame = 0, False
    for letter in augmentation[1:]:
        if letter == "R":
            encoding = cursor.byte()
        elif letter == "L":
            cursor.byte()
        elif letter == "P":
            personality = cursor.byte()
            if personality != OMITTED:
                cursor.pointer_value(personality)
        elif letter == "S":
            signal_frame = True
        else:  # the size lets a reader go on past what it doesn't know
            break
    cursor.take(end - cursor.offset)
    return encoding, signal_frame


def read_fde(section: Section, offset: int) -> Fde:
    """The FDE at `offset`, with its CIE. BadDebugInfo if there is none, or none that can be read."""
    cursor, size = read_extent(section, offset)
    place = cursor.offset
    identifier = cursor.unsigned(size)
    if is_cie(section, identifier, size):
        raise cursor.bad("is a CIE where an FDE was looked for")
    cie = read_cie(section, cie_offset(section, identifier, place))
    start = cursor.pointer(cie.pointer_encoding)
    length = cursor.pointer_value(cie.pointer_encoding & 0x0F)
    if cie.has_augmentation_size:
        cursor.take(cursor.uleb())
    return Fde(offset, cie, start, start + length, (cursor.offset, cursor.end))
