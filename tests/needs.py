"""What a test needs beyond stackglass itself: `require("gdb")` skips it, loudly, where that is absent.

Under CI=true it fails instead: there everything is installed, and a test that silently doesn't run is worth nothing.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

INSTALL = {
    "c++filt": "apt install binutils",
    "clang": "apt install clang",
    "g++": "apt install g++",
    "gcc": "apt install gcc libc6-dev",
    "aarch64-linux-gnu-gcc": "apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
    "arm-linux-gnueabi-gcc": "apt install gcc-arm-linux-gnueabi libc6-dev-armel-cross",
    "arm-linux-gnueabihf-gcc": "apt install gcc-arm-linux-gnueabihf",
    "gdb": "apt install gdb",
    "aarch64-linux-gnu-g++": "apt install g++-aarch64-linux-gnu",
    "arm-linux-gnueabi-g++": "apt install g++-arm-linux-gnueabi",
    "i686-linux-gnu-g++": "apt install g++-i686-linux-gnu",
    "riscv64-linux-gnu-g++": "apt install g++-riscv64-linux-gnu",
    "nm": "apt install binutils",
    "gdb-multiarch": "apt install gdb-multiarch",
    "i686-linux-gnu-gcc": "apt install gcc-i686-linux-gnu libc6-dev-i386-cross",
    "objdump": "apt install binutils",
    "qemu-aarch64": "apt install qemu-user",
    "qemu-arm": "apt install qemu-user",
    "qemu-i386": "apt install qemu-user",
    "qemu-ppc": "apt install qemu-user",
    "qemu-riscv64": "apt install qemu-user",
    "powerpc-linux-gnu-gcc": "apt install gcc-powerpc-linux-gnu libc6-dev-powerpc-cross",
    "powerpc-linux-gnu-g++": "apt install g++-powerpc-linux-gnu",
    "readelf": "apt install binutils",
    "strip": "apt install binutils",
    "riscv64-linux-gnu-gcc": "apt install gcc-riscv64-linux-gnu libc6-dev-riscv64-cross",
    "zig": "pip install ziglang",
}


def require(*needs: str) -> None:
    """Goes on if all `needs` (a command, 'zig', or 'static libc') are here; skips the test, or fails under CI."""
    missing = [need for need in needs if not is_here(need)]
    if not missing:
        return
    hints = ", ".join(INSTALL.get(need, f"apt install {need}") for need in missing)
    message = f"NOT TESTED for lack of {', '.join(missing)} ({hints})"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def qemu(isa: str) -> str:
    """The command of qemu's user mode for an instruction set."""
    return {"powerpc": "qemu-ppc"}.get(isa, f"qemu-{isa}")


@functools.cache
def is_here(need: str) -> bool:
    """Whether this machine has it."""
    return _SPECIAL.get(need, lambda: shutil.which(need) is not None)()


def _has_zig() -> bool:
    return importlib.util.find_spec("ziglang") is not None


def _has_static_libc() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "empty.c")
        source.write_text("int main(void) { return 0; }\n")
        return _succeeds("cc", "-static", str(source), "-o", str(source.with_suffix("")))


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


_SPECIAL: dict[str, Callable[[], bool]] = {"zig": _has_zig, "static libc": _has_static_libc}
