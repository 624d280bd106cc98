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


@system_call("ioctl(int fd, uint request, word argument)")
def ioctl(kernel: Kernel, fd: int, request: int, argument: int) -> int:
    """Terminal settings and size where there is a terminal, else ENOTTY."""
    file, requests = kernel.descriptors.file(fd), kernel.abi.terminal
    if request in (requests.no_close_on_exec, requests.close_on_exec):
        kernel.descriptors.set_close_on_exec(fd, request == requests.close_on_exec)
        return 0
    if request == requests.set_non_blocking:
        wanted = NON_BLOCKING if kernel.guest.unpack(argument, "i")[0] else 0
        kernel.descriptors.update(fd, flags=file.flags & ~NON_BLOCKING | wanted)
        return 0
    if request == requests.waiting_bytes and file.node.kind is Kind.FILE:
        kernel.guest.write_packed(argument, "i", max(kernel.filesystem.current(file.node).size - file.offset, 0))
        return 0
    if request == requests.waiting_bytes and file.pipe:
        kernel.guest.write_packed(argument, "i", kernel.streams.pipe_size(file.pipe))
        return 0
    if not kernel.descriptors.is_terminal(file):
        raise Failed(Errno.ENOTTY)
    return _terminal(kernel, request, argument)


def _terminal(kernel: Kernel, request: int, argument: int) -> int:
    requests = kernel.abi.terminal
    if request == requests.get_settings:
        kernel.guest.write(argument, abi.pack(requests.layout, kernel.isa.byte_order, requests.settings))
        return 0
    if request == requests.get_window:
        kernel.guest.write_packed(argument, "HHHH", *kernel.world.window, 0, 0)
        return 0
    if request == requests.get_group:
        kernel.guest.write_packed(argument, "i", PROCESS)
        return 0
    what = "changing the terminal's settings" if request in requests.set_settings else f"request {request:#x}"
    kernel.missing(f"ioctl: {what}")
    raise Failed(Errno.ENOTTY)
