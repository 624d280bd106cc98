"""From what the user names as the program to an ELF: `build` compiles C, C++ and assembly, and takes an ELF as it is.

The compiler is the host's gcc or clang where there is one, else zig's. What it is told by default suits a learner; what
the user adds comes after it and wins. Nothing is left behind: the result is bytes.
"""

from stackglass.toolchain.compilation import Built, build, split_flags
from stackglass.toolchain.progress import Progress

__all__ = ["Built", "Progress", "build", "split_flags"]
