"""Whose the names are that debug information doesn't describe, as assembly's: by the object that contributed them.

The symbol table has the local symbols of each object behind the name of its file. Global ones have no such mark: they
are told by the objects themselves where these were made for the link, else by whether the image has a library at all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from functools import cached_property

from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.ownership import RUNTIME_FUNCTIONS
from stackglass.debuginfo.symbols import Symbol
from stackglass.debuginfo.target import Function, Target

_RUNTIME_OBJECTS = re.compile(r"(?:[SgrM]?crt\w*|abi-note|init|elf-init)\.[ocS]")
"""What compilers link into every program: its file names."""
_DRIVERS_OBJECT = re.compile(r"cc\w{6}\.o")
"""What gcc calls an object that it makes only to link it: of a source that was given with the link."""
_LINKERS_OWN = re.compile(
    r"""
      _{0,2}(?:data_start|bss_start|bss_end|e?data|end|etext|bss_start__|bss_end__|end__)_{0,2}
    | __(?:pre)?(?:init|fini)_array_(?:start|end) | __rela?_iplt_(?:start|end) | __(?:start|stop)_\w+
    | __(?:ehdr_start|executable_start|etext|exidx_start|exidx_end|dso_handle|TMC_END__|FRAME_END__|GNU_EH_FRAME_HDR)
    | __(?:SDATA_BEGIN__|DATA_BEGIN__|BSS_END__|global_pointer\$) | _SDA2?_BASE_ | _fp_hw | _IO_stdin_used | __abi_tag
    | _DYNAMIC | _GLOBAL_OFFSET_TABLE_ | _PROCEDURE_LINKAGE_TABLE_ | _TLS_MODULE_BASE_ | completed\.\d+
    | __do_global_dtors_aux_fini_array_entry | __frame_dummy_init_array_entry | __(?:CTOR|DTOR|EH_FRAME|JCR)_\w+__
    """,
    re.VERBOSE,
)
"""Names that linkers, their scripts and the compilers' start files define in every program."""


class Contributed:
    """Tells whether a symbol of `module` that nothing else tells of came from the program's own objects."""

    def __init__(self, target: Target, module: Module) -> None:
        self._target = target
        self._module = module

    def is_own(self, symbol: Symbol) -> bool:
        """Whether an own object defines it, as far as the symbol table shows that."""
        if symbol.is_versioned or _LINKERS_OWN.fullmatch(symbol.name):
            return False
        if symbol.is_global and symbol.name in self._target.own_symbols:
            return self._module is self._target.modules[0]
        if symbol.is_global or symbol.file is None:
            return not self._has_library
        if symbol.file not in self._files:
            named = _is_of(symbol.file, self._sources) or bool(_DRIVERS_OBJECT.fullmatch(symbol.file))
            is_runtime = _RUNTIME_OBJECTS.fullmatch(symbol.file) is not None or not symbol.file
            self._files[symbol.file] = named or (not self._has_library and not is_runtime)
        return self._files[symbol.file]

    @cached_property
    def _functions(self) -> list[Function]:
        return [one for one in self._target.functions() if one.module is self._module and not one.stub]

    @cached_property
    def _has_library(self) -> bool:
        """Whether it has code that isn't the program's own, but for what compilers link into every program."""
        is_program = self._module is self._target.modules[0]
        return not is_program or any(one.library and one.symbol not in RUNTIME_FUNCTIONS for one in self._functions)

    @cached_property
    def _sources(self) -> frozenset[str]:
        """The file names of the program's own sources."""
        return frozenset(posixpath.basename(unit.name) for unit in self._target.own_units(self._module))

    @cached_property
    def _files(self) -> dict[str, bool]:
        """Files of the symbol table by the functions in them: one with a library's function is the library's."""
        owners = {function.low - self._module.bias: function.library for function in self._functions}
        files: dict[str, bool] = {}
        for symbol in self._module.symbols.all:
            library = owners.get(symbol.address) if symbol.file and symbol.kind != "tls" else None
            if symbol.file and library is not None:
                files[symbol.file] = files.get(symbol.file, True) and not library
        return files


def _is_of(file: str, sources: Iterable[str]) -> bool:
    """Whether a symbol table's file is one of the sources, or an object made of one: 'part.s', 'part-7a4.o'."""
    if file in sources:
        return True
    stem = re.escape
    return any(
        re.fullmatch(rf"(?:\d+-)?{stem(source)}\.o|{stem(posixpath.splitext(source)[0])}(?:-[0-9a-f]+)?\.o", file)
        for source in sources
        if source
    )
