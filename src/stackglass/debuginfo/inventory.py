"""Every named thing of a program's images: its functions, its variables in static storage, its labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from stackglass.debuginfo.contributed import Contributed
from stackglass.debuginfo.demangling import demangled
from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.names import plain_name
from stackglass.debuginfo.statics import StaticVariable
from stackglass.debuginfo.symbols import Symbol
from stackglass.debuginfo.target import Function, Target
from stackglass.model.layout import NamedSymbol, SymbolKind


def named_symbols(target: Target, modules: list[Module]) -> list[NamedSymbol]:
    """The symbols of `modules` that lie in memory, and thread-local ones: by module, then by address.

    One that has several names is there once for each. Mapping symbols ('$a') and local labels in code are left out.
    """
    functions = {function.low: function for function in target.functions()}
    return [symbol for module in modules for symbol in _of_module(target, module, functions)]


def thread_local_symbol(target: Target, symbol: Symbol) -> NamedSymbol:
    """A thread-local variable of the executable, by its symbol."""
    module = target.modules[0]
    untold, own = not module.has_usable_debug_info, Contributed(target, module)
    told = target.statics(module).of_thread_local(symbol)
    return _thread_local(symbol, module, told, lambda one: untold or own.is_own(one))


def _of_module(target: Target, module: Module, functions: dict[int, Function]) -> list[NamedSymbol]:
    statics, contributed = target.statics(module), Contributed(target, module)
    # Where nothing tells who wrote what, all of a program is its own.
    untold = module is target.modules[0] and not module.has_usable_debug_info

    def is_own(symbol: Symbol) -> bool:
        return untold or contributed.is_own(symbol)

    loaded = {section.name: section.is_executable for section in module.image.sections if section.has_memory}
    found: list[NamedSymbol] = []
    for symbol in module.symbols.all:
        if symbol.kind == "tls":
            found.append(_thread_local(symbol, module, statics.of_thread_local(symbol), is_own))
        elif symbol.section in loaded:
            function = functions.get(symbol.address + module.bias)
            if symbol.section == _FRAMES:
                found.append(_frame(symbol, module, target))
            elif loaded[symbol.section]:
                found += _in_code(symbol, module, function)
            elif not symbol.name.startswith(("$", ".L")):
                found.append(_in_data(symbol, module, statics.fixed.get(symbol.address), is_own))
    found += _stubs(module)
    return sorted(found, key=lambda one: (one.address is None, one.address or 0, one.symbol))


_FRAMES, _FRAME = ".frames", ".frame"
"""The section of the textbook machine's static frames, and what follows the function's symbol in that of its frame."""


def _frame(symbol: Symbol, module: Module, target: Target) -> NamedSymbol:
    owner = symbol.name.removesuffix(_FRAME)
    function = next((one for one in target.functions_named(owner) if one.symbol == owner), None)
    library = function is None or function.library
    told = _symbol(symbol, module, SymbolKind.FRAME, symbol.name, library=library)
    return replace(told, owner=owner if function is None else function.name)


def _in_code(symbol: Symbol, module: Module, function: Function | None) -> Iterator[NamedSymbol]:
    address = symbol.address + module.bias
    if function is None or function.stub:
        if symbol.kind in ("function", "ifunc"):  # 'foo.cold': a part of a function, that is no function
            yield _symbol(symbol, module, SymbolKind.FUNCTION, plain_name(symbol.name), library=True)
        elif symbol.is_global:
            yield _symbol(symbol, module, SymbolKind.LABEL, symbol.name, library=True)
        return
    if symbol.kind == "notype" and not symbol.is_global and symbol.name != function.symbol:
        return
    # Debug information of a whole C library takes seconds to read: where its symbols are mangled, it is worth it.
    is_plain = symbol.name != function.symbol or (function.library and not symbol.name.startswith("_Z"))
    name = plain_name(symbol.name) if is_plain else function.name
    row = None if function.library else function.module.row_at(function.low)
    yield NamedSymbol(
        name=name,
        symbol=symbol.name,
        kind=SymbolKind.FUNCTION,
        address=address,
        size=symbol.size or (function.high - function.low if symbol.name == function.symbol else 0),
        section=symbol.section,
        image=module.name,
        library=function.library,
        file=row.file if row else None,
        line=row.line if row else None,
    )


def _in_data(
    symbol: Symbol, module: Module, told: StaticVariable | None, is_own: Callable[[Symbol], bool]
) -> NamedSymbol:
    if told is None:
        kind = SymbolKind.GLOBAL if symbol.is_global else SymbolKind.STATIC
        kind = SymbolKind.LABEL if symbol.kind == "notype" else kind
        return _symbol(symbol, module, kind, demangled(symbol.name) or symbol.name, library=not is_own(symbol))
    kind = SymbolKind.GLOBAL if symbol.is_global else SymbolKind.STATIC
    return _variable(symbol, module, SymbolKind.STATIC_LOCAL if told.owner else kind, told)


def _variable(symbol: Symbol, module: Module, kind: SymbolKind, told: StaticVariable) -> NamedSymbol:
    """A variable of the program's own that debug information describes."""
    entry = told.entry
    return NamedSymbol(
        name=told.name,
        symbol=symbol.name,
        kind=kind,
        address=None if kind is SymbolKind.THREAD_LOCAL else symbol.address + module.bias,
        size=symbol.size,
        section=symbol.section,
        image=module.name,
        library=False,
        owner=told.owner,
        type=module.attempt(lambda: module.types.of(entry.inherited_reference("DW_AT_type")).spelling),
        file=module.attempt(lambda: entry.declared_file()),
        line=module.attempt(lambda: entry.inherited_number("DW_AT_decl_line")),
    )


def _symbol(symbol: Symbol, module: Module, kind: SymbolKind, name: str, *, library: bool) -> NamedSymbol:
    address = symbol.address + module.bias
    return NamedSymbol(name, symbol.name, kind, address, symbol.size, symbol.section, module.name, library)


def _thread_local(
    symbol: Symbol, module: Module, told: StaticVariable | None, is_own: Callable[[Symbol], bool]
) -> NamedSymbol:
    """A thread-local variable: each thread has its own, at an address that no table holds."""
    kind = SymbolKind.THREAD_LOCAL
    if told is not None:
        return _variable(symbol, module, kind, told)
    name, library = demangled(symbol.name) or symbol.name, not is_own(symbol)
    return NamedSymbol(name, symbol.name, kind, None, symbol.size, symbol.section, module.name, library)


def _stubs(module: Module) -> Iterator[NamedSymbol]:
    """The entries of the procedure linkage table, which the symbol table does not have."""
    for stub in module.symbols.functions():
        section = module.image.section_at(stub.low) if stub.stub else None
        if section is not None and "@" in stub.name:
            size = stub.high - stub.low
            address = stub.low + module.bias
            yield NamedSymbol(
                stub.name, stub.name, SymbolKind.STUB, address, size, section.name, module.name, library=True
            )
