"""The symbols of an image: which function or object an address belongs to, by the symbol table alone."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, NamedTuple

from stackglass.debuginfo.image import Image, Section
from stackglass.debuginfo.plt import plt_entries
from stackglass.isa import Isa

_UNTYPED_FUNCTIONS = frozenset(("__wrap_main",))
"""What glibc's start files have as a label inside a function of theirs, and is one by itself: it jumps to main."""

SymbolKind = Literal["function", "object", "notype", "ifunc", "tls"]

_KINDS: dict[int, SymbolKind] = {0: "notype", 1: "object", 2: "function", 5: "object", 6: "tls", 10: "ifunc"}
_LOCAL, _GLOBAL, _WEAK = 0, 1, 2
_UNDEFINED, _RESERVED, _ABSOLUTE = 0, 0xFF00, 0xFFF1
_FILE = 4
"""STT_FILE: the local symbols behind it are that file's (System V gABI, "Symbol Table")."""


class Symbol(NamedTuple):
    """A defined symbol. `address` is the image's own, without bias; for 'tls' it is an offset into the TLS block."""

    name: str
    address: int
    size: int
    kind: SymbolKind
    is_global: bool
    section: str
    file: str | None = None
    """Of a local one the file that the table says it came from: a source, or an object."""
    is_versioned: bool = False
    """Whether it has a version ('stdout@GLIBC_2.2.5'), as what a shared library defines has."""


class FunctionRange(NamedTuple):
    """The code [low, high) of one function by its symbol. A `stub` belongs to linking, not to the program."""

    low: int
    high: int
    name: str
    stub: bool


