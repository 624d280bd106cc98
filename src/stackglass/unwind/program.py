"""The interpreter of call-frame instructions: an FDE's program in, its rows out (DWARF 5, 6.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stackglass.isa.table import FrameInstruction
from stackglass.unwind.entries import Cie, Fde
from stackglass.unwind.reader import Cursor, Section
from stackglass.unwind.rules import (
    SAME_VALUE,
    UNDEFINED,
    CfaExpression,
    CfaRule,
    InRegister,
    IsCfaPlus,
    IsExpression,
    RegisterOffset,
    RegisterRule,
    Row,
    SavedAt,
    SavedAtExpression,
)


@dataclass(slots=True)
class _State:
    """The rules as they stand while a program runs. `location` is the run-time address that the next row begins at."""

    cie: Cie
    location: int
    cfa: CfaRule | None = None
    registers: dict[int, RegisterRule] = field(default_factory=dict)
    args_size: int = 0
    initial: dict[int, RegisterRule] = field(default_factory=dict)
    return_signed: bool = False
    remembered: list[tuple[CfaRule | None, dict[int, RegisterRule], int, bool]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def move_to(self, cursor: Cursor, location: int) -> None:
        """Ends the row at `location`; an empty one is left out."""
        if location < self.location:
            raise cursor.bad("goes back in its addresses")
        if location > self.location:
            registers = dict(self.registers)
            self.rows.append(
                Row(self.location, location, self.cfa, registers, self.args_size, return_signed=self.return_signed)
            )
            self.location = location


def rows_of(section: Section, fde: Fde, own: Mapping[int, FrameInstruction] | None = None) -> tuple[Row, ...]:
    """The rows that tile [fde.start, fde.end). BadDebugInfo if the program can't be read.

    `own`: what the instruction set's own instructions do (`Isa.frame_instructions`).
    """
    state, known = _State(fde.cie, fde.start), _known(own or {})
    _run(section.cursor(*fde.cie.program), state, known)
    if state.rows:
        raise section.cursor(fde.cie.offset).bad("moves in its initial instructions")
    state.initial = dict(state.registers)
    last = section.cursor(*fde.program)
    _run(last, state, known)
    if state.location < fde.end:
        state.move_to(last, fde.end)
    return tuple(row._replace(end=min(row.end, fde.end)) for row in state.rows if row.start < fde.end)


def _known(own: Mapping[int, FrameInstruction]) -> Mapping[int, Callable[[Cursor, _State], None]]:
    return {**_INSTRUCTIONS, **{opcode: _OWN[what] for opcode, what in own.items()}} if own else _INSTRUCTIONS


def _run(cursor: Cursor, state: _State, known: Mapping[int, Callable[[Cursor, _State], None]]) -> None:
    while not cursor.at_end:
        opcode = cursor.byte()
        packed = _PACKED.get(opcode & 0xC0)
        if packed is not None:
            packed(cursor, state, opcode & 0x3F)
            continue
        instruction = known.get(opcode)
        if instruction is None:
            raise cursor.bad(f"has an instruction that is not known, {opcode:#x}")
        instruction(cursor, state)


def _advance(cursor: Cursor, state: _State, delta: int) -> None:
    state.move_to(cursor, state.location + delta * state.cie.code_factor)


def _advance_by(size: int) -> Callable[[Cursor, _State], None]:
    return lambda cursor, state: _advance(cursor, state, cursor.unsigned(size))


def _offset(cursor: Cursor, state: _State, register: int) -> None:
    state.registers[register] = SavedAt(cursor.uleb() * state.cie.data_factor)


def _restore(cursor: Cursor, state: _State, register: int) -> None:
    if register in state.initial:
        state.registers[register] = state.initial[register]
    else:
        state.registers.pop(register, None)


def _set_location(cursor: Cursor, state: _State) -> None:
    state.move_to(cursor, cursor.pointer(state.cie.pointer_encoding))


def _offset_extended(cursor: Cursor, state: _State) -> None:
    _offset(cursor, state, cursor.uleb())


def _restore_extended(cursor: Cursor, state: _State) -> None:
    _restore(cursor, state, cursor.uleb())


def _undefined(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = UNDEFINED


def _same_value(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = SAME_VALUE


def _register(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = InRegister(cursor.uleb())


def _remember_state(cursor: Cursor, state: _State) -> None:
    state.remembered.append((state.cfa, dict(state.registers), state.args_size, state.return_signed))


def _restore_state(cursor: Cursor, state: _State) -> None:
    if not state.remembered:
        raise cursor.bad("restores a state that it didn't remember")
    state.cfa, state.registers, state.args_size, state.return_signed = state.remembered.pop()


def _def_cfa(cursor: Cursor, state: _State) -> None:
    state.cfa = RegisterOffset(cursor.uleb(), cursor.uleb())


def _def_cfa_sf(cursor: Cursor, state: _State) -> None:
    state.cfa = RegisterOffset(cursor.uleb(), cursor.sleb() * state.cie.data_factor)


def _def_cfa_register(cursor: Cursor, state: _State) -> None:
    """Where no rule came before, the offset is 0: so GNU as begins RISC-V's CIEs, and so its readers take it."""
    offset = 0 if state.cfa is None else _register_rule(cursor, state).offset
    state.cfa = RegisterOffset(cursor.uleb(), offset)


