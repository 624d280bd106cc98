"""Signals: what to do with each, which are blocked, and raising them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Ended, Failed, Unsupported
from stackglass.emulator.kernel.process import PROCESS
from stackglass.emulator.kernel.registry import system_call
from stackglass.emulator.kernel.signals import KILL, LAST, STOP, Action, AlternateStack, bit

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_SET_BYTES = 8
_BLOCK, _UNBLOCK, _SET = 0, 1, 2
_DISABLE = 2
_SMALLEST_STACK = 2048


@system_call("rt_sigaction(int signal, word new, word old, word size)")
def rt_sigaction(kernel: Kernel, signal: int, new: int, old: int, size: int) -> int:
    """Notes what the program wants done; a handler is never called, though: the run ends instead."""
    if not 1 <= signal <= LAST or size != _SET_BYTES or (new and signal in (KILL, STOP)):
        raise Failed(Errno.EINVAL)
    word = kernel.guest.word_size
    words = 3 if kernel.abi.signal_restorer else 2
    earlier = kernel.signals.actions.get(signal, Action())
    if new:
        handler, flags, restorer = (*kernel.guest.words(new, words), 0)[:3]
        mask = kernel.guest.signal_set(new + words * word)
        kernel.signals.actions[signal] = Action(handler, flags, restorer, mask)
    if old:
        kernel.guest.write_words(old, *(earlier.handler, earlier.flags, earlier.restorer)[:words])
        kernel.guest.write_signal_set(old + words * word, earlier.mask)
    return 0


@system_call("rt_sigprocmask(int how, word new, word old, word size)")
def rt_sigprocmask(kernel: Kernel, how: int, new: int, old: int, size: int) -> int:
    """Blocks signals and lets them through again."""
    if size != _SET_BYTES:
        raise Failed(Errno.EINVAL)
    blocked = kernel.signals.blocked
    wanted = blocked
    if new:
        mask = kernel.guest.signal_set(new)
        choices = {_BLOCK: blocked | mask, _UNBLOCK: blocked & ~mask, _SET: mask}
        if how not in choices:
            raise Failed(Errno.EINVAL)
        wanted = choices[how]
    if old:
        kernel.guest.write_signal_set(old, blocked)
    kernel.signals.block(wanted)
    return 0


@system_call("rt_sigpending(word buffer, word size)")
def rt_sigpending(kernel: Kernel, buffer: int, size: int) -> int:
    """Which signals wait because they are blocked."""
    kernel.guest.write_signal_set(buffer, sum(bit(number) for number in kernel.signals.pending))
    return 0


@system_call("rt_sigsuspend(word mask, word size)")
def rt_sigsuspend(kernel: Kernel, mask: int, size: int) -> NoReturn:
    """Waits for a signal: one that waits already, or a timer's. Else the run ends here, since none would come."""
    kernel.signals.block(kernel.guest.signal_set(mask))
    kernel.signals.wait("sigsuspend")
    raise Ended(Unsupported("sigsuspend was left without a signal"))


@system_call("pause()")
def pause(kernel: Kernel) -> NoReturn:
    """Waits for a timer's signal. Without a timer the run ends here, since none would come."""
    kernel.signals.wait("pause")
    raise Ended(Unsupported("pause was left without a signal"))


@system_call("sigaltstack(word new, word old)")
def sigaltstack(kernel: Kernel, new: int, old: int) -> int:
    """Notes the stack for handlers; it is never used, as no handler is called."""
    layout = "QI4xQ" if kernel.guest.word_size == 8 else "III"
    earlier = kernel.signals.alternate_stack
    if new:
        wanted = AlternateStack(*kernel.guest.unpack(new, layout))
        if wanted.flags & ~_DISABLE:
            raise Failed(Errno.EINVAL)
        if not wanted.flags & _DISABLE and wanted.size < _SMALLEST_STACK:
            raise Failed(Errno.ENOMEM)
        kernel.signals.alternate_stack = AlternateStack() if wanted.flags & _DISABLE else wanted
    if old:
        kernel.guest.write_packed(old, layout, *earlier)
    return 0


@system_call("kill(int process, int signal)")
def kill(kernel: Kernel, process: int, signal: int) -> int:
    """Raises a signal; nobody but the program itself can be its aim."""
    if process not in (0, -1, PROCESS, -PROCESS):
        raise Failed(Errno.ESRCH)
    return _raise(kernel, signal)


@system_call("tkill(int thread, int signal)")
def tkill(kernel: Kernel, thread: int, signal: int) -> int:
    """As kill, by thread."""
    return tgkill(kernel, PROCESS, thread, signal)


@system_call("tgkill(int process, int thread, int signal)")
def tgkill(kernel: Kernel, process: int, thread: int, signal: int) -> int:
    """As kill, by process and thread."""
    if process != PROCESS or thread != PROCESS:
        raise Failed(Errno.ESRCH)
    return _raise(kernel, signal)


def _raise(kernel: Kernel, signal: int) -> int:
    if not 0 <= signal <= LAST:
        raise Failed(Errno.EINVAL)
    if signal:
        kernel.signals.raise_signal(signal, "it raised the signal itself")
    return 0
