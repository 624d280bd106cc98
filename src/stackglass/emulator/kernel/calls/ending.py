"""How a program ends by its own will."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from stackglass.emulator.kernel.outcome import Ended, Exited
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel


@system_call("exit(int status)")
def exit_(kernel: Kernel, status: int) -> NoReturn:
    """Ends the program, whose only thread this is."""
    raise Ended(Exited(status & 0xFF))


@system_call("exit_group(int status)")
def exit_group(kernel: Kernel, status: int) -> NoReturn:
    """Ends the program."""
    raise Ended(Exited(status & 0xFF))
