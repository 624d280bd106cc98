"""Which code is the program's own, and which belongs to the C library, the compiler or the language's library."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Unit
    from stackglass.debuginfo.lines import LineTable

_LIBRARY_PATHS = re.compile(
    r"""
      ^/usr/(?:local/)?(?:include|lib|lib64|libexec|share|src)/   # headers and sources that are installed
    | ^/(?:lib|lib64)/
    | /(?:c\+\+|gcc|clang)/\d+(?:\.\d+)*(?:/|$)                   # a compiler's own folders, wherever it is
    | /ziglang/lib/ | /zig/lib/ | /lib/libc/(?:musl|glibc|include)/ | /lib/(?:compiler_rt|libcxx|libcxxabi|libunwind)/
    | /lib/(?:compiler_rt|std)/?.*\.zig$ | ^compiler_rt
    | /build/(?:glibc|gcc|musl|llvm|eglibc)[-_/]                  # where distributions build them
    | /(?:glibc|gcc|musl|llvm-project|newlib)[-_]?\d[\w.~+-]*/
    | /libgcc/ | /libstdc\+\+-v3/ | /sysdeps/ | /csu/(?:init|libc-|elf-init|crt)
    | ^(?:\.\./)+sysdeps/ | ^<artificial>$
    """,
    re.VERBOSE,
)


RUNTIME_FUNCTIONS = frozenset(
    (
        "_init",
        "_fini",
        "_start",
        "_start_c",
        "__wrap_main",
        "deregister_tm_clones",
        "register_tm_clones",
        "__do_global_dtors_aux",
        "frame_dummy",
        "_dl_relocate_static_pie",
        "__libc_csu_init",
        "__libc_csu_fini",
    )
)
"""What the compiler links into every program: no program's own even where nothing tells who wrote what."""


class Ownership:
    """Tells own units and files. With `sources` (absolute paths) those decide; without, what is known of libraries."""

    def __init__(self, sources: frozenset[str] | None) -> None:
        self._sources = None if sources is None else frozenset(posixpath.normpath(source) for source in sources)
        self._folders = _folders(self._sources or ())
        self._units: dict[int, bool] = {}

    @property
    def by_sources(self) -> bool:
        """Whether the sources were given."""
        return self._sources is not None

    def owns_unit(self, unit: Unit, lines: LineTable) -> bool:
        """Whether the unit was compiled from the program's own source."""
        key = id(unit)
        if key not in self._units:
            self._units[key] = self._judge(unit, lines)
        return self._units[key]

    def owns_file(self, path: str | None) -> bool:
        """Whether a function that `path` defines is own, given that its unit is: not one of a library's header."""
        if path is None:
            return True
        path = posixpath.normpath(path)
        if self._sources is not None and (path in self._sources or posixpath.dirname(path) in self._folders):
            return True
        return not is_library_path(path)

    def _judge(self, unit: Unit, lines: LineTable) -> bool:
        path = unit_path(unit)
        if self._sources is None:
            return not is_library_path(path)
        if path in self._sources:
            return True
        # An assembler is given a preprocessed copy under another name, and a split unit has none here: their line
        # tables tell the source.
        nameless = unit.is_assembly or not unit.name
        return nameless and any(file in self._sources for file in lines.named_files)


def unit_path(unit: Unit) -> str:
    """The absolute path of the unit's source, as far as the compiler told it."""
    return posixpath.normpath(posixpath.join(unit.folder, unit.name))


def is_library_path(path: str) -> bool:
    """Whether a source of that path is the C library's, the compiler's, or an installed header."""
    return bool(_LIBRARY_PATHS.search(path))


def _folders(sources: Iterable[str]) -> frozenset[str]:
    return frozenset(posixpath.dirname(source) for source in sources)
