"""How functions set up their frame pointer on i386, as gdb's i386_analyze_prologue knows it.

endbr32                                      where control-flow protection is on
lea 4(%esp), %ecx ; and $-16, %esp ; push -4(%ecx)      where the stack is realigned
push %ebp
mov %esp, %ebp
push of callee-saved registers, and sub $N, %esp

Instead of the push and the mov: enter $N, $0.
"""

from __future__ import annotations

import re

_ENDBR32 = b"\xf3\x0f\x1e\xfb"
_REALIGN = re.compile(
    rb"[\x50-\x57]?"  # push %reg, where the register has to be given back
    rb"\x8d[\x44\x4c\x54\x5c\x6c\x74\x7c]\x24[\x04\x08]"  # lea 4(%esp), %reg
    rb"(?:\x83\xe4.|\x81\xe4....)"  # and $-ALIGNMENT, %esp
    rb"\xff[\x70-\x77]\xfc",  # push -4(%reg)
    re.DOTALL,
)
_PUSH_FRAME_POINTER = b"\x55"
_SET_FRAME_POINTER = (b"\x89\xe5", b"\x8b\xec")
_SUBTRACT = re.compile(rb"\x83\xec.|\x81\xec....", re.DOTALL)
_ENTER = re.compile(rb"\xc8...", re.DOTALL)
_PUSHES = range(0x50, 0x58)
_MOST_PUSHES = 8


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, that make its frame; 0 if it sets up no frame pointer."""
    at = len(_ENDBR32) if code.startswith(_ENDBR32) else 0
    realigned = _REALIGN.match(code, at)
    if realigned:
        at = realigned.end()
    entered = _ENTER.match(code, at)
    if entered:
        return _behind_pushes(code, entered.end())
    if not code.startswith(_PUSH_FRAME_POINTER, at) or code[at + 1 : at + 3] not in _SET_FRAME_POINTER:
        return 0
    at += 3
    reserved = _SUBTRACT.match(code, at)
    return _behind_pushes(code, reserved.end() if reserved else at)


def _behind_pushes(code: bytes, at: int) -> int:
    """Behind the pushes of registers."""
    for _ in range(_MOST_PUSHES):
        if at >= len(code) or code[at] not in _PUSHES:
            break
        at += 1
    return at
