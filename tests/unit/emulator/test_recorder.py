"""The native recorder against the slow reference, and against itself when it goes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from unicorn import Uc

from stackglass import isa as isas
from stackglass.emulator.engine import Engine, StopInfo
from stackglass.emulator.native import library as native
from stackglass.model import AddressRange, RegionKind
from tests import freestanding
from tests.reference_recorder import Call, ReferenceRecorder

COMPILED = [("compiled.c", "-O0"), ("compiled.c", "-O2"), ("compiled.c", "-O1", "-fomit-frame-pointer")]
THUMB = ("-mthumb", "-march=armv7-a", "-mfloat-abi=soft")
PROGRAMS = [
    ("x86_64", "moves.S"),
    *(("x86_64", *flags) for flags in COMPILED),
    *((isa, *flags) for isa in isas.emulated() if isa != "x86_64" for flags in COMPILED[1:]),
    *(("arm", *flags, *THUMB) for flags in COMPILED[:2]),
    ("powerpc", "compiled.c", "-Os"),
    ("riscv64", "compiled.c", "-Os", "-msave-restore"),
]
NEVER = 1 << 60
ONE_BY_ONE = (1 << 64) - 1
LONGEST_GROUP = 4
"""Instructions of an IT block, which the engine goes through in one go."""
_DESCRIPTORS = (243, 11, 17, 28, 49)
"""i386's segments, which the reference does without."""


@pytest.fixture(scope="module", params=PROGRAMS, ids=" ".join)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    isa, source, *flags = request.param
    return freestanding.build(source, tmp_path_factory.mktemp("elf"), *flags, isa=isas.get(isa))


@pytest.fixture(params=[ONE_BY_ONE, 1, 40], ids=["one by one", "in blocks", "by turns"])
def record(request: pytest.FixtureRequest) -> Callable[[bytes], Engine]:
    """Gives an engine that records, in either of the recorder's modes."""
    return lambda elf: freestanding.recorded(elf, request.param)


Record = Callable[[bytes], Engine]


def to_the_end(engine: Engine, *, exactly: bool = True) -> StopInfo:
    """Runs to the last system call, answering what the kernel side would answer."""
    while (stop := engine.run(NEVER, exactly=exactly)).reason == native.STOP_EMULATED:
        engine.write(engine.isa.pc, stop.next_pc)
    return stop


def run_or_answer(engine: Engine, goal: int, *, exactly: bool = True) -> bool:
    """Runs to a step, or to an instruction that has to be answered, and answers that; False at the end."""
    stop = engine.run(goal, stop_here=True, exactly=exactly)
    if stop.reason == native.STOP_EMULATED:
        engine.write(engine.isa.pc, stop.next_pc)
    return stop.reason in (native.STOP_STEP, native.STOP_EMULATED)


@pytest.fixture(scope="module")
def slow(elf: bytes) -> ReferenceRecorder:
    """The reference, at the end of the program."""
    engine = freestanding.put(elf)
    isa = engine.isa
    uc = Uc(isa.engine_arch, isa.engine_mode)
    for mapping in engine.memory.mappings:
        uc.mem_map(mapping.start, mapping.size)
        uc.mem_write(mapping.start, engine.memory.read(mapping.start, mapping.size))
    for number, value in isa.engine_setup:
        if number not in _DESCRIPTORS:
            uc.reg_write(number, value)
    uc.reg_write(isa.register(isa.stack_pointer).engine, engine.read(isa.stack_pointer))
    functions = freestanding.functions_of(elf)
    recorder = ReferenceRecorder(uc, isa, functions, AddressRange(*freestanding.stack_of(isa)))
    other = isa.other_encoding
    in_other = other is not None and engine.read(other.register) & other.flag
    uc.emu_start(engine.read(isa.pc) | (other.address_bit if other and in_other else 0), 0)
    return recorder


def rows(engine: Engine) -> list[tuple[object, ...]]:
    engine.flush_log()
    return [
        (
            row.call_step,
            row.return_step,
            row.cfa,
            row.return_address,
            engine.instruction_pc(row.site) if row.site else None,
            engine.instruction_pc(row.entry),
            None if row.parent == native.NO_ROW else row.parent,
            None if row.tail_of == native.NO_ROW else row.tail_of,
            row.depth,
            native.LEFT_BY[row.left_by],
            row.kept_bytes,
            row.cfa - row.frame_bytes,
            row.cfa - row.peak_bytes,
        )
        for row in engine.rows
    ]


def expected(call: Call) -> tuple[object, ...]:
    return (
        call.call_step,
        call.return_step,
        call.cfa,
        call.return_address,
        call.site,
        call.entry,
        call.parent,
        call.tail_of,
        call.depth,
        call.left_by,
        call.kept,
        min(call.own_sps),
        min(call.peak_sps),
    )


@pytest.mark.parametrize("exactly", [True, False])
def test_calls_agree_with_the_reference(elf: bytes, slow: ReferenceRecorder, record: Record, exactly: bool) -> None:
    engine = record(elf)
    stop = to_the_end(engine, exactly=exactly)
    assert stop.reason == native.STOP_SYSTEM_CALL
    assert engine.step == slow.step
    assert rows(engine) == [expected(call) for call in slow.calls]
    assert [frame.row for frame in engine.shadow_frames()] == slow.shadow


def test_last_writers_agree_with_the_reference_to_the_byte(elf: bytes, slow: ReferenceRecorder, record: Record) -> None:
    engine = record(elf)
    to_the_end(engine)
    low, high = engine.stack
    found = {
        low + at: (word >> 24, engine.instruction_pc(word & 0xFFFFFF))
        for at, word in enumerate(engine.writers(low, high))
        if word
    }
    assert found == {address: writer for address, writer in slow.writers.items() if low <= address < high}
    assert engine.lowest_written == min(found)