def _def_cfa_offset(cursor: Cursor, state: _State) -> None:
    state.cfa = RegisterOffset(_register_rule(cursor, state).register, cursor.uleb())


def _def_cfa_offset_sf(cursor: Cursor, state: _State) -> None:
    state.cfa = RegisterOffset(_register_rule(cursor, state).register, cursor.sleb() * state.cie.data_factor)


def _register_rule(cursor: Cursor, state: _State) -> RegisterOffset:
    if not isinstance(state.cfa, RegisterOffset):
        raise cursor.bad("changes a part of a CFA rule that has no such part")
    return state.cfa


def _def_cfa_expression(cursor: Cursor, state: _State) -> None:
    state.cfa = CfaExpression(cursor.block())


def _expression(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = SavedAtExpression(cursor.block())


def _val_expression(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = IsExpression(cursor.block())


def _offset_extended_sf(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = SavedAt(cursor.sleb() * state.cie.data_factor)


def _val_offset(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = IsCfaPlus(cursor.uleb() * state.cie.data_factor)


def _val_offset_sf(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = IsCfaPlus(cursor.sleb() * state.cie.data_factor)


def _gnu_args_size(cursor: Cursor, state: _State) -> None:
    state.args_size = cursor.uleb()


def _gnu_negative_offset_extended(cursor: Cursor, state: _State) -> None:
    register = cursor.uleb()
    state.registers[register] = SavedAt(-cursor.uleb() * state.cie.data_factor)


def _negate_signed(cursor: Cursor, state: _State) -> None:
    state.return_signed = not state.return_signed


def _nop(cursor: Cursor, state: _State) -> None:
    pass


_PACKED: dict[int, Callable[[Cursor, _State, int], None]] = {0x40: _advance, 0x80: _offset, 0xC0: _restore}

_INSTRUCTIONS: dict[int, Callable[[Cursor, _State], None]] = {
    0x00: _nop,
    0x01: _set_location,
    0x02: _advance_by(1),
    0x03: _advance_by(2),
    0x04: _advance_by(4),
    0x05: _offset_extended,
    0x06: _restore_extended,
    0x07: _undefined,
    0x08: _same_value,
    0x09: _register,
    0x0A: _remember_state,
    0x0B: _restore_state,
    0x0C: _def_cfa,
    0x0D: _def_cfa_register,
    0x0E: _def_cfa_offset,
    0x0F: _def_cfa_expression,
    0x10: _expression,
    0x11: _offset_extended_sf,
    0x12: _def_cfa_sf,
    0x13: _def_cfa_offset_sf,
    0x14: _val_offset,
    0x15: _val_offset_sf,
    0x16: _val_expression,
    0x1D: _advance_by(8),  # DW_CFA_MIPS_advance_loc8
    0x2E: _gnu_args_size,
    0x2F: _gnu_negative_offset_extended,
}

_OWN: dict[FrameInstruction, Callable[[Cursor, _State], None]] = {"negate signed": _negate_signed}
