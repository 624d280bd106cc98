"""Words for what a program of the textbook machine did wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.isa.textbook_code import COMPARISONS, FLOAT, WIDE
from stackglass.model import FaultKind
from stackglass.stack import numbers
from stackglass.textbook.instructions import Instruction, Operand
from stackglass.textbook.memory import TOP
from stackglass.textbook.program import CODE, Function
from stackglass.textbook.scope import FrameVariable, Variable
from stackglass.textbook.state import ONE_STEP
from stackglass.textbook.traps import Trap
from stackglass.textbook.types import BOOL, CHAR, Floating, Integer

if TYPE_CHECKING:
    from stackglass.textbook.calling import Calling
    from stackglass.textbook.machine import Machine

_NARROW = {"MOVEB": 1, "MOVEUB": 1, "MOVEH": 2, "MOVEUH": 2}


def trap_of(machine: Machine, error: Exception) -> Trap:
    """The trap of an instruction at which Python gave up: a division by zero, or memory that isn't there."""
    if isinstance(error, ZeroDivisionError):
        return Trap(FaultKind.DIVISION_ERROR, "a division by zero")
    one = machine.program.by_address.get(machine.pc)
    found: tuple[int, bool] | None = None
    match error.args:
        case (int(missing), bool(write)):
            found = missing, write
        case _ if one is not None:
            found = _unmapped(machine, one)
    if found is None:
        return Trap(FaultKind.UNMAPPED_READ, "memory that is not there")
    return _words(machine, *found)


def _unmapped(machine: Machine, one: Instruction) -> tuple[int, bool] | None:
    """(address, whether to be written) of the operand whose memory is not there."""
    size = _NARROW.get(one.op, 8 if one.op in WIDE - FLOAT else 4)
    for operand, write in ((one.source, False), (one.destination, one.op not in COMPARISONS)):
        if operand is None or operand.kind not in "ma":
            continue
        address = _address(machine, operand)
        for writes in (False, write):
            try:
                machine.memory.check(address, size, write=writes)
            except IndexError as error:
                missing: int = error.args[0]
                return missing, writes or (write and one.op.startswith("MOVE"))
    return None


def _address(machine: Machine, operand: Operand) -> int:
    base = int(machine.register(operand.register)) if operand.kind == "m" else 0
    return (base + int(operand.number)) % TOP


def _words(machine: Machine, address: int, write: bool) -> Trap:
    memory = machine.memory
    doing = "writing to" if write else "reading"
    if address < CODE:
        return _near_zero(machine, address, write=write)
    if memory.code_start <= address < memory.data_start and write:
        return Trap(
            FaultKind.READ_ONLY_WRITE, f"writing to address {address:#x}, where code and constants are", address
        )
    if _is_overflow(machine, address):
        words = (
            f"the stack has grown to all of its {memory.stack_size:,} bytes: below is the memory that is kept for the "
            f"heap (address {address:#x})"
        )
        return Trap(FaultKind.STACK_OVERFLOW, words, address)
    kind = FaultKind.UNMAPPED_WRITE if write else FaultKind.UNMAPPED_READ
    return Trap(kind, f"{doing} address {address:#x}, where no memory is", address)


def _near_zero(machine: Machine, address: int, *, write: bool) -> Trap:
    """Addresses near 0 are reached by null pointers, and from the stack's top, where addresses wrap."""
    doing = "writing to" if write else "reading"
    kind = FaultKind.UNMAPPED_WRITE if write else FaultKind.UNMAPPED_READ
    base = _base(machine, address)
    before = _before_addition(machine) if base is not None else None
    is_from_the_stack = any(one is not None and one >= machine.memory.bottom for one in (before, base))
    if is_from_the_stack or (write and _has_just_written_the_top(machine, address)):
        words = f"{doing} address {TOP + address:#x}, where no memory is: it ran off the top of the stack"
        return Trap(kind, words, TOP + address)
    if 0 in (before, base) or (base is None and not address):
        return Trap(FaultKind.NULL_POINTER, f"a null pointer: {doing} address {address:#x}", address)
    how = "a null pointer plus an offset, or an address that ran over the top of the stack"
    return Trap(kind, f"{doing} address {address:#x}, where no memory is: {how}", address)


