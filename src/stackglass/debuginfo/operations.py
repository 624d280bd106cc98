"""DWARF expressions as lists of operations (DWARF 5, 2.5 and 7.7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from stackglass.debuginfo.reading import bad

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Unit


class Expression(bytes):
    """The bytes of an expression, with the unit whose tables its operands may index and the bias of its module."""

    unit: Unit | None
    bias: int

    def __new__(cls, content: bytes, unit: Unit | None = None, bias: int = 0) -> Expression:
        self = super().__new__(cls, content)
        self.unit = unit
        self.bias = bias
        return self


class Operation(NamedTuple):
    """One operation. `operands` are integers or bytes; `end` is the offset of the operation behind it."""

    code: int
    operands: tuple[int | bytes, ...]
    start: int
    end: int

    @property
    def name(self) -> str:
        """As 'fbreg'; 'lit3', 'reg5' and 'breg6' with their number."""
        for first, stem in ((0x30, "lit"), (0x50, "reg"), (0x70, "breg")):
            if first <= self.code < first + 32:
                return f"{stem}{self.code - first}"
        return NAMES.get(self.code, f"{self.code:#x}")

    def number(self, index: int = 0) -> int:
        """An operand that is an integer."""
        operand = self.operands[index]
        assert isinstance(operand, int)
        return operand

    def content(self, index: int = 0) -> bytes:
        """An operand that is a block of bytes."""
        operand = self.operands[index]
        assert isinstance(operand, bytes)
        return operand


# Operands: 1 2 4 8 unsigned of that size, b h w q signed of 1 2 4 8, u ULEB128, s SLEB128, a address, o offset into a
# section, x block whose length is a ULEB128, X block whose length is one byte.
_TABLE = """
03 addr a|06 deref|08 const1u 1|09 const1s b|0a const2u 2|0b const2s h|0c const4u 4|0d const4s w|0e const8u 8
0f const8s q|10 constu u|11 consts s|12 dup|13 drop|14 over|15 pick 1|16 swap|17 rot|18 xderef|19 abs|1a and|1b div
1c minus|1d mod|1e mul|1f neg|20 not|21 or|22 plus|23 plus_uconst u|24 shl|25 shr|26 shra|27 xor|28 bra h|29 eq|2a ge
2b gt|2c le|2d lt|2e ne|2f skip h|90 regx u|91 fbreg s|92 bregx u s|93 piece u|94 deref_size 1|95 xderef_size 1|96 nop
97 push_object_address|98 call2 2|99 call4 4|9a call_ref o|9b form_tls_address|9c call_frame_cfa|9d bit_piece u u
9e implicit_value x|9f stack_value|a0 implicit_pointer o s|a1 addrx u|a2 constx u|a3 entry_value x|a4 const_type u X
a5 regval_type u u|a6 deref_type 1 u|a7 xderef_type 1 u|a8 convert u|a9 reinterpret u|e0 GNU_push_tls_address
f0 GNU_uninit|f2 GNU_implicit_pointer o s|f3 GNU_entry_value x|f4 GNU_const_type u X|f5 GNU_regval_type u u
f6 GNU_deref_type 1 u|f7 GNU_convert u|f9 GNU_reinterpret u|fa GNU_parameter_ref 4|fb GNU_addr_index u
fc GNU_const_index u|fd GNU_variable_value o
"""

NAMES: dict[int, str] = {}
_OPERANDS: dict[int, str] = {}

for _row in _TABLE.replace("\n", "|").strip("|").split("|"):
    _code, _name, *_kinds = _row.split()
    NAMES[int(_code, 16)] = _name
    _OPERANDS[int(_code, 16)] = "".join(_kinds)
for _code_number in range(0x70, 0x90):
    _OPERANDS[_code_number] = "s"

_UNSIGNED = {"1": 1, "2": 2, "4": 4, "8": 8}
_SIGNED = {"b": 1, "h": 2, "w": 4, "q": 8}


def operations(
    expression: bytes, address_size: int = 8, byte_order: Literal["little", "big"] = "little"
) -> list[Operation]:
    """The operations of `expression`, in order. BadDebugInfo if it ends inside one, or has one that doesn't exist.

    `address_size` and `byte_order` count where the expression doesn't know its unit.
    """
    unit = getattr(expression, "unit", None)
    if unit is not None:
        address_size = unit.address_size
        byte_order = "little" if unit.units.dwarf.config.little_endian else "big"
    offset_size = 8 if unit is not None and unit.header.dwarf_format() == 64 else 4
    return _Reader(bytes(expression), address_size, offset_size, byte_order).operations()


class _Reader:
    def __init__(
        self, content: bytes, address_size: int, offset_size: int, byte_order: Literal["little", "big"]
    ) -> None:
        self.content = content
        self.sizes = _UNSIGNED | {"a": address_size, "o": offset_size}
        self.byte_order = byte_order
        self.at = 0

    def operations(self) -> list[Operation]:
        found = []
        while self.at < len(self.content):
            start = self.at
            code = self._take(1)[0]
            if code not in _OPERANDS and not 0x30 <= code < 0x70:
                raise bad(".debug_info", None, f"an expression has an operation that is not known: {code:#x}")
            operands = tuple(self._operand(kind) for kind in _OPERANDS.get(code, ""))
            found.append(Operation(code, operands, start, self.at))
        return found

    def _operand(self, kind: str) -> int | bytes:
        if kind in self.sizes:
            return self._integer(self.sizes[kind], signed=False)
        if kind in _SIGNED:
            return self._integer(_SIGNED[kind], signed=True)
        if kind in "us":
            return self._leb128(signed=kind == "s")
        return self._take(self._leb128(signed=False) if kind == "x" else self._take(1)[0])

    def _integer(self, size: int, *, signed: bool) -> int:
        return int.from_bytes(self._take(size), self.byte_order, signed=signed)

    def _leb128(self, *, signed: bool) -> int:
        value = shift = 0
        while True:
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value - (1 << shift) if signed and byte & 0x40 else value

    def _take(self, size: int) -> bytes:
        taken = self.content[self.at : self.at + size]
        if len(taken) < size:
            raise bad(".debug_info", None, "an expression ends inside an operation")
        self.at += size
        return taken
