"""A program as its images describe it: its executable and the shared objects loaded so far.

    target = Target(image.isa, frozenset({"/home/me/recursion.c"}))
    target.add(image, bias=0)
    target.position(pc)

Every address is a run-time address. Nothing here raises because debug information is missing or unreadable: what
it would have told is left out, and `module.debug_info_problem` has the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

from stackglass.debuginfo.demangling import demangled
from stackglass.debuginfo.entries import Unit
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.inlining import inlined_into
from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.names import identifier, is_nested, matches, plain_name
from stackglass.debuginfo.ownership import RUNTIME_FUNCTIONS, Ownership
from stackglass.debuginfo.statics import StaticVariables, static_variables
from stackglass.debuginfo.subprograms import Subprogram
from stackglass.debuginfo.symbols import FunctionRange, Symbol
from stackglass.debuginfo.types import Type
from stackglass.isa import Isa
from stackglass.model import AddressRange, Position

T = TypeVar("T")
_STATIC_LOCAL = re.compile(r"(.+?)\.\d+")


class Function:
    """A function that can be called at `low`. `high` ends the run of code that begins there; `ranges` is all of it."""

    def __init__(self, target: Target, module: Module, low: int, high: int, symbol: str, stub: bool) -> None:
        self._target = target
        self.module = module
        self.low = low
        self.high = high
        self.symbol = symbol
        """The symbol's name, mangled in C++; '' where there is none."""
        self.stub = stub
        """Whether it belongs to linking, and not to the program."""

    def __repr__(self) -> str:
        return f"<Function {self.name} at {self.low:#x}>"

    @cached_property
    def subprogram(self) -> Subprogram | None:
        """What debug information says of it."""
        return None if self.stub else self.module.subprogram_at(self.low)

    def declared_by(self, caller: Function, pc: int) -> Subprogram | None:
        """The function as the caller's unit declares it, which it calls at `pc`."""
        names = dict.fromkeys((self.symbol, *self.module.symbols.other_names(self.low - self.module.bias)))
        return caller.module.declared_at(pc, names)

    @cached_property
    def name(self) -> str:
        """As the source has it: C++ qualified, without parameters; foo.part.0 is foo."""
        if self.subprogram is not None:
            name = self.module.attempt(lambda: self.subprogram.name if self.subprogram else None)
            if name is not None and name != "?":
                return name
        return plain_name(self.symbol)

    @cached_property
    def body_address(self) -> int:
        """Where its body begins, behind its prologue: where gdb's `break FUNC` stops."""
        return self.module.body_address(self.low, self.high, self.subprogram)

    @cached_property
    def library(self) -> bool:
        """Whether it isn't one of the program's own functions."""
        return self.stub or not self._target.owns(self)

    @cached_property
    def ranges(self) -> tuple[AddressRange, ...]:
        """All of its code, what was moved away (foo.cold) included."""
        subprogram = self.subprogram
        found = None if subprogram is None else self.module.attempt(lambda: subprogram.ranges)
        return found or (AddressRange(self.low, self.high),)


class DataObject(NamedTuple):
    """A variable in static storage, and how far into it an address lies. `owner` is the function of a static local.

    `symbol` has the image's own address.
    """

    name: str
    offset: int
    symbol: Symbol
    owner: str | None = None


class FrameSections(NamedTuple):
    """The call-frame information of a module. `eh_frame_address` is a run-time address."""

    eh_frame: bytes
    eh_frame_address: int
    debug_frame: bytes
    bias: int


