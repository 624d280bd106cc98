"""The exception tree: everything that stackglass raises on purpose.

    StackglassError
    ├── UsageError            the request itself is off: an unknown option value, a WHERE that doesn't parse
    │   ├── LocationError     a WHERE that doesn't parse, or that never happens
    │   ├── AddressError      an address that doesn't parse, or where nothing is mapped
    │   └── ExpressionError   an EXPR that doesn't parse or can't be evaluated
    ├── ProgramError          the program under study can't be had
    │   ├── NoSuchProgram     no such file, a directory, an unreadable file
    │   ├── CompileError      the compiler refused the source; `output` is what it wrote
    │   ├── NoCompiler        nothing here compiles that
    │   └── BadImage          not an ELF, a truncated ELF, a machine that isn't supported
    ├── BadDebugInfo          DWARF or call-frame information that contradicts itself
    ├── UnreadableMemory      an address that the process hasn't mapped
    └── EngineError           the emulator refused what should have worked: a fault of ours

Each says one clear sentence (`str(error)`) and what to try (`help`). The command line prints both and exits
with status 2. A guest that crashes raises nothing: that is a `Fault` of the recording.
"""

from __future__ import annotations


class StackglassError(Exception):
    """Base of all: `str()` is one sentence, `help` what to try, or empty."""

    def __init__(self, sentence: str, *, help: str = "") -> None:
        super().__init__(sentence)
        self.help = help


class UsageError(StackglassError):
    """The request itself is off."""


class LocationError(UsageError):
    """A WHERE that does not parse, or that never happens in this recording."""


class AddressError(UsageError):
    """An address that does not parse, or at which nothing is mapped."""


class ExpressionError(UsageError):
    """An EXPR that does not parse, or cannot be evaluated where it was asked for."""


class ProgramError(StackglassError):
    """The program under study cannot be had."""


class NoSuchProgram(ProgramError):
    """No such file, or not a file that can be read."""


class CompileError(ProgramError):
    """The compiler refused the source. `output` is what the compiler wrote, unchanged."""

    def __init__(self, sentence: str, *, output: str, help: str = "") -> None:
        super().__init__(sentence, help=help)
        self.output = output


class NoCompiler(ProgramError):
    """Nothing on this machine compiles such a source."""


class BadImage(ProgramError):
    """Not an ELF program that stackglass can run. `offset` is the file offset of what is wrong, where known."""

    def __init__(self, sentence: str, *, offset: int | None = None, help: str = "") -> None:
        super().__init__(sentence, help=help)
        self.offset = offset


class BadDebugInfo(StackglassError):
    """Debug or call-frame information that cannot be read. `section` and `offset` say where."""

    def __init__(self, sentence: str, *, section: str = "", offset: int | None = None, help: str = "") -> None:
        super().__init__(sentence, help=help)
        self.section = section
        self.offset = offset


class UnreadableMemory(StackglassError):
    """`size` bytes at `address` are not all mapped and readable."""

    def __init__(self, address: int, size: int) -> None:
        super().__init__(f"the {size} bytes at {address:#x} are not mapped")
        self.address = address
        self.size = size


class EngineError(StackglassError):
    """The emulator refused what should have worked."""
