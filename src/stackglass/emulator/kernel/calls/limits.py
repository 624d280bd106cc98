"""Limits and what was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.clock import SECOND
from stackglass.emulator.kernel.descriptors import LIMIT
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.process import PROCESS
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_STACK, _CORE, _PROCESSES, _FILES, _COUNT = 3, 4, 6, 7, 16
_INFINITE = (1 << 64) - 1


def _limit(kernel: Kernel, resource: int) -> int:
    """The soft and hard limit of a resource; they are the same, and nothing changes them."""
    if not 0 <= resource < _COUNT:
        raise Failed(Errno.EINVAL)
    return {_STACK: kernel.world.stack_limit, _CORE: 0, _PROCESSES: 1, _FILES: LIMIT}.get(resource, _INFINITE)


@system_call("prlimit64(int process, int resource, word new, word old)")
def prlimit64(kernel: Kernel, process: int, resource: int, new: int, old: int) -> int:
    """Tells limits, the stack's as it is. A higher one is refused (EPERM), a lower one taken without effect."""
    if process not in (0, PROCESS):
        raise Failed(Errno.ESRCH)
    limit = _limit(kernel, resource)
    if new and kernel.guest.unpack(new, "QQ")[0] > limit:
        raise Failed(Errno.EPERM)
    if new and kernel.guest.unpack(new, "QQ")[0] != limit:
        kernel.missing(f"prlimit64 of resource {resource}")
    if old:
        kernel.guest.write_packed(old, "QQ", limit, limit)
    return 0


@system_call("getrlimit(int resource, word buffer)")
def getrlimit(kernel: Kernel, resource: int, buffer: int) -> int:
    """Tells a limit."""
    limit = min(_limit(kernel, resource), (1 << (8 * kernel.guest.word_size)) - 1)
    kernel.guest.write_words(buffer, limit, limit)
    return 0


@system_call("setrlimit(int resource, word buffer)")
def setrlimit(kernel: Kernel, resource: int, buffer: int) -> int:
    """Takes what is no more than the limit, without effect; EPERM for more."""
    limit, wanted = _limit(kernel, resource), kernel.guest.words(buffer, 2)[0]
    if wanted > limit:
        raise Failed(Errno.EPERM)
    if wanted != limit:
        kernel.missing(f"setrlimit of resource {resource}")
    return 0


@system_call("getrusage(int who, word buffer)")
def getrusage(kernel: Kernel, who: int, buffer: int) -> int:
    """Processor time by steps, and memory in use; nothing else is counted."""
    if who not in (0, -1, 1):
        raise Failed(Errno.EINVAL)
    used = kernel.clock.processor if who != -1 else 0
    memory = sum(mapping.size for mapping in kernel.memory.mappings) // 1024 if who != -1 else 0
    kernel.guest.write_longs(buffer, used // SECOND, used % SECOND // 1000, 0, 0, memory, *[0] * 13)
    return 0
