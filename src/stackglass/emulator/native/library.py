"""The recorder's and the engine's C functions, as ctypes declares them: recorder.h is the reference.

libunicorn comes from the `unicorn` wheel and is loaded with its symbols global, so that the recorder finds them; the
wheel's own Python bindings are not used.
"""

from __future__ import annotations

import importlib.util
from ctypes import (
    CDLL,
    POINTER,
    RTLD_GLOBAL,
    Structure,
    c_bool,
    c_char_p,
    c_int,
    c_int8,
    c_int32,
    c_size_t,
    c_uint,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from functools import cache
from pathlib import Path

from stackglass.errors import EngineError

LIBRARY = Path(__file__).with_name("_recorder.so")

STACK_DELTA_UNKNOWN = -(2**31)
NUMBERED_REGISTERS = 32
NO_ROW = 0xFFFFFFFF

STOP_STEP, STOP_ARRIVAL, STOP_WRITE, STOP_SYSTEM_CALL, STOP_EMULATED, STOP_FAULT = 1, 2, 3, 4, 5, 6
LEFT_BY = ("end", "return", "tail call", "jump")


class Pattern(Structure):
    """struct instruction_pattern."""

    _fields_ = (
        ("mask", c_uint64),
        ("value", c_uint64),
        ("stack_delta", c_int32),
        ("field_scale", c_int32),
        *((name, c_uint8) for name in ("kind", "field_shift", "field_bits", "field_is_signed", "field_counts")),
        ("reserved", c_uint8 * 3),
    )


class SilentStoreRow(Structure):
    """struct silent_store_pattern."""

    _fields_ = (
        *((name, c_uint64) for name in ("mask", "value")),
        *((name, c_int32) for name in ("size", "size_scale", "size_register")),
        *((name, c_uint32) for name in ("size_mask", "alignment")),
        *((name, c_int8) for name in ("base_shift", "index_shift")),
        *((name, c_uint8) for name in ("displacement_shift", "displacement_bits", "size_shift", "size_bits")),
        ("reserved", c_uint8 * 2),
    )


class PrefixSets(Structure):
    """struct prefixes."""

    _fields_ = (
        ("repeat", c_uint8 * 32),
        ("operand_size", c_uint8 * 32),
        ("ignored", c_uint8 * 32),
        ("extension_low", c_uint32),
        ("extension_high", c_uint32),
        ("present", c_uint32),
    )


class FunctionRow(Structure):
    """struct function_range."""

    _fields_ = (
        ("low", c_uint64),
        ("high", c_uint64),
        ("id", c_uint32),
        ("entry", c_uint8),
        ("stub", c_uint8),
        ("shared", c_uint8),
        ("reserved", c_uint8),
    )


class Config(Structure):
    """struct recorder_config."""

    _fields_ = (
        ("engine", c_void_p),
        ("stack_low", c_uint64),
        ("stack_high", c_uint64),
        ("pc_register", c_int32),
        ("sp_register", c_int32),
        ("counter_register", c_int32),
        ("link_register", c_int32),
        ("word_size", c_uint32),
        ("is_big_endian", c_uint32),
        ("cfa_minus_sp_at_entry", c_uint32),
        ("encoding_register", c_int32),
        ("encoding_flag", c_uint32),
        ("encoding_wide", c_uint32),
        ("encoding_plain", c_uint64),
        ("encoding_group", c_uint32),
        ("encoding_bit", c_uint32),
        ("pattern_count", c_uint32),
        ("silent_store_count", c_uint32),
        ("learning_steps", c_uint64),
        ("silent_stores", POINTER(SilentStoreRow)),
        ("numbered_registers", c_int32 * NUMBERED_REGISTERS),
        ("patterns", POINTER(Pattern)),
        ("prefixes", POINTER(PrefixSets)),
    )


class Stop(Structure):
    """struct recorder_stop."""

    _fields_ = (
        ("reason", c_uint32),
        ("error", c_uint32),
        ("interrupt", c_int32),
        ("access", c_uint32),
        ("address", c_uint64),
        ("pc", c_uint64),
        ("next_pc", c_uint64),
        ("access_size", c_uint32),
        ("out_of_memory", c_uint32),
    )


class Row(Structure):
    """struct call_row."""

    _fields_ = (
        *((name, c_uint64) for name in ("call_step", "return_step", "cfa", "return_address")),
        *((name, c_uint32) for name in ("site", "entry", "parent", "tail_of", "depth", "frame_bytes", "peak_bytes")),
        ("left_by", c_uint32, 2),
        ("kept_bytes", c_uint32, 30),
    )


class Log(Structure):
    """struct call_log."""

    _fields_ = (("rows", POINTER(Row)), ("length", c_uint64), ("capacity", c_uint64))


class ShadowFrame(Structure):
    """struct shadow_frame."""

    _fields_ = (
        *((name, c_uint64) for name in ("cfa", "return_address", "own_lowest", "lowest")),
        *((name, c_uint32) for name in ("row", "site", "entry", "function", "kept_bytes", "caller_at")),
    )


class Instruction(Structure):
    """struct instruction."""

    _fields_ = (
        ("pc", c_uint64),
        ("function", c_uint32),
        ("stack_delta", c_int32),
        ("kind", c_uint8),
        ("size", c_uint8),
        ("pending", c_uint8),
        ("stops", c_uint8),
        ("at_entry", c_uint8),
        ("in_stub", c_uint8),
        ("group", c_uint16),
        ("silent", c_uint32),
        ("in_shared", c_uint8),
        ("reserved", c_uint8 * 3),
    )


class State(Structure):
    """struct recorder_state."""

    _fields_ = (
        *((name, c_uint64) for name in ("step", "stack_pointer", "rows")),
        *((name, c_uint32) for name in ("current", "pending", "depth", "reserved")),
    )


_RECORDER = {
    "recorder_init": (c_void_p, [POINTER(Config)]),
    "recorder_deinit": (None, [c_void_p]),
    "recorder_map": (c_bool, [c_void_p, c_uint64, c_uint64, c_bool]),
    "recorder_unmap": (c_bool, [c_void_p, c_uint64, c_uint64]),
    "recorder_forget_code": (None, [c_void_p, c_uint64, c_uint64]),
    "recorder_set_functions": (c_bool, [c_void_p, POINTER(FunctionRow), c_size_t]),
    "recorder_start": (c_bool, [c_void_p]),
    "recorder_watch_pcs": (c_bool, [c_void_p, POINTER(c_uint64), c_size_t]),
    "recorder_watch_writes": (c_bool, [c_void_p, c_uint64, c_uint64]),
    "recorder_run": (None, [c_void_p, c_uint64, c_bool, c_bool, POINTER(Stop)]),
    "recorder_note_write": (None, [c_void_p, c_uint64, c_uint64]),
    "recorder_save": (None, [c_void_p, POINTER(State)]),
    "recorder_restore": (c_bool, [c_void_p, POINTER(State), POINTER(ShadowFrame)]),
    "recorder_flush_log": (None, [c_void_p]),
    "recorder_known_blocks": (c_size_t, [c_void_p]),
    "recorder_step": (c_uint64, [c_void_p]),
    "recorder_stack_pointer": (c_uint64, [c_void_p]),
    "recorder_lowest_written": (c_uint64, [c_void_p]),
    "recorder_writers": (POINTER(c_uint64), [c_void_p]),
    "recorder_log": (POINTER(Log), [c_void_p]),
    "recorder_instruction": (POINTER(Instruction), [c_void_p, c_uint32]),
    "recorder_instructions": (c_void_p, [c_void_p, POINTER(c_size_t)]),
    "recorder_rows_of": (c_size_t, [c_void_p, c_char_p, POINTER(c_uint32), c_size_t]),
    "recorder_entered_by_return": (c_uint32, [c_void_p, c_uint32]),
    "recorder_deepest": (c_uint32, [c_void_p, c_char_p]),
    "recorder_shadow": (POINTER(ShadowFrame), [c_void_p, POINTER(c_size_t)]),
}

_ENGINE = {
    "uc_open": (c_int, [c_int, c_int, POINTER(c_void_p)]),
    "uc_close": (c_int, [c_void_p]),
    "uc_strerror": (c_char_p, [c_int]),
    "uc_reg_read": (c_int, [c_void_p, c_int, c_void_p]),
    "uc_reg_write": (c_int, [c_void_p, c_int, c_void_p]),
    "uc_reg_read_batch": (c_int, [c_void_p, POINTER(c_int), POINTER(c_void_p), c_int]),
    "uc_mem_map_ptr": (c_int, [c_void_p, c_uint64, c_size_t, c_uint32, c_void_p]),
    "uc_mem_unmap": (c_int, [c_void_p, c_uint64, c_size_t]),
    "uc_context_alloc": (c_int, [c_void_p, POINTER(c_void_p)]),
    "uc_context_save": (c_int, [c_void_p, c_void_p]),
    "uc_context_restore": (c_int, [c_void_p, c_void_p]),
    "uc_context_free": (c_int, [c_void_p]),
    "uc_emu_start": (c_int, [c_void_p, c_uint64, c_uint64, c_uint64, c_size_t]),
    "uc_ctl": (c_int, [c_void_p, c_uint]),
}


def _unicorn_library() -> Path:
    spec = importlib.util.find_spec("unicorn")
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in sorted((Path(folder) / "lib").glob("libunicorn.so*")):
            return path
    raise EngineError(
        "the emulator's library is not installed", help="install the unicorn package: pip install 'unicorn>=2.1.4,<3'"
    )


def _declare(library: CDLL, functions: dict[str, tuple[object, list[object]]]) -> CDLL:
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


@cache
def engine() -> CDLL:
    """libunicorn with its functions declared. EngineError if the wheel is not installed."""
    return _declare(CDLL(str(_unicorn_library()), mode=RTLD_GLOBAL), _ENGINE)  # type: ignore[arg-type]


@cache
def recorder() -> CDLL:
    """The recorder with its functions declared. EngineError if it has not been built."""
    engine()
    if not LIBRARY.is_file():
        raise EngineError(
            "the native recorder has not been built", help="run: python -m stackglass.emulator.native.build"
        )
    return _declare(CDLL(str(LIBRARY)), _RECORDER)  # type: ignore[arg-type]


def check(error: int, what: str) -> None:
    """EngineError with Unicorn's own words unless `error` is UC_ERR_OK."""
    if error:
        raise EngineError(f"the emulator refused to {what}: {engine().uc_strerror(error).decode()}")
