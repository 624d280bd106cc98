"""How functions set up their frame pointer on x86-64, as gdb's amd64_analyze_prologue knows it.

endbr64                                      where control-flow protection is on
lea 8(%rsp), %r10 ; and $-64, %rsp ; push -8(%r10)      where the stack is realigned
push %rbp
mov %rsp, %rbp
"""

from __future__ import annotations

import re

_ENDBR64 = b"\xf3\x0f\x1e\xfa"
_REALIGN = re.compile(
    rb"(?:\x41?[\x50-\x57])?"  # push %reg, where the register has to be given back
    rb"[\x48\x4c]\x8d[\x44\x4c\x54\x5c\x6c\x74\x7c]\x24[\x08\x10]"  # lea 8(%rsp), %reg
    rb"\x48(?:\x83\xe4.|\x81\xe4....)"  # and $-ALIGNMENT, %rsp
    rb"\x41?\xff[\x70-\x77]\xf8",  # push -8(%reg)
    re.DOTALL,
)
_PUSH_FRAME_POINTER = (b"\x55", b"\x40\x55")
_SET_FRAME_POINTER = (b"\x48\x89\xe5", b"\x48\x8b\xec")


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, up to where the frame pointer is set; 0 if it isn't."""
    at = len(_ENDBR64) if code.startswith(_ENDBR64) else 0
    realigned = _REALIGN.match(code, at)
    if realigned:
        at = realigned.end()
    push = next((push for push in _PUSH_FRAME_POINTER if code.startswith(push, at)), None)
    if push is None:
        return 0
    at += len(push)
    return at + 3 if code[at : at + 3] in _SET_FRAME_POINTER else 0