class Symbols:
    """The symbols of `image`: from .symtab, or from .dynsym where that was stripped. Read when first asked for."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._encodings: dict[int, bool] = {}

    @cached_property
    def all(self) -> tuple[Symbol, ...]:
        """Every defined symbol in the order of the table. One that lies outside its table's bounds is left out."""
        table = next((s for kind in ("symtab", "dynsym") for s in self._image.sections if s.kind == kind), None)
        return tuple(self._symbols(table)) if table is not None else ()

    def functions(self) -> list[FunctionRange]:
        """All functions, by address; no two overlap."""
        return self._functions

    def function_at(self, address: int) -> FunctionRange | None:
        """The function whose code holds `address`."""
        index = bisect_right(self._function_starts, address) - 1
        if index >= 0 and address < self._functions[index].high:
            return self._functions[index]
        return None

    def in_other_encoding(self, address: int) -> bool:
        """Whether the code at `address` is in the ISA's second encoding: by mapping symbols, or the function's own."""
        index = bisect_right(self._encoding_starts, address) - 1
        return index >= 0 and self._encodings[self._encoding_starts[index]]

    def object_at(self, address: int) -> tuple[Symbol, int] | None:
        """The data object that holds `address`, and the offset inside it."""
        index = bisect_right(self._object_starts, address) - 1
        if index < 0:
            return None
        symbol = self._objects[index]
        return (symbol, address - symbol.address) if address < symbol.address + max(symbol.size, 1) else None

    def thread_local_at(self, offset: int) -> Symbol | None:
        """The thread-local variable that holds the byte at `offset` of the image's thread-local storage."""
        of_threads = (one for one in self.all if one.kind == "tls")
        return next((one for one in of_threads if one.address <= offset < one.address + one.size), None)

    def named(self, name: str) -> list[Symbol]:
        """The symbols called exactly `name`, global ones first."""
        return sorted(self._by_name.get(name, ()), key=lambda symbol: not symbol.is_global)

    def other_names(self, address: int) -> list[str]:
        """All names of the function that begins at `address`, the one that `functions` uses first."""
        return self._names.get(address, [])

    @cached_property
    def _names(self) -> dict[int, list[str]]:
        names = defaultdict(list)
        for symbol in sorted(self.all, key=_preference):
            if symbol.kind in ("function", "ifunc", "notype"):
                names[symbol.address].append(symbol.name)
        return dict(names)

    @cached_property
    def _by_name(self) -> dict[str, list[Symbol]]:
        table = defaultdict(list)
        for symbol in self.all:
            table[symbol.name].append(symbol)
        return dict(table)

    @cached_property
    def _objects(self) -> list[Symbol]:
        best: dict[int, Symbol] = {}
        for symbol in self.all:
            if symbol.kind != "object":
                continue
            known = best.get(symbol.address)
            if known is None or (not symbol.size, _preference(symbol)) < (not known.size, _preference(known)):
                best[symbol.address] = symbol
        return [best[address] for address in sorted(best)]

    @cached_property
    def _object_starts(self) -> list[int]:
        return [symbol.address for symbol in self._objects]

    @cached_property
    def _functions(self) -> list[FunctionRange]:
        executable = {s.name: s for s in self._image.sections if s.is_executable}
        code = [symbol for symbol in self.all if symbol.section in executable]
        ranges = _typed_ranges(self._image.isa, code, executable)
        ranges += _label_ranges(self._image, code, executable, ranges)
        ranges += plt_ranges(self._image, self.all)
        return _without_overlaps(ranges + self._called_jumps(_without_overlaps(ranges), executable))

    def _called_jumps(self, functions: list[FunctionRange], sections: dict[str, Section]) -> list[FunctionRange]:
        """The jumps by a register that calls lead to, in place of an instruction that calls so: behind a function's own
        code, where compilers put them, as stubs."""
        other, found = self._image.isa.other_encoding, []
        if other is None or not other.called_jumps or not any(self._encodings.values()):
            return []
        starts = [function.low for function in functions]
        jump = b"|".join(map(re.escape, other.called_jumps))
        behind = re.compile(rb"(?:%b|%b)*" % (jump, other.filler))
        for section in sections.values():
            data, may_be = self._bytes(section), dict[int, FunctionRange]()
            for match in re.finditer(rb"(?=(%b))" % jump, data):
                address = section.address + match.start()
                index = bisect_right(starts, address) - 1
                end = functions[index].high - section.address if index >= 0 else 0
                is_last = end <= match.start() or behind.fullmatch(data, match.start(), end)
                if is_last and not address & other.address_bit and self.in_other_encoding(address):
                    code = match[1]
                    may_be[address] = FunctionRange(address, address + len(code), other.called_jumps[code], True)
            called = _called(self._image, {section}) if may_be else set()
            found += [one for address, one in may_be.items() if address in called]
        return found

    @cached_property
    def _function_starts(self) -> list[int]:
        return [function.low for function in self._functions]

    def _symbols(self, table: Section) -> Iterator[Symbol]:
        sections, isa = self._image.sections, self._image.isa
        strings = self._bytes(sections[table.link]) if table.link < len(sections) else b""
        file: str | None = None
        for name, address, size, info, index in _rows(self._image, self._bytes(table)):
            kind = _KINDS.get(info & 15)
            if info & 15 == _FILE:
                file = _text_at(strings, name)
            if kind is None or index == _UNDEFINED or index >= _RESERVED or index >= len(sections):
                continue
            text = _text_at(strings, name)
            if text.startswith(isa.mapping_symbols or "\0"):
                self._note_encoding(address, text)
            elif text:
                text, version, _ = text.partition("@")
                if kind in ("function", "ifunc"):
                    self._note_encoding(address, "")
                    address = isa.code_address(address)
                is_global = info >> 4 in (_GLOBAL, _WEAK)
                of_file = None if is_global else file
                yield Symbol(text, address, size, kind, is_global, sections[index].name, of_file, bool(version))

    def _note_encoding(self, address: int, name: str) -> None:
        """Keeps what a mapping symbol, or the address of a function (without a name here), says of the encoding."""
        other = self._image.isa.other_encoding
        if other is not None:
            is_other = other.mapping_symbols.get(name[:2], False) if name else bool(address & other.address_bit)
            self._encodings[self._image.isa.code_address(address)] = is_other

    @cached_property
    def _encoding_starts(self) -> list[int]:
        assert self.all is not None  # they are noted on the way
        return sorted(self._encodings)

    def _bytes(self, section: Section) -> bytes:
        return self._image.data[section.file_offset : section.file_offset + section.size]


def _text_at(strings: bytes, offset: int) -> str:
    end = strings.find(b"\0", offset)
    return strings[offset : end if end >= 0 else None].decode("utf-8", "replace")


