"""What the kernel knows of the one process that there is, and who it says that it is."""

from __future__ import annotations

from dataclasses import dataclass

PROCESS = 1000
PARENT = 999
USER = 1000
"""Also the group. The program owns every file that it sees."""


@dataclass(frozen=True, slots=True)
class Process:
    """What system calls changed of it. `folder` is the working folder, a canonical path."""

    folder: str = "/"
    file_mask: int = 0o022
    name: bytes = b""
    """What prctl(PR_SET_NAME) set, at most 15 bytes."""
    robust_list: tuple[int, int] = (0, 0)
