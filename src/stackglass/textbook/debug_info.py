"""What a debugger wants to know of a compiled program, as DWARF: types, variables and where they are, lines, frames."""

from __future__ import annotations

import struct
from pathlib import Path

from stackglass.isa.textbook_code import NUMBER
from stackglass.textbook import dwarf
from stackglass.textbook import types as t
from stackglass.textbook.activation import Activation
from stackglass.textbook.dwarf import Die, Entries, Locations, Row
from stackglass.textbook.functions import Block, FunctionCode
from stackglass.textbook.instructions import Instruction
from stackglass.textbook.program import Function, Program
from stackglass.textbook.qualifiers import called, look, without
from stackglass.textbook.scope import FrameVariable, Static, Variable
from stackglass.textbook.types import Array, CType, Floating, Integer, Pointer, Record, VariableArray

PRODUCER = "stackglass, the textbook machine"
_C99 = 0x0C
_FRAME_BASE = bytes([dwarf.OP_CALL_FRAME_CFA])
_ENCODINGS = {"_Bool": 2, "char": 6, "signed char": 6, "unsigned char": 8}


class Sections:
    """The debugging sections of a program, by name."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._locations = Locations()
        self._lines = bytearray()
        units = [self._unit(own) for own in (True, False) if self._functions(own)]
        info, abbreviations = Entries().encode(units)
        self.data = {
            ".debug_info": info,
            ".debug_abbrev": abbreviations,
            ".debug_line": bytes(self._lines),
            ".debug_frame": _call_frames(program),
            ".debug_loc": bytes(self._locations.data),
        }

    def _functions(self, own: bool) -> list[Function]:
        return [one for one in self._program.functions if one.code is not None and one.is_library != own]

    def _unit(self, own: bool) -> Die:
        """The unit of the program's own source, or of the part of the library that is written in C."""
        functions = self._functions(own)
        source = str(self._program.source.resolve()) if own else _file_of(functions[0])
        low, high = functions[0].low, functions[-1].high
        files = _Files(source, self._program.source)
        unit = Die(
            "compile_unit",
            [
                ("producer", "string", PRODUCER),
                ("language", "data1", _C99),
                ("name", "string", source),
                ("comp_dir", "string", str(Path.cwd()) if own else "/"),
                ("low_pc", "addr", low),
                ("high_pc", "data4", high - low),
                ("stmt_list", "sec_offset", len(self._lines)),
            ],
        )
        _UnitEntries(self._program, unit, files, self._locations, low).fill(functions, own)
        self._lines += dwarf.line_program(files.names, _rows(functions, files), high)
        return unit


def _file_of(function: Function) -> str:
    assert function.code is not None and function.code.file is not None
    return function.code.file


class _Files:
    """The files of a unit by number, from 1; the unit's own source is the first."""

    def __init__(self, source: str, given: Path) -> None:
        self.names = [source]
        self._given = str(given)

    def number(self, file: str | None) -> int:
        """A file's number."""
        if file is None or file == self._given or Path(file).name == Path(self.names[0]).name:
            return 1
        path = str(Path(file).resolve())
        if path not in self.names:
            self.names.append(path)
        return self.names.index(path) + 1


def _rows(functions: list[Function], files: _Files) -> list[Row]:
    rows: list[Row] = []
    for function in functions:
        last: tuple[int, int] | None = None
        for one in function.instructions:
            here = files.number(one.file), one.line or 0
            if one.starts_statement or here != last:
                rows.append(Row(one.address, *here, one.starts_statement))
                last = here
    return rows