def _has_just_written_the_top(machine: Machine, address: int) -> bool:
    """Whether the instruction has written what lies below there on the stack just before: a loop comes by."""
    writer = machine.memory.writer(TOP - 1)
    return address < 8 and bool(writer) and writer % ONE_STEP == machine.pc


def _base(machine: Machine, address: int) -> int | None:
    """What the register of the operand that leads to an address holds; None where no operand does."""
    one = machine.program.by_address.get(machine.pc)
    for operand in (one.source, one.destination) if one is not None else ():
        if operand is not None and operand.kind in "ma" and 0 <= address - _address(machine, operand) < 8:
            return int(machine.register(operand.register)) % TOP if operand.kind == "m" else 0
    return None


def _before_addition(machine: Machine) -> int | None:
    """The address that the instruction's pointer was before something was added to it: by the instruction before, or
    where the variable was written that the instruction before has read. None where neither tells."""
    one, before = machine.program.by_address[machine.pc], machine.program.before.get(machine.pc)
    used = [operand.register for operand in (one.source, one.destination) if operand and operand.kind == "m"]
    if before is None or before.destination is None or before.destination.kind != "r" or _is_jumped_to(machine):
        return None
    register = before.destination.register
    if register not in used:
        return None
    pointer = int(machine.register(register))
    source = before.source
    if before.op == "ADD":
        return _less(pointer, _value(machine, source))
    if before.op != "MOVE" or source is None or source.kind not in "ma" or source.register == register:
        return None
    writer = machine.program.by_address.get(machine.memory.writer(_address(machine, source)) % ONE_STEP)
    if writer is not None and writer.op == "MOVE" and writer.source is not None and writer.source.kind == "r":
        computed = machine.program.before.get(writer.address)
        writer = computed if computed is not None and computed.destination == writer.source else None
    if writer is None or writer.source is None:
        return None
    if writer.op == "ADDR" and writer.source.kind == "m":
        return _less(pointer, int(writer.source.number))
    is_fixed = writer.op == "ADD" and writer.source.kind == "#"
    return _less(pointer, _value(machine, writer.source)) if is_fixed else None


def _less(pointer: int, added: int | None) -> int | None:
    return (pointer - added) % TOP if added is not None else None


def _is_jumped_to(machine: Machine) -> bool:
    """Whether what was executed before the instruction may be another one than that which stands before it."""
    function = machine.program.function_at(machine.pc)
    return function is not None and any(one.target_address == machine.pc for one in function.instructions)


def _value(machine: Machine, operand: Operand | None) -> int | None:
    """What a constant, or a register that nothing has changed since, is worth."""
    if operand is None:
        return None
    if operand.kind == "#" and operand.symbol is None:
        return int(operand.number)
    return int(machine.register(operand.register)) if operand.kind == "r" else None


def _is_overflow(machine: Machine, address: int) -> bool:
    stack_pointer = machine.stack_pointer
    return (
        address < machine.memory.bottom <= address + (1 << 20)
        and stack_pointer - 4096 <= address + (1 << 20)
        and (stack_pointer < machine.memory.bottom + 4096 or address >= stack_pointer)
    )


