"""The closed sets of the model: roles of bytes, kinds of regions, sorts of evidence. Values are the JSON's words."""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """What a run of stack bytes is for."""

    RETURN_ADDRESS = "return_address"
    SAVED_FRAME_POINTER = "saved_frame_pointer"
    SAVED_REGISTER = "saved_register"
    PARAMETER = "parameter"
    LOCAL = "local"
    OUTGOING_ARGUMENT = "outgoing_argument"
    CANARY = "canary"
    ALLOCA = "alloca"
    TEMPORARY = "temporary"
    PADDING = "padding"
    RED_ZONE = "red_zone"
    DEAD = "dead"

    @property
    def words(self) -> str:
        """The role as people write it: 'return address'."""
        return self.value.replace("_", " ")


class Evidence(enum.Enum):
    """What a slot's role rests on, strongest first."""

    SHADOW_STACK = "shadow_stack"
    CFI = "cfi"
    EHABI = "ehabi"
    DEBUG_INFO = "debug_info"
    ABI = "abi"
    WRITES = "writes"
    TEXTBOOK = "textbook"


class FoundBy(enum.Enum):
    """What told that a frame is there."""

    SHADOW_STACK = "shadow_stack"
    CFI = "cfi"
    EHABI = "ehabi"
    FRAME_POINTER = "frame_pointer"
    SCAN = "scan"
    TEXTBOOK = "textbook"


class Initialised(enum.Enum):
    """How many of a slot's bytes were written in this activation; those between a struct's members don't count."""

    ALL = "all"
    PART = "part"
    NONE = "none"


class PointeeKind(enum.Enum):
    """What a pointer's value leads to."""

    STRING = "string"
    FUNCTION = "function"
    VARIABLE = "variable"
    CODE = "code"
    HEAP = "heap"
    DATA = "data"
    STACK = "stack"
    DEAD = "dead"
    NULL = "null"
    UNMAPPED = "unmapped"


class RegionKind(enum.Enum):
    """What a range of the address space is for."""

    TEXT = "text"
    RODATA = "rodata"
    DATA = "data"
    BSS = "bss"
    HEAP = "heap"
    MMAP = "mmap"
    STACK = "stack"
    GUARD = "guard"
    VDSO = "vdso"
    ARGUMENTS = "arguments"
    """What a program of the textbook machine was started with."""


class FaultKind(enum.Enum):
    """Why a recording ended before the program did."""

    STACK_OVERFLOW = "stack_overflow"
    NULL_POINTER = "null_pointer"
    READ_ONLY_WRITE = "read_only_write"
    UNMAPPED_READ = "unmapped_read"
    UNMAPPED_WRITE = "unmapped_write"
    NOT_EXECUTABLE = "not_executable"
    JUMP_TO_NOWHERE = "jump_to_nowhere"
    ILLEGAL_INSTRUCTION = "illegal_instruction"
    DIVISION_ERROR = "division_error"
    TRAP = "trap"
    ABORT = "abort"
    SIGNAL = "signal"
    UNSUPPORTED = "unsupported"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
