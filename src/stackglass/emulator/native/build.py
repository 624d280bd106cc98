"""Compiles the native recorder: every C file of this folder into `_recorder.so`, beside them.

    python -m stackglass.emulator.native.build              # build it anew, warnings being errors
    python -m stackglass.emulator.native.build --if-needed  # only if a source changed since; for users

Standard library only, because the package's build hook loads this file before anything is installed. What is needed
besides a C compiler are the headers in the `unicorn` wheel. The `uc_*` symbols stay undefined: whoever loads the
library has loaded libunicorn with RTLD_GLOBAL before. The compiler is $CC, else `cc`, else that of the `ziglang` wheel.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LIBRARY = FOLDER / "_recorder.so"
FLAGS = ("-std=c11", "-O3", "-g1", "-fPIC", "-shared", "-fno-semantic-interposition", "-Wall", "-Wextra")

ZIG_FLAGS = ("-mcpu=baseline", "-fno-sanitize=undefined")
"""Zig tunes for this very CPU and traps on undefined behaviour unless told otherwise."""


class BuildError(Exception):
    """The native recorder cannot be built here; the text says why and what to try."""


def compiler() -> list[str]:
    """The C compiler as the start of a command line. BuildError if there is none."""
    if command := shlex.split(os.environ.get("CC", "")):
        return command
    if cc := next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None):
        return [cc]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc", *ZIG_FLAGS]
    raise BuildError("no C compiler: install one (apt install gcc), or zig's (pip install ziglang), or set CC")


def has_compiler() -> bool:
    """Whether a C compiler is here without installing anything."""
    try:
        return bool(compiler())
    except BuildError:
        return False


def headers() -> Path:
    """The folder of the `unicorn` wheel that `#include <unicorn/unicorn.h>` is relative to. BuildError if absent."""
    spec = importlib.util.find_spec("unicorn")
    for place in (spec and spec.submodule_search_locations) or ():
        if (Path(place) / "include" / "unicorn" / "unicorn.h").is_file():
            return Path(place) / "include"
    raise BuildError("the unicorn package with its C headers is not installed: pip install 'unicorn>=2.1.4,<3'")


def sources() -> list[Path]:
    """The C files, in a fixed order."""
    return sorted(FOLDER.glob("*.c"))


def is_current() -> bool:
    """Whether the library is there and no older than anything it is made from."""
    inputs = [*FOLDER.glob("*.[ch]"), Path(__file__)]
    return LIBRARY.is_file() and all(path.stat().st_mtime <= LIBRARY.stat().st_mtime for path in inputs)


def build(*, flags: Sequence[str] = (), library: Path | None = None) -> Path:
    """Compiles to `library`, or in place, and gives it back. A process that has the old one loaded keeps it.

    `flags` come last on the compiler's command line. BuildError with the compiler's words if it refuses.
    """
    library = library or LIBRARY
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent, prefix=".build-") as folder:
        output = Path(folder) / library.name
        _run([*compiler(), *FLAGS, f"-I{headers()}", *map(str, sources()), "-o", str(output), *flags])
        output.replace(library)
    return library


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise BuildError(f"the C compiler {command[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        raise BuildError(f"the native recorder does not compile:\n{shlex.join(command)}\n{done.stdout}{done.stderr}")
    if done.stderr:
        print(done.stderr, end="", file=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    """Builds with warnings as errors, unless `--if-needed` says not to. Whatever else is given goes to the compiler."""
    only_if_needed = "--if-needed" in arguments
    flags = [argument for argument in arguments if argument != "--if-needed"]
    if only_if_needed and is_current():
        return 0
    try:
        build(flags=flags if only_if_needed else ["-Werror", *flags])
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
