"""What the compiler says of C that is wrong, and of C that the textbook machine has not got."""

from __future__ import annotations

from stackglass.errors import CompileError

ELSEWHERE = "run it with --isa x86_64"


class Trouble(Exception):
    """One thing wrong with a source: `coord` has its `file`, `line` and `column`, where known."""

    def __init__(self, coord: object, sentence: str, help: str = "") -> None:
        super().__init__(sentence)
        self.coord = coord
        self.sentence = sentence
        self.help = help

    def as_error(self, program: str) -> CompileError:
        """The error that a user is shown: one sentence with file, line and column."""
        file = getattr(self.coord, "file", None) or program
        line, column = getattr(self.coord, "line", None), getattr(self.coord, "column", None)
        place = ":".join(str(part) for part in (file, line, column) if part)
        return CompileError(f"{place}: {self.sentence}", output="", help=self.help)


def wrong(coord: object, sentence: str) -> Trouble:
    """What says that the source is not C."""
    return Trouble(coord, sentence)


def refuse(coord: object, construct: str, instead: str = ELSEWHERE) -> Trouble:
    """What says that the textbook machine has no `construct`, and what to use instead."""
    return Trouble(coord, f"{construct} is not part of the textbook machine; {instead}")


UNKNOWN_HERE = frozenset(
    [
        "setjmp",
        "longjmp",
        "_setjmp",
        "sigsetjmp",
        "siglongjmp",
        "fopen",
        "freopen",
        "fdopen",
        "tmpfile",
        "tmpnam",
        "remove",
        "rename",
        "fgetpos",
        "fseek",
        "fsetpos",
        "ftell",
        "rewind",
        "vfscanf",
        "vscanf",
        "vsscanf",
        "atexit",
        "at_quick_exit",
        "quick_exit",
        "fork",
        "execl",
        "execv",
        "execve",
        "execvp",
        "waitpid",
        "wait",
        "pipe",
        "dup",
        "dup2",
        "open",
        "close",
        "lseek",
        "mmap",
        "munmap",
        "signal",
        "raise",
        "sigaction",
        "kill",
        "alarm",
        "pause",
        "pthread_create",
        "pthread_join",
        "thrd_create",
        "socket",
        "dlopen",
        "dlsym",
        "setlocale",
        "localtime",
        "gmtime",
        "strftime",
        "mktime",
        "ctime",
        "asctime",
        "wprintf",
        "wcslen",
        "mblen",
        "mbtowc",
        "wctomb",
        "mbstowcs",
        "wcstombs",
        "strxfrm",
        "timespec_get",
        "nexttoward",
        "remquo",
        "posix_memalign",
        "reallocarray",
        "getline",
    ]
)
"""Functions that programs may expect of a C library, and that the machine's has not got."""
