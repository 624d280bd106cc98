"""ioctl: terminals, for a descriptor that was said to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel import abi
from stackglass.emulator.kernel.descriptors import NON_BLOCKING
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.nodes import Kind
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.process import PROCESS
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_GET_SETTINGS, _SET_SETTINGS = 0x5401, (0x5402, 0x5403, 0x5404)
_GET_GROUP, _GET_WINDOW = 0x540F, 0x5413
_WAITING_BYTES, _SET_NON_BLOCKING, _NO_CLOSE_ON_EXEC, _CLOSE_ON_EXEC = 0x541B, 0x5421, 0x5450, 0x5451
_CONTROL_CHARACTERS = bytes([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0])
_SETTINGS: dict[str, int | bytes] = {
    "input_flags": 0o2400 | 0o40000,  # ICRNL, IXON, IUTF8
    "output_flags": 0o5,  # OPOST, ONLCR
    "control_flags": 0o277,  # B38400, CS8, CREAD
    "local_flags": 0o105073,  # ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN
    "line": 0,
    "control_characters": _CONTROL_CHARACTERS,
}


@system_call("ioctl(int fd, uint request, word argument)")
def ioctl(kernel: Kernel, fd: int, request: int, argument: int) -> int:
    """Terminal settings and size where there is a terminal, else ENOTTY."""
    file = kernel.descriptors.file(fd)
    if request in (_NO_CLOSE_ON_EXEC, _CLOSE_ON_EXEC):
        kernel.descriptors.set_close_on_exec(fd, request == _CLOSE_ON_EXEC)
        return 0
    if request == _SET_NON_BLOCKING:
        wanted = NON_BLOCKING if kernel.guest.unpack(argument, "i")[0] else 0
        kernel.descriptors.update(fd, flags=file.flags & ~NON_BLOCKING | wanted)
        return 0
    if request == _WAITING_BYTES and file.node.kind is Kind.FILE:
        kernel.guest.write_packed(argument, "i", max(kernel.filesystem.current(file.node).size - file.offset, 0))
        return 0
    if request == _WAITING_BYTES and file.pipe:
        kernel.guest.write_packed(argument, "i", kernel.streams.pipe_size(file.pipe))
        return 0
    if not kernel.descriptors.is_terminal(file):
        raise Failed(Errno.ENOTTY)
    return _terminal(kernel, request, argument)


def _terminal(kernel: Kernel, request: int, argument: int) -> int:
    if request == _GET_SETTINGS:
        kernel.guest.write(argument, abi.pack(abi.TERMIOS, kernel.isa.byte_order, _SETTINGS))
        return 0
    if request == _GET_WINDOW:
        kernel.guest.write_packed(argument, "HHHH", *kernel.world.window, 0, 0)
        return 0
    if request == _GET_GROUP:
        kernel.guest.write_packed(argument, "i", PROCESS)
        return 0
    what = "changing the terminal's settings" if request in _SET_SETTINGS else f"request {request:#x}"
    kernel.missing(f"ioctl: {what}")
    raise Failed(Errno.ENOTTY)
