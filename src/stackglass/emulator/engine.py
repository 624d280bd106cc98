"""One guest CPU: Unicorn with the native recorder on it. Knows registers, mappings, running and its state; no Linux."""

from __future__ import annotations

import ctypes
import struct
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.emulator.memory import PAGE, Memory
from stackglass.emulator.memory import Mapping as MemoryMapping
from stackglass.emulator.native import library as native
from stackglass.errors import EngineError
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.table import Isa
from stackglass.model import RegionKind

_TB_FLUSH = (1 << 30) | 10  # UC_CTL_IO_WRITE, UC_CTL_TB_FLUSH: uc_ctl_flush_tb()
_RETURN = InstructionKind.RETURN
WRITER_NUMBER_BITS = 24
WRITER_NUMBER = (1 << WRITER_NUMBER_BITS) - 1
"""The low bits of a last-writer word: the instruction's number. Above them is the step."""
LEARNING_STEPS = 500_000
"""A hundredth of a second or two: what shorter runs take, changing modes would not make up for."""
_PROTECTION = {"r": 1, "w": 2, "x": 4}


class FunctionEntry(NamedTuple):
    """A function's code range for the call history: parts of one function share an `id` (from 1)."""

    low: int
    high: int
    id: int
    is_entry: bool
    is_stub: bool
    is_shared: bool = False
    """Whether it is a part that several functions share, and not one by itself."""


@dataclass(frozen=True, slots=True)
class StopInfo:
    """Why a run stopped: `reason` is one of native.library's STOP_ numbers; `next_pc` lies behind the instruction."""

    reason: int
    pc: int
    next_pc: int
    error: int
    interrupt: int
    access: int
    address: int
    access_size: int
    out_of_memory: bool


class _Context:
    """A saved CPU state of Unicorn's."""

    __slots__ = ("__weakref__", "handle")

    def __init__(self, engine: int) -> None:
        handle = ctypes.c_void_p()
        native.check(native.engine().uc_context_alloc(engine, ctypes.byref(handle)), "save the CPU's state")
        self.handle = handle
        weakref.finalize(self, native.engine().uc_context_free, handle)


@dataclass(frozen=True, slots=True)
class EngineState:
    """Everything of the engine and recorder at a step that isn't memory."""

    context: _Context
    recorder: native.State
    frames: bytes


def _bitmap(values: bytes) -> list[int]:
    bits = [0] * 32
    for value in values:
        bits[value >> 3] |= 1 << (value & 7)
    return bits


def _pattern_rows(isa: Isa) -> ctypes.Array[native.Pattern]:
    rows = (native.Pattern * len(isa.patterns))()
    for row, pattern in zip(rows, isa.patterns, strict=True):
        row.mask = int.from_bytes(pattern.mask.ljust(8, b"\0"), isa.byte_order)
        row.value = int.from_bytes(pattern.value.ljust(8, b"\0"), isa.byte_order)
        row.kind = int(pattern.kind)
        row.stack_delta = native.STACK_DELTA_UNKNOWN if pattern.stack_delta is None else pattern.stack_delta
        if field := pattern.field:
            row.field_scale, row.field_shift, row.field_bits = field.scale, field.shift, field.bits
            row.field_is_signed, row.field_counts = field.signed, field.counts
    return rows


def _silent_store_rows(isa: Isa) -> ctypes.Array[native.SilentStoreRow]:
    rows = (native.SilentStoreRow * len(isa.silent_stores))()
    for row, store in zip(rows, isa.silent_stores, strict=True):
        row.mask = int.from_bytes(store.mask.ljust(8, b"\0"), isa.byte_order)
        row.value = int.from_bytes(store.value.ljust(8, b"\0"), isa.byte_order)
        row.size, row.alignment = store.size, store.alignment
        row.size_register = isa.register(store.length_register).engine if store.length_register else -1
        row.size_mask = store.length_mask
        row.base_shift = -1 if store.base is None else store.base
        row.index_shift = -1 if store.index is None else store.index
        if field := store.displacement:
            row.displacement_shift, row.displacement_bits = field.shift, field.bits
        if field := store.length:
            row.size_scale, row.size_shift, row.size_bits = field.scale, field.shift, field.bits
    return rows