def test_block_mode_is_used_where_it_may_be(elf: bytes) -> None:
    blocks, one_by_one = freestanding.recorded(elf, 1), freestanding.recorded(elf, ONE_BY_ONE)
    to_the_end(blocks)
    to_the_end(one_by_one)
    assert blocks.known_blocks > 5
    assert one_by_one.known_blocks == 0


@pytest.mark.parametrize("stride", [1, 33])
def test_sp_is_followed_at_every_step(elf: bytes, record: Record, stride: int) -> None:
    engine = record(elf)
    while run_or_answer(engine, engine.step + stride):
        assert engine.tracked_stack_pointer == engine.read(engine.isa.stack_pointer), engine.step


@pytest.mark.parametrize("exactly", [True, False])
@pytest.mark.parametrize("stride", [7, 101])
def test_stopping_changes_nothing(elf: bytes, record: Record, stride: int, exactly: bool) -> None:
    straight, halting = freestanding.recorded(elf, ONE_BY_ONE), record(elf)
    to_the_end(straight)
    while run_or_answer(halting, goal := halting.step + stride, exactly=exactly):
        assert not exactly or halting.step <= goal + LONGEST_GROUP
    assert rows(halting) == rows(straight)
    assert halting.writer_bytes(*halting.stack) == straight.writer_bytes(*straight.stack)


def test_arrivals_are_counted_and_here_only_if_asked(elf: bytes) -> None:
    engine = freestanding.recorded(elf)
    pcs = {}  # by step: the engine goes through an IT block in one go
    while run_or_answer(engine, engine.step + 1):
        pcs[engine.step] = engine.read(engine.isa.pc)
    wanted = Counter(pcs.values()).most_common(1)[0][0]
    again = freestanding.recorded(elf)
    again.watch_pcs([wanted])
    arrivals = []
    while to_the_end(again).reason == native.STOP_ARRIVAL:
        arrivals.append(again.step)
        assert again.run(NEVER, stop_here=True).reason == native.STOP_ARRIVAL
        assert again.step == arrivals[-1]
    assert arrivals == [step for step, pc in pcs.items() if pc == wanted]


def test_a_write_watch_stops_behind_the_instruction_that_wrote(elf: bytes) -> None:
    engine = freestanding.recorded(elf)
    to_the_end(engine)
    address = engine.lowest_written
    last_writer = engine.writers(address, address + 1)[0] >> 24
    again = freestanding.recorded(elf)
    again.watch_writes(address, address + 1)
    steps = []
    while to_the_end(again).reason == native.STOP_WRITE:
        steps.append(again.step - 1)
    assert steps[-1] == last_writer


def test_a_saved_state_goes_on_as_the_run_did(elf: bytes, record: Record) -> None:
    engine = record(elf)
    engine.run(300)
    assert engine.step == 300
    state = engine.save()
    memory = [(mapping, bytes(mapping.block.host)) for mapping in engine.memory.mappings]
    writers = engine.writer_bytes(*engine.stack)
    to_the_end(engine)
    once = rows(engine), engine.step, engine.registers(), engine.writer_bytes(*engine.stack)
    for mapping, content in memory:
        engine.memory.poke(mapping.start, content)
    engine.put_writers(engine.stack[0], writers)
    engine.restore(state)
    assert engine.step == 300
    to_the_end(engine)
    assert (rows(engine), engine.step, engine.registers(), engine.writer_bytes(*engine.stack)) == once


def test_code_that_is_rewritten_is_decoded_anew() -> None:
    engine = Engine(freestanding.ISA)
    engine.memory.map(0x10000, 0x1000, "rwx", kind=RegionKind.TEXT, name=None)
    # call f; movb $0xc3, f(%rip); call f; syscall; and f, which is nop; ret before, and ret at once after.
    engine.memory.write(0x10000, bytes.fromhex("e80e000000 c60507000000c3 e802000000 0f05 90c3"))
    engine.memory.map(0x70000, 0x10000, "rw-", kind=RegionKind.STACK, name=None)
    engine.write("rsp", 0x7FF00)
    engine.write("rip", 0x10000)
    engine.attach_recorder(0x70000, 0x80000)
    engine.start()
    stop = engine.run(1000)
    assert stop.reason == native.STOP_SYSTEM_CALL
    assert [native.LEFT_BY[row.left_by] for row in engine.rows] == ["end", "return", "return"]
    assert engine.rows[1].return_step - engine.rows[1].call_step == 3
    assert engine.rows[2].return_step - engine.rows[2].call_step == 2


FAULTS = {
    1: "a null pointer",
    2: "a division",
    3: "a jump to nowhere",
    4: "no instruction",
    5: "a breakpoint",
    6: "a store to code",
    7: "a repeated store",
    8: "a push into nothing",
    9: "a halt",
}


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.values())
@pytest.mark.parametrize("learning", [1, 60])
def test_a_fault_is_the_same_in_both_modes(fault: int, learning: int, tmp_path: Path) -> None:
    elf = freestanding.build("faults.S", tmp_path, f"-DFAULT={fault}")
    one_by_one, blocks = freestanding.recorded(elf, ONE_BY_ONE), freestanding.recorded(elf, learning)
    stop = one_by_one.run(NEVER)
    assert blocks.run(NEVER) == stop
    assert stop.reason == native.STOP_FAULT
    assert blocks.known_blocks > 2
    assert blocks.step == one_by_one.step > 500
    assert blocks.registers() == one_by_one.registers()
    assert blocks.tracked_stack_pointer == one_by_one.tracked_stack_pointer
    assert rows(blocks) == rows(one_by_one)
    assert blocks.writer_bytes(*blocks.stack) == one_by_one.writer_bytes(*one_by_one.stack)