def recursion(calls: Calling, function: Function) -> Trap:
    """A call of a function whose only frame is in use."""
    assert function.code is not None
    frame = function.code.frame.address
    back = int.from_bytes(calls.memory.read_bytes(frame, 4), "little")
    declared = (*function.code.parameters, *function.code.block.variables)
    # A static local lies elsewhere, and keeps its value.
    variables = [one for one in declared if one.name and isinstance(one.storage, FrameVariable)]
    values = ", ".join(_shown(calls, one) for one in variables if one.type.is_scalar)
    others = ", ".join(one.name for one in variables if not one.type.is_scalar)
    lost = [f"the values {values}"] * bool(values) + [f"what is in {others}"] * bool(others)
    whose = ""
    if function.is_library:
        lost, whose = [], ", a function of the library that is written in C,"  # its variables are its own affair
    words = (
        f"{function.name}{whose} is called while its only frame, at {frame:#x}, is still in use: "
        f"{' and '.join([f'its return address {_place(calls, back)}', *lost])} would be lost "
        "(--allow-recursion goes ahead)"
    )
    return Trap(FaultKind.TRAP, words, frame)


def lost_return(calls: Calling, return_address: int, times: int) -> Trap:
    """Control returns again and again to where no call in progress was made: a function was called while its one frame
    was in use, and the return address that was there is lost."""
    words = f"stopped in an endless loop: {times:,} returns went to {_place(calls, return_address)}"
    call = calls.program.before.get(return_address)
    lost = _lost_frame(calls, call.target_address if call is not None else None) or _lost_frame(calls, None)
    if lost is None:
        return Trap(FaultKind.BUDGET, words)
    how, frame = _how_lost(calls, *lost)
    return Trap(FaultKind.BUDGET, f"{words}. {how}", frame)


def lost_recursion(calls: Calling, function: Function, depth: int) -> Trap | None:
    """Calls get deeper and deeper, and none of them could get back: the return address of the first is lost. None where
    none is."""
    lost = _lost_frame(calls, function.low)
    if lost is None:
        return None
    how, frame = _how_lost(calls, *lost)
    words = f"stopped in an endless recursion: {depth:,} calls are in progress as {function.name} is called again"
    return Trap(FaultKind.BUDGET, f"{words}. {how}", frame)


def _how_lost(calls: Calling, row: int, before: int) -> tuple[str, int]:
    """In words; and the frame's address."""
    function = calls.program.by_entry[calls.rows.entry(row)]
    assert function.code is not None
    frame = function.code.frame.address
    words = (
        f"At step {calls.rows.step(row):,} {function.name} was called while its only frame, at {frame:#x}, was in "
        f"use: the return address there, {_place(calls, calls.rows.back(before))}, was lost"
    )
    return words, frame


def _lost_frame(calls: Calling, entry: int | None) -> tuple[int, int] | None:
    """The first call of a function (of the one at `entry`) that was in progress already, with another return address:
    the rows of both calls."""
    rows = calls.rows
    for row in range(rows.count):
        if entry is not None and rows.entry(row) != entry:
            continue
        before = rows.parent(row)
        while before >= 0 and rows.entry(before) != rows.entry(row):
            before = rows.parent(before)
        if before >= 0 and rows.back(before) != rows.back(row):
            return row, before
    return None


def _place(calls: Calling, address: int) -> str:
    function = calls.program.function_at(address)
    return f"{address:#x} in {function.name}" if function is not None else f"{address:#x}"


def _shown(calls: Calling, variable: Variable) -> str:
    """'x = 3', as pictures write it."""
    storage, type_ = variable.storage, variable.type
    assert isinstance(storage, FrameVariable)
    address = storage.owner.frame.address + storage.offset  # type: ignore[attr-defined]
    data = calls.memory.read_bytes(address, max(type_.size, 1))
    match type_:
        case Integer():
            number = int.from_bytes(data, "little", signed=type_.signed)
            return f"{variable.name} = {_integer(type_, number)}"
        case Floating():
            return f"{variable.name} = {numbers.floating(data, 'little')}"
        case _:
            return f"{variable.name} = {int.from_bytes(data, 'little'):#x}"


def _integer(type_: Integer, number: int) -> str:
    if type_.enumerators:
        return numbers.enumerator(number, type_.enumerators)
    if type_ == BOOL:
        return {0: "false", 1: "true"}.get(number, str(number))
    return numbers.character(number & 0xFF) if type_ == CHAR else str(number)