def _numbered_registers(isa: Isa) -> ctypes.Array[ctypes.c_int32]:
    numbers = (-1 if name is None else isa.register(name).engine for name in isa.numbered_registers)
    padding = [-1] * (native.NUMBERED_REGISTERS - len(isa.numbered_registers))
    return (ctypes.c_int32 * native.NUMBERED_REGISTERS)(*numbers, *padding)


def _prefix_sets(isa: Isa) -> native.PrefixSets:
    sets = native.PrefixSets()
    if isa.prefixes:
        sets.present = 1
        sets.repeat[:] = _bitmap(isa.prefixes.repeat)
        sets.operand_size[:] = _bitmap(isa.prefixes.operand_size)
        sets.ignored[:] = _bitmap(isa.prefixes.ignored)
        sets.extension_low, sets.extension_high = isa.prefixes.extension.start, isa.prefixes.extension.stop
    return sets


class Engine:
    """A CPU with memory, from `attach_recorder` on recording what it does. Implements isa.table.Cpu's registers."""

    def __init__(self, isa: Isa) -> None:
        self.isa = isa
        self._unicorn = native.engine()
        self._recorder_library = native.recorder()
        handle = ctypes.c_void_p()
        native.check(self._unicorn.uc_open(isa.engine_arch, isa.engine_mode, ctypes.byref(handle)), "start")
        self._uc = handle
        self._recorder: int | None = None
        self.memory = Memory(self)
        self._read_all = _BatchReader(self._unicorn, handle, isa)
        self._stop = native.Stop()
        self._pcs: dict[int, int] = {}
        self._stack: tuple[int, int] = (0, 0)
        self._finalizer = weakref.finalize(self, self._unicorn.uc_close, handle)
        self._set_up()

    def _set_up(self) -> None:
        """What a kernel does before a program's first instruction that the program doesn't see."""
        for page in self.isa.fixed_pages:
            start = page.address & -PAGE
            self.memory.map(start, PAGE, page.permissions, kind=RegionKind.VDSO, name=page.name)
            self.memory.write(page.address, page.content)
        for number, value in self.isa.engine_setup:
            error = self._unicorn.uc_reg_write(self._uc, number, value.to_bytes(32, "little"))
            native.check(error, f"write its register {number}")

    # ---- registers ----

    def read(self, register: str) -> int:
        """The value of a register by its full-width name, unsigned."""
        if register in self.isa.derived:
            return self.registers()[register]
        row = self.isa.register(register)
        buffer = (ctypes.c_uint64 * 4)()
        native.check(self._unicorn.uc_reg_read(self._uc, row.engine, buffer), f"read {register}")
        value = int.from_bytes(bytes(buffer), "little")
        return value & ((1 << row.bits) - 1)

    def write(self, register: str, value: int) -> None:
        """Sets a register by its full-width name."""
        row = self.isa.register(register)
        if register == self.isa.pc:
            value |= self._encoding_bit()
        data = (value & ((1 << row.bits) - 1)).to_bytes(32, "little")
        native.check(self._unicorn.uc_reg_write(self._uc, row.engine, data), f"write {register}")

    def _encoding_bit(self) -> int:
        """What the engine wants to be set in a pc so that the instruction encoding stays the one that runs."""
        other = self.isa.other_encoding
        return other.address_bit if other and self.read(other.register) & other.flag else 0

    def registers(self) -> dict[str, int]:
        """Every register of the ISA's table by its full-width name."""
        values = self._read_all()
        for name, value in self.isa.derived.items():
            values[name] = value(values, self.memory.read)
        return values

    # ---- mappings: memory.Backing ----

    def attach(self, mapping: MemoryMapping) -> None:
        """Maps it in the engine."""
        protection = sum(bit for letter, bit in _PROTECTION.items() if letter in mapping.permissions)
        host = mapping.block.host_address + mapping.host_offset(mapping.start)
        error = self._unicorn.uc_mem_map_ptr(self._uc, mapping.start, mapping.size, protection, host)
        native.check(error, f"map {mapping.size} bytes at {mapping.start:#x}")
        if self._recorder:
            self._add_range(mapping)

    def detach(self, mapping: MemoryMapping) -> None:
        """Unmaps it in the engine."""
        error = self._unicorn.uc_mem_unmap(self._uc, mapping.start, mapping.size)
        native.check(error, f"unmap {mapping.size} bytes at {mapping.start:#x}")
        if self._recorder:
            self._recorder_library.recorder_unmap(self._recorder, mapping.start, mapping.end)

    def note_write(self, address: int, size: int) -> None:
        """Counts the running system call as the last writer of the bytes."""
        if self._recorder:
            self._recorder_library.recorder_note_write(self._recorder, address, size)

    def _add_range(self, mapping: MemoryMapping) -> None:
        if "x" not in mapping.permissions:
            return
        writable = "w" in mapping.permissions
        if not self._recorder_library.recorder_map(self._recorder, mapping.start, mapping.end, writable):
            raise EngineError(f"no memory left to watch the {mapping.size} bytes at {mapping.start:#x}")

    # ---- recording ----

    def attach_recorder(self, stack_low: int, stack_high: int, *, learning_steps: int | None = None) -> None:
        """Starts to record. Writers are kept of the stack [stack_low, stack_high). Once, before the first step.

        Long runs are recorded block by block, after `learning_steps` in which each instruction is looked at
        (LEARNING_STEPS unless given).
        """
        isa = self.isa
        patterns, prefixes, silent_stores = _pattern_rows(isa), _prefix_sets(isa), _silent_store_rows(isa)

        def number(register: str | None) -> int:
            return isa.register(register).engine if register else -1

        other = isa.other_encoding
        config = native.Config(
            engine=self._uc,
            stack_low=stack_low,
            stack_high=stack_high,
            pc_register=number(isa.pc),
            sp_register=number(isa.stack_pointer),
            counter_register=number(isa.repeat_counter),
            link_register=number(isa.return_register),
            word_size=isa.word_size,
            is_big_endian=isa.byte_order == "big",
            cfa_minus_sp_at_entry=isa.cfa_minus_sp_at_entry,
            encoding_register=number(other.register if other else None),
            encoding_flag=other.flag if other else 0,
            encoding_wide=other.wide_from if other else 0,
            encoding_plain=other.ungrouped_code if other else 0,
            encoding_group=other.group_bits if other else 0,
            encoding_bit=other.address_bit if other else 0,
            pattern_count=len(patterns),
            silent_store_count=len(silent_stores),
            silent_stores=silent_stores,
            numbered_registers=_numbered_registers(isa),
            learning_steps=LEARNING_STEPS if learning_steps is None else learning_steps,
            patterns=patterns,
            prefixes=ctypes.pointer(prefixes),
        )
        self._recorder = self._recorder_library.recorder_init(ctypes.byref(config))
        if not self._recorder:
            raise EngineError("no memory left for the recorder")
        self._finalizer.detach()
        self._finalizer = weakref.finalize(
            self, _close, self._unicorn, self._recorder_library, self._uc, self._recorder
        )
        self._stack = (stack_low, stack_high)
        for mapping in self.memory.mappings:
            self._add_range(mapping)

    def set_functions(self, functions: Sequence[FunctionEntry]) -> None:
        """Tells where functions lie; sorted by `low`, not overlapping."""
        rows = (native.FunctionRow * max(len(functions), 1))()
        for row, function in zip(rows, functions, strict=False):
            row.low, row.high, row.id, row.entry, row.stub, row.shared = function
        if not self._recorder_library.recorder_set_functions(self._recorder, rows, len(functions)):
            raise EngineError("no memory left for the recorder's functions")

    def start(self) -> None:
        """Puts the first activation on the shadow stack: pc and SP are set."""
        self._recorder_library.recorder_start(self._recorder)

    def run(self, stop_step: int, *, stop_here: bool = False, exactly: bool = True) -> StopInfo:
        """Runs to step `stop_step` at the latest, or, unless `exactly`, to the end of the block that it is in.

        A watched pc at the current step counts if `stop_here`.
        """
        stop = self._stop
        self._recorder_library.recorder_run(self._recorder, stop_step, stop_here, exactly, ctypes.byref(stop))
        return StopInfo(
            stop.reason,
            stop.pc,
            stop.next_pc,
            stop.error,
            stop.interrupt,
            stop.access,
            stop.address,
            stop.access_size,
            bool(stop.out_of_memory),
        )

    def watch_pcs(self, pcs: Iterable[int]) -> None:
        """Makes the runs that follow stop before an instruction at one of `pcs`."""
        wanted = sorted(set(pcs))
        array = (ctypes.c_uint64 * max(len(wanted), 1))(*wanted)
        self._recorder_library.recorder_watch_pcs(self._recorder, array, len(wanted))

    def watch_writes(self, low: int, high: int) -> None:
        """Makes the runs that follow stop after an instruction that wrote into [low, high); an empty range: no more."""
        if not self._recorder_library.recorder_watch_writes(self._recorder, low, high):
            raise EngineError(f"the emulator refused to watch the bytes from {low:#x} to {high:#x}")

    @property
    def step(self) -> int:
        """Instructions executed so far."""
        return int(self._recorder_library.recorder_step(self._recorder)) if self._recorder else 0

    @property
    def known_blocks(self) -> int:
        """Blocks of code that have been recorded block by block so far."""
        return int(self._recorder_library.recorder_known_blocks(self._recorder))

    # ---- what the recorder knows ----

    @property
    def rows(self) -> ctypes.Array[native.Row]:
        """The call log's rows so far."""
        log = self._recorder_library.recorder_log(self._recorder).contents
        address = ctypes.cast(log.rows, ctypes.c_void_p).value or 0
        rows: ctypes.Array[native.Row] = (native.Row * log.length).from_address(address)
        return rows

    def entry_numbers(self) -> dict[int, list[int]]:
        """For every address at which an instruction has run, the instruction's numbers."""
        count = ctypes.c_size_t()
        address = self._recorder_library.recorder_instructions(self._recorder, ctypes.byref(count))
        data = ctypes.string_at(address, count.value * ctypes.sizeof(native.Instruction))
        numbers: dict[int, list[int]] = {}
        for number, (pc,) in enumerate(struct.iter_unpack(f"<Q{ctypes.sizeof(native.Instruction) - 8}x", data)):
            if number:
                numbers.setdefault(pc, []).append(number)
        return numbers

    def rows_of(self, numbers: Iterable[int]) -> list[int]:
        """The rows of the call log whose first instruction has one of these numbers, in order of time."""
        wanted = self._wanted(numbers)
        count = self._recorder_library.recorder_rows_of(self._recorder, wanted, None, 0)
        rows = (ctypes.c_uint32 * max(count, 1))()
        self._recorder_library.recorder_rows_of(self._recorder, wanted, rows, count)
        found: list[int] = rows[:count]
        return found

    def deepest_row(self, numbers: Iterable[int] | None) -> int | None:
        """The first row, among those that `rows_of` gives (among all if None), in whose own frame SP got lowest."""
        wanted = None if numbers is None else self._wanted(numbers)
        row = int(self._recorder_library.recorder_deepest(self._recorder, wanted))
        return None if row == native.NO_ROW else row

    def row_entered_by_return(self, start: int) -> int | None:
        """The first row from `start` on that a return instruction entered, and no call."""
        row = int(self._recorder_library.recorder_entered_by_return(self._recorder, start))
        return None if row == native.NO_ROW else row

    def _wanted(self, numbers: Iterable[int]) -> bytes:
        count = ctypes.c_size_t()
        self._recorder_library.recorder_instructions(self._recorder, ctypes.byref(count))
        wanted = bytearray(count.value)
        for number in numbers:
            wanted[number] = 1
        return bytes(wanted)

    def instruction_pc(self, number: int) -> int:
        """The address of the instruction with that number."""
        if number not in self._pcs:
            self._pcs[number] = int(self._recorder_library.recorder_instruction(self._recorder, number).contents.pc)
        return self._pcs[number]

    def is_return(self, number: int) -> bool:
        """Whether the instruction with that number is a return."""
        kind = self._recorder_library.recorder_instruction(self._recorder, number).contents.kind
        return bool(number) and kind == _RETURN

    def shadow_frames(self) -> ctypes.Array[native.ShadowFrame]:
        """The shadow stack, outermost first, as a copy."""
        depth = ctypes.c_size_t()
        frames = self._recorder_library.recorder_shadow(self._recorder, ctypes.byref(depth))
        copy = (native.ShadowFrame * depth.value)()
        ctypes.memmove(copy, frames, ctypes.sizeof(copy))
        return copy

    def writers(self, low: int, high: int) -> Sequence[int]:
        """For each byte of [low, high), which must be in the stack: step << 24 | instruction number, 0 if unwritten."""
        at = self._writers_address() + 8 * (low - self._stack[0])
        return memoryview(ctypes.string_at(at, 8 * (high - low))).cast("Q")

    def put_writers(self, low: int, data: bytes) -> None:
        """Puts back what `writer_bytes` gave."""
        ctypes.memmove(self._writers_address() + 8 * (low - self._stack[0]), data, len(data))

    def writer_bytes(self, low: int, high: int) -> bytes:
        """The writers of [low, high) as they lie in memory."""
        return ctypes.string_at(self._writers_address() + 8 * (low - self._stack[0]), 8 * (high - low))

    def _writers_address(self) -> int:
        pointer = self._recorder_library.recorder_writers(self._recorder)
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0

    @property
    def stack(self) -> tuple[int, int]:
        """The range whose writers are kept."""
        return self._stack

    @property
    def lowest_written(self) -> int:
        """No byte of the stack under this address was ever written."""
        return int(self._recorder_library.recorder_lowest_written(self._recorder))

    @property
    def tracked_stack_pointer(self) -> int:
        """SP as the recorder follows it; equal to the register's value whenever the engine stands still."""
        return int(self._recorder_library.recorder_stack_pointer(self._recorder))

    # ---- state ----

    def save(self) -> EngineState:
        """CPU and recorder, without memory."""
        context = _Context(self._uc)  # type: ignore[arg-type]
        native.check(self._unicorn.uc_context_save(self._uc, context.handle), "save the CPU's state")
        state = native.State()
        self._recorder_library.recorder_save(self._recorder, ctypes.byref(state))
        return EngineState(context, state, bytes(self.shadow_frames()))

    def restore(self, state: EngineState) -> None:
        """Puts CPU and recorder back; memory is the caller's."""
        native.check(self._unicorn.uc_context_restore(self._uc, state.context.handle), "restore the CPU's state")
        frames = (native.ShadowFrame * state.recorder.depth).from_buffer_copy(state.frames)
        if not self._recorder_library.recorder_restore(self._recorder, ctypes.byref(state.recorder), frames):
            raise EngineError("no memory left for the shadow stack")

    def forget_code(self, low: int, high: int) -> None:
        """The code bytes in [low, high) changed behind the engine's back."""
        self._recorder_library.recorder_forget_code(self._recorder, low, high)
        self._unicorn.uc_ctl(self._uc, _TB_FLUSH)

    def flush_log(self) -> None:
        """Completes the call log's rows of the activations that still run, at the end of a recording."""
        self._recorder_library.recorder_flush_log(self._recorder)


