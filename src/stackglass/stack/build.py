"""From a moment of a process to its snapshot."""

from __future__ import annotations

from stackglass.debuginfo.target import Target
from stackglass.debuginfo.types import Type
from stackglass.isa import Isa
from stackglass.model import DeadRun, Location, Pointee, Snapshot
from stackglass.stack.code import disassembly, readable
from stackglass.stack.dead_runs import DeadRuns
from stackglass.stack.facts import Facts
from stackglass.stack.frames import Frames
from stackglass.stack.sources import Moment

_LONGEST_INSTRUCTION = 20
_SHOWN_REGISTERS = frozenset(("general", "pc", "flags"))


def pointee(moment: Moment, target: Target, address: int, type_: Type | None) -> Pointee | None:
    """What a pointer to `type_` with this value leads to at a moment."""
    return Frames(moment, facts_of(target)).pointees.find(address, type_)


def snapshot(moment: Moment, target: Target) -> Snapshot:
    """The snapshot of a moment. Its frames are decoded when they are asked for, from the moment's memory."""
    facts = facts_of(target)
    isa, registers = facts.isa, moment.registers
    frame_pointer = isa.frame_pointer_with(registers)
    frames = Frames(moment, facts)
    dead: DeadRuns | tuple[DeadRun, ...] = DeadRuns(frames.layouts) if len(frames) else ()
    pc = registers[isa.pc]
    return Snapshot(
        program=moment.program,
        isa=isa.name,
        step=moment.step,
        pc=pc,
        location=_location(moment, facts, pc),
        registers=_shown_registers(moment, isa),
        stack_pointer=(isa.stack_pointer, registers[isa.stack_pointer]),
        frame_pointer=(frame_pointer, registers[frame_pointer]) if frame_pointer in registers else None,
        word_size=isa.word_size,
        frames=frames,
        process_start=moment.process_start,
        below_sp=dead,
        regions=moment.regions,
        fault=moment.fault,
        linked_frames=frames.layouts.lie_apart,
        fixed_frames=moment.fixed_frames,
        kept_records=frames.kept,
        last_step=moment.last_step,
    )


def facts_of(target: Target) -> Facts:
    """What is known of the target's code; kept as long as the target is."""
    return target.derived(Facts)


def _shown_registers(moment: Moment, isa: Isa) -> dict[str, int]:
    return {
        register.name: moment.registers[register.name]
        for register in isa.registers
        if register.kind in _SHOWN_REGISTERS and register.name in moment.registers
    }


def _location(moment: Moment, facts: Facts, pc: int) -> Location:
    position = facts.position(pc)
    return Location(position.function, position.file, position.line, _instruction(moment, facts.isa, pc))


def _instruction(moment: Moment, isa: Isa, pc: int) -> str | None:
    """The instruction at `pc`; fewer bytes are read where memory ends right behind it."""
    code = readable(moment.read_memory, pc, _LONGEST_INSTRUCTION)
    other_encoding = isa.in_other_encoding(moment.registers)
    return disassembly(isa, pc, code, other_encoding=other_encoding) if code else None