class _UnitEntries:
    """Fills a unit's entry with its functions, globals and types."""

    def __init__(self, program: Program, unit: Die, files: _Files, locations: Locations, base: int) -> None:
        self._program = program
        self._unit = unit
        self._files = files
        self._locations = locations
        self._base = base
        self._types: dict[object, Die] = {}
        self._functions: dict[FunctionCode, Die] = {}

    def fill(self, functions: list[Function], own: bool) -> None:
        """Adds everything."""
        for function in functions:
            assert function.code is not None
            outer = self._functions.get(function.code.outer) if function.code.outer is not None else None
            self._functions[function.code] = self._function(function, outer or self._unit)
        if not own:
            return
        for enumeration in self._program.unit.enumerations:
            self._type(enumeration)
        for variable in self._program.unit.globals:
            self._variable(variable, self._unit, None)
        for name in self._program.unit.typedefs:
            self._type(called(name.type, name.name))

    # ---- functions ----

    def _function(self, function: Function, where: Die) -> Die:
        code = function.code
        assert code is not None
        line = next((one.line for one in function.instructions if one.line), 1)
        die = where.add(
            Die(
                "subprogram",
                [
                    ("name", "string", code.name),
                    ("decl_file", "udata", self._files.number(code.file)),
                    ("decl_line", "udata", line),
                    ("prototyped", "flag_present", 1),
                    ("external", "flag_present", 1),
                    *self._type_attribute(code.type.result),
                    ("low_pc", "addr", function.low),
                    ("high_pc", "data4", function.high - function.low),
                    ("frame_base", "exprloc", _FRAME_BASE),
                ],
            )
        )
        for number, variable in enumerate(code.parameters):
            self._parameter(variable, die, function, number)
        if code.type.variadic:
            die.add(Die("unspecified_parameters", []))
        for hidden in code.hidden:
            die.add(
                Die(
                    "variable",
                    [
                        ("name", "string", hidden.name),
                        ("artificial", "flag_present", 1),
                        *self._type_attribute(hidden.type),
                        ("location", "exprloc", self._in_frame(hidden, code)),
                    ],
                )
            )
        self._block(code.block, die, code)
        return die

    def _block(self, block: Block, die: Die, code: FunctionCode) -> None:
        for enumeration in block.enumerations:
            self._local_enumeration(enumeration, die)
        for variable in block.variables:
            self._variable(variable, die, code)
        for inner in block.blocks:
            low, high = inner.start.address, inner.end.address
            if low >= high or not (inner.variables or inner.blocks or inner.enumerations):
                continue
            lexical = Die("lexical_block", [("low_pc", "addr", low), ("high_pc", "data4", high - low)])
            self._block(inner, lexical, code)
            if lexical.children:
                die.add(lexical)

    @staticmethod
    def _in_frame(variable: FrameVariable, code: FunctionCode) -> bytes:
        return bytes([dwarf.OP_FBREG]) + dwarf.sleb(variable.offset - code.size.size)

    def _place(self, storage: Static | FrameVariable, code: FunctionCode | None) -> bytes:
        if isinstance(storage, Static):
            return bytes([dwarf.OP_ADDR]) + struct.pack("<I", storage.address)
        assert code is not None
        return self._in_frame(storage, code)

    def _parameter(self, variable: Variable, die: Die, function: Function, number: int) -> None:
        """A parameter is in its register until it is stored."""
        code = function.code
        assert code is not None
        place = self._place(variable.storage, code)
        attributes: list[tuple[str, str, object]] = []
        if variable.name:
            attributes.append(("name", "string", variable.name))
        attributes += [
            ("decl_file", "udata", self._files.number(code.file)),
            ("decl_line", "udata", variable.line or 1),
            *self._type_attribute(variable.type),
        ]
        store = code.parameter_stores[number] if number < len(code.parameter_stores) else None
        if store is None or isinstance(variable.type, Record) or not variable.name:
            attributes.append(("location", "exprloc", place))
        else:
            assert store.source is not None
            behind = store.address + store.size
            register = bytes([dwarf.OP_REGX]) + dwarf.uleb(NUMBER[store.source.register])
            parts = [(function.low, behind, register), (behind, function.high, place)]
            attributes.append(("location", "sec_offset", self._locations.add(self._base, parts)))
        die.add(Die("formal_parameter", attributes))

    def _variable(self, variable: Variable, die: Die, code: FunctionCode | None) -> None:
        storage = variable.storage
        if isinstance(storage, Static) and (not storage.defined or storage.is_function):
            return
        attributes: list[tuple[str, str, object]] = [
            ("name", "string", variable.name),
            ("decl_file", "udata", 1),
            ("decl_line", "udata", variable.line or 1),
            *self._type_attribute(variable.type),
        ]
        if code is None:
            attributes.append(("external", "flag_present", 1))
        place = self._place(storage, code)
        if isinstance(variable.type, VariableArray):
            place += bytes([dwarf.OP_DEREF])  # what the frame has is its address
        attributes.append(("location", "exprloc", place))
        die.add(Die("variable", attributes))

    # ---- types ----

    def _type_attribute(self, type_: CType) -> list[tuple[str, str, object]]:
        plain = type_ == t.VOID and type_.alias is None and not type_.qualifiers
        return [] if plain else [("type", "ref4", self._type(type_))]

    def _type(self, type_: CType) -> Die:
        key = type_, look(type_)
        if key not in self._types:
            die = self._types[key] = Die("base_type", [])
            self._unit.children.append(die)
            self._describe(type_, die)
        return self._types[key]

    def _describe(self, type_: CType, die: Die) -> None:
        own = type_.own_qualifiers
        if own:
            die.tag = f"{own[0].lstrip('_').lower()}_type"
            die.attributes = self._type_attribute(without(type_, own[0]))
        elif type_.alias is not None:
            die.tag = "typedef"
            die.attributes = [("name", "string", type_.alias.name), *self._type_attribute(type_.alias.type)]
        else:
            self._describe_bare(type_, die)

    def _describe_bare(self, type_: CType, die: Die) -> None:
        """A type that has neither qualifiers nor a typedef's name."""
        match type_:
            case Integer() if type_.name.startswith("enum "):
                self._enumeration(type_, die)
            case Integer() | Floating():
                encoding = 4 if isinstance(type_, Floating) else _ENCODINGS.get(type_.name, 5 if type_.signed else 7)
                die.attributes = [
                    ("name", "string", type_.name),
                    ("encoding", "data1", encoding),
                    ("byte_size", "udata", type_.size),
                ]
            case Pointer():
                die.tag = "pointer_type"
                die.attributes = [("byte_size", "udata", t.WORD), *self._type_attribute(type_.target)]
            case VariableArray():
                die.tag = "array_type"
                die.attributes = self._type_attribute(type_.element)
                count = self._computed_count(type_)
                die.add(Die("subrange_type", [("count", "exprloc", count)] if count else []))
            case Array():
                die.tag = "array_type"
                die.attributes = self._type_attribute(type_.element)
                die.add(Die("subrange_type", [("count", "udata", type_.count or 0)]))
            case t.Function():
                die.tag = "subroutine_type"
                die.attributes = [("prototyped", "flag_present", 1), *self._type_attribute(type_.result)]
                for parameter in type_.parameters or ():
                    die.add(Die("formal_parameter", self._type_attribute(parameter)))
                if type_.variadic:
                    die.add(Die("unspecified_parameters", []))
            case Record():
                self._record(type_, die)

    def _computed_count(self, type_: VariableArray) -> bytes:
        """The number of elements of an array whose size was computed: its bytes by those of an element."""
        bytes_ = self._computed_size(type_)
        element = type_.element
        if isinstance(element, VariableArray):
            divisor = self._computed_size(element)
        else:
            divisor = bytes([dwarf.OP_CONSTU]) + dwarf.uleb(max(element.size, 1))
        return bytes_ + divisor + bytes([dwarf.OP_DIV]) if bytes_ and divisor else b""

    def _computed_size(self, type_: VariableArray) -> bytes:
        variable = type_.bytes_
        if not isinstance(variable, FrameVariable):
            return b""
        assert isinstance(variable.owner, FunctionCode)
        return self._in_frame(variable, variable.owner) + bytes([dwarf.OP_DEREF])

    def _local_enumeration(self, type_: Integer, block: Die) -> None:
        """An enumeration whose names are known in one block."""
        die = block.add(Die("base_type", []))
        self._types.setdefault((type_, look(type_)), die)
        self._enumeration(type_, die)

    def _enumeration(self, type_: Integer, die: Die) -> None:
        die.tag = "enumeration_type"
        name = type_.name.removeprefix("enum ")
        die.attributes = [("name", "string", name)] if name != "{...}" else []
        die.attributes += [("byte_size", "udata", type_.size)]
        for word, value in type_.enumerators:
            die.add(Die("enumerator", [("name", "string", word), ("const_value", "sdata", value)]))

    def _record(self, type_: Record, die: Die) -> None:
        die.tag = "structure_type" if type_.kind == "struct" else "union_type"
        die.attributes = [("name", "string", type_.shape.tag)] if type_.shape.tag else []
        die.attributes.append(("byte_size", "udata", type_.size))
        for member in type_.members or ():
            if member.name is None and not isinstance(member.type, Record):
                continue
            attributes: list[tuple[str, str, object]] = [("name", "string", member.name)] if member.name else []
            attributes += self._type_attribute(member.type)
            if member.bits is None:
                attributes.append(("data_member_location", "udata", member.offset))
            else:
                attributes.append(("bit_size", "udata", member.bits))
                attributes.append(("data_bit_offset", "udata", 8 * member.offset + member.bit))
            die.add(Die("member", attributes))