def _rows(image: Image, table: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """(name offset, address, size, info, section index) of each row of a symbol table."""
    order = "<" if image.byte_order == "little" else ">"
    layout = order + ("IBBHQQ" if image.address_size == 8 else "IIIBBH")
    table = table[: len(table) - len(table) % struct.calcsize(layout)]
    if image.address_size == 8:
        for name, info, _, index, address, size in struct.iter_unpack(layout, table):
            yield name, address, size, info, index
    else:
        for name, address, size, info, _, index in struct.iter_unpack(layout, table):
            yield name, address, size, info, index


def _preference(symbol: Symbol) -> tuple[int, bool, int, str]:
    """Of several names for one place the least wins: 'printf' before '_IO_printf', then global, then short."""
    return len(symbol.name) - len(symbol.name.lstrip("_")), not symbol.is_global, len(symbol.name), symbol.name


def _typed_ranges(isa: Isa, code: list[Symbol], executable: dict[str, Section]) -> list[FunctionRange]:
    best: dict[int, Symbol] = {}
    for symbol in code:
        if symbol.kind in ("function", "ifunc") and (
            symbol.address not in best or _preference(symbol) < _preference(best[symbol.address])
        ):
            best[symbol.address] = symbol
    sizes: dict[int, int] = defaultdict(int)
    for symbol in code:
        sizes[symbol.address] = max(sizes[symbol.address], symbol.size)
    # crt files' functions have no size: an assembler's main that is linked behind them has no type, and isn't theirs.
    labels = {symbol.address for symbol in code if symbol.kind == "notype" and symbol.is_global}
    ends = sorted({*best, *labels})
    stubs = [symbol.address for symbol in code if symbol.kind == "notype" and symbol.name in _UNTYPED_FUNCTIONS]
    sizes |= {
        address: stub - address for address in best for stub in stubs if address < stub < address + sizes[address]
    }
    return [
        FunctionRange(address, address + sizes[address], symbol.name, _is_stub(isa, symbol))
        if sizes[address]
        else _open_ended(isa, symbol, ends, executable[symbol.section])
        for address, symbol in best.items()
    ]


def _open_ended(isa: Isa, symbol: Symbol, starts: list[int], section: Section) -> FunctionRange:
    """A function without a size: it ends where the next one starts, or with its section."""
    end = section.address + section.size
    index = bisect_right(starts, symbol.address)
    if index < len(starts):
        end = min(end, starts[index])
    return FunctionRange(symbol.address, max(end, symbol.address), symbol.name, _is_stub(isa, symbol))


def _label_ranges(
    image: Image, code: list[Symbol], executable: dict[str, Section], functions: list[FunctionRange]
) -> list[FunctionRange]:
    """Assembly's labels without a type, outside of any typed function: global ones, and those that are called."""
    taken = sorted(functions)
    starts = [function.low for function in taken]

    def is_free(address: int) -> bool:
        index = bisect_right(starts, address) - 1
        return index < 0 or address >= taken[index].high

    labels: dict[int, Symbol] = {}
    for symbol in code:
        section = executable[symbol.section]
        inside = section.address <= symbol.address < section.address + section.size
        if symbol.kind == "notype" and inside and is_free(symbol.address):
            labels.setdefault(symbol.address, symbol)
    called = _called(image, {executable[symbol.section] for symbol in labels.values() if not symbol.is_global})
    labels = {
        address: symbol
        for address, symbol in labels.items()
        if symbol.is_global or address in called or symbol.name in _UNTYPED_FUNCTIONS
    }
    ends = sorted({*starts, *labels})
    return [_open_ended(image.isa, symbol, ends, executable[symbol.section]) for symbol in labels.values()]


def _called(image: Image, sections: set[Section]) -> set[int]:
    """The targets of direct calls in some sections."""
    direct_calls = image.isa.direct_calls
    if direct_calls is None:
        return set()
    return {
        target
        for section in sections
        for target in direct_calls(image.data[section.file_offset :][: section.size], section.address)
    }


def plt_ranges(image: Image, symbols: tuple[Symbol, ...]) -> list[FunctionRange]:
    """The entries of the procedure linkage table as stubs: 'puts@plt'."""
    choosers = sorted((symbol for symbol in symbols if symbol.kind == "ifunc"), key=_preference, reverse=True)
    resolvers = {symbol.address: symbol.name for symbol in choosers}
    return [FunctionRange(low, high, name, True) for low, high, name in plt_entries(image, resolvers)]


def _is_stub(isa: Isa, symbol: Symbol) -> bool:
    is_resolver = symbol.name.lstrip("_").startswith("dl_runtime_resolve")
    return is_resolver or (not symbol.is_global and isa.is_veneer(symbol.name))


def _without_overlaps(ranges: list[FunctionRange]) -> list[FunctionRange]:
    """By address; one that reaches into the next is cut there, and the second of two at one address is dropped."""
    result: list[FunctionRange] = []
    for function in sorted(ranges):
        if result and result[-1].low == function.low:
            continue
        if result and result[-1].high > function.low:
            result[-1] = result[-1]._replace(high=function.low)
        if function.high > function.low:
            result.append(function)
    return result
