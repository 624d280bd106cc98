"""What recorder.c does, in slow plain Python over Unicorn's own bindings. The two must agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from unicorn import UC_HOOK_CODE, UC_HOOK_MEM_WRITE, Uc

from stackglass.emulator.engine import FunctionEntry
from stackglass.isa.instructions import InstructionKind, StackField
from stackglass.isa.patterns import classify
from stackglass.isa.table import Isa
from stackglass.model import AddressRange


def _field(field: StackField | None, word: int) -> int:
    """What the field of an instruction says; 0 if there is none."""
    if field is None:
        return 0
    number = word >> field.shift & (1 << field.bits) - 1
    return (number - (1 << field.bits if field.signed and number >> field.bits - 1 else 0)) * field.scale


@dataclass
class Call:
    """A row of the call log."""

    call_step: int
    cfa: int
    return_address: int
    site: int | None
    entry: int
    parent: int | None
    tail_of: int | None
    depth: int
    return_step: int = 0
    left_by: str = "end"
    kept: int = 0
    """Of a tail call: bytes of the frame that its jumper had not given back."""
    own_sps: list[int] = field(default_factory=list)
    """SP at every step that it ran itself."""
    peak_sps: list[int] = field(default_factory=list)


class ReferenceRecorder:
    """Hooks a Unicorn engine; afterwards `calls`, `writers`, `step` and `stack_pointers` tell what happened."""

    def __init__(self, engine: Uc, isa: Isa, functions: list[FunctionEntry], stack: AddressRange) -> None:
        self.engine, self.isa, self.functions = engine, isa, functions
        self._stack = stack
        self.step = 0
        self.calls: list[Call] = []
        self.shadow: list[int] = []
        self.writers: dict[int, tuple[int, int]] = {}
        self._last: tuple[int, int, InstructionKind, bool] | None = None
        engine.hook_add(UC_HOOK_CODE, self._on_instruction)
        engine.hook_add(UC_HOOK_MEM_WRITE, self._on_write)

    def _read(self, register: str | None) -> int:
        """A register's value; 0 for none."""
        return int(self.engine.reg_read(self.isa.register(register).engine)) if register else 0

    def _function(self, pc: int) -> FunctionEntry | None:
        return next((function for function in self.functions if function.low <= pc < function.high), None)

    def _on_write(self, _uc: Uc, _access: int, address: int, size: int, _value: int, _data: object) -> None:
        assert self._last is not None
        for byte in range(address, address + size):
            self.writers[byte] = (self.step - 1, self._last[0])
        other = self.isa.other_encoding
        if other is not None:  # a hook on memory leaves behind where in an IT block control is
            flags = self._read(other.register)
            self.engine.reg_write(self.isa.register(other.register).engine, flags & ~other.group_bits)

    def _store_silently(self, code: bytes) -> None:
        """What the engine's hook isn't told of the instruction that has run."""
        isa, window = self.isa, code.ljust(8, b"\0")
        word = int.from_bytes(window, isa.byte_order)
        for store in isa.silent_stores:
            mask, value = store.mask.ljust(8, b"\0"), store.value.ljust(8, b"\0")
            if any(byte & bits != wanted for byte, bits, wanted in zip(window, mask, value, strict=True)):
                continue
            numbers = [isa.numbered_registers[word >> at & 31] for at in (store.base, store.index) if at is not None]
            address = sum(self._read(name) for name in numbers) + _field(store.displacement, word)
            address = address % (1 << 8 * isa.word_size) // store.alignment * store.alignment
            size = store.size + _field(store.length, word) + (self._read(store.length_register) & store.length_mask)
            assert self._last is not None
            for byte in range(address, address + size):
                self.writers[byte] = (self.step - 1, self._last[0])
            return

    def _on_instruction(self, _uc: Uc, pc: int, size: int, _data: object) -> None:
        sp = self._read(self.isa.stack_pointer)
        code = bytes(self.engine.mem_read(pc, size))
        if self._last is None:
            self.calls.append(Call(0, sp, 0, None, pc, None, None, 0))
            self.shadow.append(0)
        else:
            last_pc, last_size, last_kind, repeats = self._last
            self._store_silently(bytes(self.engine.mem_read(last_pc, last_size)))
            if repeats and last_pc == pc and self._read(self.isa.repeat_counter) == 0:
                return
            self._settle(last_kind, pc, sp)
        self._see(sp)
        other = self.isa.other_encoding
        in_other = other is not None and bool(self._read(other.register) & other.flag)
        kind = classify(self.isa, code, other_encoding=in_other).kind
        self._last = (pc, size, kind, kind is InstructionKind.REPEATED)
        self.step += 1
        if kind is InstructionKind.SYSTEM_CALL:
            self.engine.emu_stop()

    def _see(self, sp: int) -> None:
        if not self._stack.holds(sp):
            return
        self.calls[self.shadow[-1]].own_sps.append(sp)
        for row in self.shadow:
            self.calls[row].peak_sps.append(sp)

    def _settle(self, kind: InstructionKind, pc: int, sp: int) -> None:
        assert self._last is not None
        last_pc, size, _, _ = self._last
        here, there = self._function(last_pc), self._function(pc)
        if there and there.is_shared and kind in (InstructionKind.CALL, InstructionKind.JUMP):
            return  # a part of the running function
        if kind is InstructionKind.CALL and pc != last_pc + size:
            self._push(sp + self.isa.cfa_minus_sp_at_entry, last_pc + size, pc)
        elif kind is InstructionKind.RETURN or (kind is InstructionKind.JUMP and self._ends_by_jump(pc, sp)):
            self._return(pc, sp)
        elif kind is InstructionKind.JUMP and there and (here != there or there.low == pc):
            if self._return_address() == last_pc + size:
                self._push(sp, last_pc + size, pc)
            elif here != there and there.low == pc:
                self._enter(pc, sp, left=False)
            elif here != there:
                self._leave_to(there, sp)

    def _return_address(self) -> int | None:
        """What the link register holds, where there is one."""
        return self.isa.code_address(self._read(self.isa.return_register)) if self.isa.return_register else None

    def _ends_by_jump(self, pc: int, sp: int) -> bool:
        call = self.calls[self.shadow[-1]]
        leaves = self._last is not None and self._function(pc) != self._function(self._last[0])
        return len(self.shadow) > 1 and call.return_address == pc and (call.cfa <= sp or leaves)

    def _push(
        self, cfa: int, return_address: int, entry: int, tail_of: int | None = None, parent: int | None = None
    ) -> None:
        assert self._last is not None
        parent = self.shadow[-1] if tail_of is None else parent
        call = Call(self.step - 1, cfa, return_address, self._last[0], entry, parent, tail_of, len(self.shadow))
        self.calls.append(call)
        self.shadow.append(len(self.calls) - 1)

    def _pop(self, left_by: str) -> None:
        call = self.calls[self.shadow.pop()]
        call.return_step, call.left_by = self.step, left_by

    def _tail(self, pc: int) -> None:
        replaced = self.shadow[-1]
        old = self.calls[replaced]
        self._pop("tail call")
        self._push(old.cfa, old.return_address, pc, replaced, old.parent)
        pushed = self.isa.cfa_minus_sp_at_entry if len(self.shadow) > 1 else 0
        self.calls[-1].kept = max(old.cfa - pushed - self._read(self.isa.stack_pointer), 0)

    def _return(self, pc: int, sp: int) -> None:
        waiting = [
            at
            for at in range(len(self.shadow) - 1, 0, -1)
            if self.calls[self.shadow[at]].return_address == pc
            and (at == len(self.shadow) - 1 or (self.calls[self.shadow[at]].cfa <= sp and self._is_waited_for(at, sp)))
        ]
        if waiting:
            # The innermost if it is the running one, else the outermost of those whose frames are gone.
            keep = waiting[0] if waiting[0] == len(self.shadow) - 1 else waiting[-1]
            thrown = keep + 1 < len(self.shadow) and self._is_thrown(keep)
            while len(self.shadow) > keep + 1:
                self._pop("jump")
            self._pop("jump" if thrown else "return")
        elif self.isa.return_register and self._last and pc == self._last[0] + self._last[1]:
            return  # its condition did not hold
        elif self._is_back_in_function(pc):
            return
        elif (there := self._function(pc)) and there.low == pc:
            if self._may_still_return(sp):
                self._enter(pc, sp, left=False)
                return
            before = len(self.shadow)
            while len(self.shadow) > 1 and self.calls[self.shadow[-1]].cfa <= sp:
                self._pop("return" if len(self.shadow) == before else "jump")
            self._enter(pc, sp, left=len(self.shadow) < before)
        elif there:
            self._leave_to(there, sp)

    def _is_waited_for(self, at: int, sp: int) -> bool:
        """Whether the frame of the caller of the activation at `at` is still there."""
        caller, cfa = self.calls[self.shadow[at - 1]].cfa, self.calls[self.shadow[at]].cfa
        return at == 1 or caller > sp or (self.isa.return_register is not None and caller == sp == cfa)

    def _may_still_return(self, sp: int) -> bool:
        """Whether who runs never had a frame, and its return address is in the link register as it came."""
        call = self.calls[self.shadow[-1]]
        has_no_frame = len(self.shadow) > 1 and set(call.own_sps) == {call.cfa} and sp == call.cfa
        return has_no_frame and self._return_address() == call.return_address

    def _is_back_in_function(self, pc: int) -> bool:
        """Whether code that functions share has returned to the one that called it."""
        assert self._last is not None
        shared, there = self._function(self._last[0]), self._function(pc)
        running = self._function(self.calls[self.shadow[-1]].entry)
        return bool(shared and shared.is_shared and there and there == running and there.low != pc)

    def _is_thrown(self, keep: int) -> bool:
        """Whether an activation further in goes where the one at `keep` is to return to."""
        assert self._last is not None
        running = self._function(self._last[0])
        inner, outer = (self._function(self.calls[self.shadow[at]].entry) for at in (-1, keep))
        return running is not None and running == inner and running != outer

    def _enter(self, pc: int, sp: int, *, left: bool) -> None:
        """A tail call leaves SP as the call did; else it may be a call that was made by hand."""
        assert self._last is not None
        pushed = self.isa.cfa_minus_sp_at_entry
        sp_at_entry = self.calls[self.shadow[-1]].cfa - pushed * (len(self.shadow) > 1)
        word = self._return_address()
        if word is None:
            word = int.from_bytes(self.engine.mem_read(sp, self.isa.word_size), self.isa.byte_order)
        back = self._function(word)
        is_below = pushed and len(self.shadow) > 1 and sp < sp_at_entry
        by_hand = is_below and back and back == self._function(self._last[0])
        if by_hand or (left and sp != sp_at_entry):
            self._push(sp + pushed, word, pc)
        else:
            self._tail(pc)

    def _caller_at(self, row: int) -> int | None:
        """The call at which the caller of a row stands, whatever tail calls have followed it."""
        while (replaced := self.calls[row].tail_of) is not None:
            row = replaced
        return self.calls[row].site

    def _leave_to(self, there: FunctionEntry, sp: int) -> None:
        for at in range(len(self.shadow) - 2, -1, -1):
            site = self._caller_at(self.shadow[at + 1])
            cfas = self.calls[self.shadow[at]].cfa, self.calls[self.shadow[at + 1]].cfa
            if site and self._function(site) == there and (cfas[0] > sp or cfas == (sp, sp)):
                while len(self.shadow) > at + 1:
                    self._pop("jump")
                return
