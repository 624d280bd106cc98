"""A small deterministic Linux for one single-threaded program: files, memory, time, signals, its end."""

from stackglass.emulator.kernel.kernel import Kernel, KernelState
from stackglass.emulator.kernel.outcome import CONTINUE, Continue, Exited, Interrupted, Killed, Outcome, Unsupported
from stackglass.emulator.kernel.world import World

__all__ = [
    "CONTINUE",
    "Continue",
    "Exited",
    "Interrupted",
    "Kernel",
    "KernelState",
    "Killed",
    "Outcome",
    "Unsupported",
    "World",
]