# ---- call frames ----


def _call_frames(program: Program) -> bytes:
    data = dwarf.common_entry(NUMBER["SP"], NUMBER["RA"])
    for function in program.functions:
        data += dwarf.frame_entry(function.low, function.high - function.low, _rules(program, function))
    return data


def _rules(program: Program, function: Function) -> list[tuple[int, bytes]]:
    """How the CFA and the saved registers are found, from address to address."""
    code = function.code
    if code is None:
        return []
    size = code.size.size
    here = dwarf.cfa(NUMBER["FP"], size)
    links = dwarf.saved(NUMBER["RA"], size), dwarf.saved(NUMBER["FP"], size - 4)
    gone = dwarf.restored(NUMBER["RA"]) + dwarf.restored(NUMBER["FP"])
    begin, end = code.prologue, code.ending
    stack = dwarf.cfa(NUMBER["SP"], size)
    match program.strategy.activation:
        case Activation.STACK:
            up = (b"",) if code.moves_stack_pointer else ()
            back = *up, b"", stack, dwarf.cfa(NUMBER["SP"], 0) + gone
            return [*_behind(begin, stack, *links, here), *_behind(end, *back)]
        case Activation.STATIC:
            fixed = dwarf.cfa_is(code.frame.address + size)
            return [(function.low, fixed), *_behind(begin, *links, here), *_behind(end, b"", fixed)]
        case Activation.RECORDS:
            made = dwarf.cfa(NUMBER["R23"], size)
            left = dwarf.cfa(NUMBER["SP"], 0) + gone
            given_back = any(one.op == "FREE" for one in end)
            then = (made, dwarf.restored(NUMBER["FP"]), b"", left) if given_back else (left,)
            return [*_behind(begin, made, *links, here), *_behind(end, b"", *then)]


def _behind(instructions: list[Instruction], *rules: bytes) -> list[tuple[int, bytes]]:
    """Rules that hold from behind each of some instructions on."""
    return [(one.address + one.size, rule) for one, rule in zip(instructions, rules, strict=False) if rule]
