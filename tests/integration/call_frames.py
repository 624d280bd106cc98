"""A walk of the call stack by call-frame information alone: pyelftools decodes the tables, and of ours only the
registers' DWARF numbers are used."""

from __future__ import annotations

import bisect
import io
from collections.abc import Callable, Mapping
from typing import NamedTuple

from elftools.dwarf.callframe import FDE, RegisterRule
from elftools.elf.elffile import ELFFile

from stackglass.isa import Isa

_GNU_ARGS_SIZE = 0x2E


class Row(NamedTuple):
    start: int
    end: int
    cfa: object
    rules: Mapping[int, RegisterRule]
    return_register: int


class WalkedFrame(NamedTuple):
    pc: int
    cfa: int


class CallFrameTables:
    """All rows of an ELF's .eh_frame and .debug_frame by address."""

    def __init__(self, elf: bytes, isa: Isa) -> None:
        self._isa = isa
        link = (isa.return_register,) if isa.return_register else ()
        self._link = link
        self._start_names = (*isa.callee_saved, *link, isa.stack_pointer, isa.pc)
        self._names = {register.dwarf: register.name for register in isa.registers if register.dwarf is not None}
        dwarf = ELFFile(io.BytesIO(elf)).get_dwarf_info()
        self.rows: list[Row] = []
        entries = [*(dwarf.EH_CFI_entries() if dwarf.has_EH_CFI() else ())]
        entries += dwarf.CFI_entries() if dwarf.has_CFI() else ()
        for entry in entries:
            if not isinstance(entry, FDE):
                continue
            assert entry.cie is not None
            back = entry.cie["return_address_register"]
            # pyelftools stumbles over what says how many bytes of arguments were pushed: no rule depends on it.
            entry.instructions = [one for one in entry.instructions if one.opcode != _GNU_ARGS_SIZE]
            table = entry.get_decoded().table
            end = entry["initial_location"] + entry["address_range"]
            for at, line in enumerate(table):
                upto = table[at + 1]["pc"] if at + 1 < len(table) else end
                rules = {number: rule for number, rule in line.items() if isinstance(number, int)}
                self.rows.append(Row(line["pc"], upto, line["cfa"], rules, back))
        self.rows.sort(key=lambda row: row.start)
        self._starts = [row.start for row in self.rows]

    def row_at(self, pc: int) -> Row | None:
        at = bisect.bisect_right(self._starts, pc) - 1
        while at >= 0 and self.rows[at].start <= pc:
            if pc < self.rows[at].end:
                return self.rows[at]
            at -= 1
            if self.rows[at].start < pc - (1 << 20):
                break
        return None

    def walk(
        self, registers: Mapping[str, int], read: Callable[[int, int], bytes], limit: int = 10_000
    ) -> list[WalkedFrame]:
        """Frames from the innermost on, as far as there are rules with a register and an offset."""
        isa = self._isa
        known = {name: registers[name] for name in self._start_names}
        frames: list[WalkedFrame] = []
        while len(frames) < limit:
            pc = known[isa.pc]
            row = self.row_at(pc - bool(frames))
            if row is None or getattr(row.cfa, "reg", None) is None:
                return frames
            base = self._name(row.cfa.reg)  # type: ignore[attr-defined]
            if base not in known:
                return frames
            cfa = known[base] + row.cfa.offset  # type: ignore[attr-defined]
            frames.append(WalkedFrame(pc, cfa))
            caller = dict(known)
            for number, rule in row.rules.items():
                name = self._name(number)
                if rule.type == RegisterRule.OFFSET and name is not None:
                    word = read(cfa + rule.arg, max(isa.word_size, isa.register(name).bits // 8))
                    caller[name] = int.from_bytes(word[: isa.word_size], isa.byte_order)
                elif name is not None and (other := self._other(rule)) in known:
                    caller[name] = known[other]
                elif rule.type != RegisterRule.SAME_VALUE and name is not None:
                    caller.pop(name, None)
            back = caller.get(self._name(row.return_register) or "") if self._returns(row, bool(frames[1:])) else None
            if back is None:
                return frames
            caller[isa.pc], caller[isa.stack_pointer] = isa.code_address(back), cfa
            for name in self._link:  # the caller's own is gone, but for where it saved it
                caller.pop(name, None)
            known = caller
        return frames

    def _name(self, number: int) -> str | None:
        return self._names.get(number)

    def _other(self, rule: RegisterRule) -> str:
        """The register that holds what the caller had in another one, if that is what the rule says."""
        if rule.type != RegisterRule.REGISTER or not isinstance(rule.arg, int):
            return ""
        return self._name(rule.arg) or ""

    def _returns(self, row: Row, inside: bool) -> bool:
        """Whether the rules say where the return address is. A link register without a rule holds it, in a leaf."""
        rule = row.rules.get(row.return_register)
        if rule is None:
            return self._isa.return_register is not None and not inside
        return rule.type != RegisterRule.UNDEFINED