class Target:
    """What is known of a program. `own_sources` are the absolute paths of the sources given; None for an ELF.

    `own_symbols` are global symbols that these are known to define.
    """

    def __init__(
        self, isa: Isa, own_sources: frozenset[str] | None = None, own_symbols: frozenset[str] = frozenset()
    ) -> None:
        self.isa = isa
        self.own_symbols = own_symbols
        self.modules: list[Module] = []
        self._ownership = Ownership(own_sources)
        self._functions: dict[tuple[int, int], Function] = {}
        self._static_variables: dict[int, StaticVariables] = {}
        self._derived: dict[Callable[[Target], object], tuple[int, object]] = {}

    def derived(self, make: Callable[[Target], T], *, version: int = 0) -> T:
        """What `make` finds out about this target, once for each version. It goes when the target goes: in a table
        outside, weak keys or not, what is found out about a target would keep it."""
        known = self._derived.get(make)
        if known is None or known[0] != version:
            known = self._derived[make] = version, make(self)
        return cast(T, known[1])

    def add(self, image: Image, bias: int) -> Module:
        """Adds an image that is loaded with `bias` added to its addresses; the executable comes first."""
        module = Module(image, bias)
        self.modules.append(module)
        return module

    def module_at(self, address: int) -> Module | None:
        """The module that holds `address`."""
        return next((module for module in self.modules if module.holds(address)), None)

    def function_at(self, pc: int) -> Function | None:
        """The function whose code holds `pc`, moved parts (foo.cold) being their function's."""
        module = self.module_at(pc)
        if module is None:
            return None
        symbol = module.symbols.function_at(pc - module.bias)
        if symbol is None or _is_moved_part(symbol.name):
            subprogram = module.subprogram_at(pc)
            if subprogram is not None:
                return self._of_subprogram(module, subprogram)
        if symbol is None:
            return None
        return self._of_symbol(module, _whole(module, symbol))

    def functions(self) -> list[Function]:
        """All functions by their symbols, the program's own first. One a copy: foo and foo.part.0 are two."""
        found = [
            self._of_symbol(module, symbol)
            for module in self.modules
            for symbol in module.symbols.functions()
            if not _is_moved_part(symbol.name)
        ]
        return sorted(found, key=lambda function: function.library)

    def functions_named(self, name: str) -> list[Function]:
        """The functions whose plain name, qualified name or last component is `name`, the program's own first.

        A nested function's symbol has more than its name; it goes by that all the same.
        """
        found = [function for module in self.modules for function in self._named_in(module, name)]
        return sorted(found, key=lambda function: (function.library, function.stub))

    def position(self, pc: int) -> Position:
        """The function and the line that `pc` belongs to; the file is the full path that the compiler told."""
        function = self.function_at(pc)
        row = function.module.row_at(pc) if function is not None else None
        name = None if function is None else function.name
        return Position(pc, name, None if row is None else row.file, None if row is None else row.line)

    def in_other_encoding(self, pc: int) -> bool:
        """Whether the code at `pc` is in the ISA's second encoding (Thumb)."""
        module = self.module_at(pc)
        return module is not None and module.symbols.in_other_encoding(pc - module.bias)

    def code_of_pointer(self, value: int) -> int:
        """Where the instruction lies that a pointer to a function with this value leads to."""
        plain = self.isa.code_address(value)
        return plain if plain != value and self.in_other_encoding(plain) else value

    def pointer_to_code(self, address: int) -> int:
        """The value that a pointer to the function at `address` has."""
        other = self.isa.other_encoding
        return address | other.address_bit if other is not None and self.in_other_encoding(address) else address

    def is_library(self, pc: int) -> bool:
        """Whether `pc` isn't in one of the program's own functions."""
        function = self.function_at(pc)
        return not self.is_nameless(pc) if function is None else function.library

    def is_nameless(self, pc: int) -> bool:
        """Whether `pc` is in an executable that names none of its functions, a stripped one: all of it is own then."""
        module = self.module_at(pc)
        if module is None or module is not self.modules[0] or module.has_usable_debug_info:
            return False
        return all(function.stub for function in module.symbols.functions())

    def body_address(self, function: Function) -> int:
        """Where the function's body begins, behind its prologue: where gdb's `break FUNC` stops."""
        return function.body_address

    def is_of_statement(self, pc: int) -> bool:
        """Whether the line table gives the instruction at `pc` to something else than to what opens its function."""
        module = self.module_at(pc)
        return module is not None and module.is_of_statement(pc)

    def inlined_addresses(self, name: str) -> list[int]:
        """Where calls of the function `name` begin that were inlined into the program's own functions.

        gdb's `break FUNC` stops there too, besides at the bodies of `functions_named`.
        """
        found = set()
        for function in self.functions():
            subprogram = None if function.library else function.subprogram
            calls = [] if subprogram is None else function.module.attempt(subprogram.inlined_calls) or []
            entries = [call.entry for call in calls if call.entry is not None and matches(call.name, name)]
            found |= {function.module.statement_address(entry) for entry in entries}
        return sorted(found)

    def inlined_into(self, name: str) -> tuple[str, ...] | None:
        """The own functions with code of the function `name`; () if none was left, None if it wasn't inlined."""
        return inlined_into(self, name)

    def line_addresses(self, file: str | None, line: int) -> list[int]:
        """Where gdb's `break FILE:LINE` stops; a line without code stands for the next one that has some.

        `file` is any end of a path ('call.c', 'src/call.c'); None is the file that defines main, or else the first of
        the program's own functions.
        """
        found: list[int] = []
        for module in self.modules:
            places = [(unit, path) for unit in module.units() for path in self._files(module, unit, file)]
            found += module.line_addresses(places, line)
            if file is None and found:
                break
        return found

    def statement_addresses(self, function: Function) -> list[int]:
        """Where the statements of the function begin, inlined ones included, by address."""
        module = function.module
        unit = module.unit_at(function.low)
        if unit is None:
            return []
        lines = module.lines_of(unit)
        rows = module.attempt(
            lambda: [r for low, high in function.ranges for r in lines.rows_of(low - module.bias, high - module.bias)]
        )
        return sorted({row.start + module.bias for row in rows or () if row.is_stmt})

    def cfi_sections(self, pc: int) -> FrameSections | None:
        """The call-frame information of the module that holds `pc`."""
        module = self.module_at(pc)
        if module is None:
            return None
        eh_frame = module.image.section(".eh_frame")
        return FrameSections(
            module.section_bytes(".eh_frame"),
            (eh_frame.address if eh_frame is not None else 0) + module.bias,
            module.section_bytes(".debug_frame"),
            module.bias,
        )

    def data_at(self, address: int) -> DataObject | None:
        """The global or static variable that holds `address`."""
        module = self.module_at(address)
        found = module.symbols.object_at(address - module.bias) if module is not None else None
        if module is None or found is None:
            return None
        symbol, offset = found
        if "." not in symbol.name and not symbol.name.startswith("_Z"):
            return DataObject(symbol.name, offset, symbol)
        told = self.statics(module).fixed.get(symbol.address)
        if told is not None:
            return DataObject(told.name, offset, symbol, told.owner)
        local = _STATIC_LOCAL.fullmatch(symbol.name)
        return DataObject(demangled(symbol.name) or (local[1] if local else symbol.name), offset, symbol)

    def data_type(self, address: int, found: DataObject) -> Type | None:
        """The type of the variable of the program's own that was found there; None where nothing tells it."""
        is_thread_local = found.symbol.kind == "tls"
        module = self.modules[0] if is_thread_local else self.module_at(address)
        if module is None:
            return None
        statics, symbol = self.statics(module), found.symbol
        told = statics.of_thread_local(symbol) if is_thread_local else statics.fixed.get(symbol.address)
        return None if told is None else module.attempt(lambda: module.types.named_by(told.entry))

    def thread_local_at(self, offset: int) -> DataObject | None:
        """The executable's thread-local variable that holds the byte at `offset` of its thread-local storage."""
        symbol = self.modules[0].symbols.thread_local_at(offset)
        told = None if symbol is None else self.statics(self.modules[0]).of_thread_local(symbol)
        if symbol is None or told is None:
            return None if symbol is None else DataObject(symbol.name, offset - symbol.address, symbol)
        return DataObject(told.name, offset - symbol.address, symbol, told.owner)

    def statics(self, module: Module) -> StaticVariables:
        """The variables in static storage of the module's own units."""
        if id(module) not in self._static_variables:
            found = module.attempt(lambda: static_variables(self.own_units(module)))
            self._static_variables[id(module)] = found or StaticVariables()
        return self._static_variables[id(module)]

    def owns(self, function: Function) -> bool:
        """Whether the function is one of the program's own, and not a library's.

        Where nothing tells who wrote what, all of the executable is, but for what compilers link into every program.
        """
        module = function.module
        unit = module.unit_at(function.low)
        told = None if unit is None else module.attempt(lambda: self._judge(function, unit))
        if told is not None:
            return told
        untold = module is self.modules[0] and not module.has_usable_debug_info
        return untold and function.symbol not in RUNTIME_FUNCTIONS

    def _judge(self, function: Function, unit: Unit) -> bool:
        """Whether a function of `unit` is own, by the unit's source and by the file that defines the function."""
        # Code optimised at link time is one unit; each function's origin tells the unit that it was written in.
        at_link_time = unit.name == "<artificial>"
        if not at_link_time and not self._ownership.owns_unit(unit, unit.lines):
            return False
        subprogram = function.subprogram
        if subprogram is None:
            return not at_link_time
        written_in = subprogram.written_in
        if at_link_time and not self._ownership.owns_unit(written_in, written_in.lines):
            return False
        return self._ownership.owns_file(subprogram.declared_file)

    def own_units(self, module: Module) -> list[Unit]:
        """The units of a module that were compiled from the program's own sources."""
        return [unit for unit in module.units() if self._owns_unit(module, unit)]

    def _owns_unit(self, module: Module, unit: Unit) -> bool:
        return bool(module.attempt(lambda: self._ownership.owns_unit(unit, unit.lines)))

    def _of_symbol(self, module: Module, symbol: FunctionRange) -> Function:
        key = id(module), symbol.low
        if key not in self._functions:
            low, high = symbol.low + module.bias, symbol.high + module.bias
            self._functions[key] = Function(self, module, low, high, symbol.name, symbol.stub)
        return self._functions[key]

    def _of_subprogram(self, module: Module, subprogram: Subprogram) -> Function:
        symbol = module.symbols.function_at(subprogram.low - module.bias)
        if symbol is not None and symbol.low == subprogram.low - module.bias:
            return self._of_symbol(module, symbol)
        key = id(module), subprogram.low - module.bias
        if key not in self._functions:
            high = next((e.high for e in subprogram.ranges if e.holds(subprogram.low)), subprogram.low)
            name = subprogram.linkage_name or subprogram.name
            self._functions[key] = Function(self, module, subprogram.low, high, name, False)
        return self._functions[key]

    def _named_in(self, module: Module, name: str) -> Iterator[Function]:
        part = identifier(name)
        for symbol in module.symbols.functions():
            if _is_moved_part(symbol.name):
                continue
            may_be = part in symbol.name  # most are none: the others need not be demangled
            if (may_be and plain_name(symbol.name) == name) or name in module.symbols.other_names(symbol.low):
                yield self._of_symbol(module, symbol)
            elif may_be and (symbol.name.startswith("_Z") or "::" in name or is_nested(symbol.name)):
                function = self._of_symbol(module, symbol)
                if function.subprogram is not None and matches(function.name, name):
                    yield function

    def _main(self, module: Module) -> Function | None:
        """The module's main, or the first of its own functions: an assembly program may begin with _start."""
        named = (function for function in self.functions_named("main") if function.module is module)
        own = (function for function in self.functions() if function.module is module and not function.library)
        return next(named, None) or next(own, None)

    def _files(self, module: Module, unit: Unit, file: str | None) -> list[str]:
        if file is None:
            main = self._main(module)
            if main is None or module.unit_at(main.low) is not unit:
                return []
            declared = main.subprogram.declared_file if main.subprogram else None
            own = declared or self.position(main.low).file  # assemblers declare nothing
            return [own] if own else []
        known = module.attempt(lambda: module.lines_of(unit).named_files) or ()
        return [path for path in known if path == file or path.endswith("/" + file.lstrip("./"))]


def _whole(module: Module, symbol: FunctionRange) -> FunctionRange:
    """The function that a moved part belongs to, by their names."""
    if not _is_moved_part(symbol.name):
        return symbol
    base = symbol.name.split(".cold")[0]
    wholes: Iterable[Symbol] = module.symbols.named(base)
    addresses = [whole.address for whole in wholes if whole.kind == "function"]
    found = module.symbols.function_at(addresses[0]) if len(addresses) == 1 else None
    return found or symbol


def _is_moved_part(name: str) -> bool:
    return ".cold" in name