class _BatchReader:
    """Reads all of an ISA's registers in one call."""

    def __init__(self, unicorn: ctypes.CDLL, handle: ctypes.c_void_p, isa: Isa) -> None:
        shown = [register for register in isa.registers if register.engine >= 0]
        count = len(shown)
        self._values = (ctypes.c_uint64 * (2 * count))()
        self._numbers = (ctypes.c_int * count)(*(register.engine for register in shown))
        base = ctypes.addressof(self._values)
        self._places = (ctypes.c_void_p * count)(*(base + 16 * i for i in range(count)))
        self._unicorn, self._handle = unicorn, handle
        self._words = memoryview(self._values).cast("B").cast("Q")
        self._rows = [(register.name, 2 * at, (1 << register.bits) - 1) for at, register in enumerate(shown)]

    def __call__(self) -> dict[str, int]:
        ctypes.memset(self._values, 0, ctypes.sizeof(self._values))
        error = self._unicorn.uc_reg_read_batch(self._handle, self._numbers, self._places, len(self._rows))
        native.check(error, "read the registers")
        words = self._words.tolist()
        return {name: (words[at] | words[at + 1] << 64) & mask for name, at, mask in self._rows}


def _close(unicorn: ctypes.CDLL, recorder: ctypes.CDLL, uc: ctypes.c_void_p, handle: int) -> None:
    recorder.recorder_deinit(handle)
    unicorn.uc_close(uc)
