"""A walk of the call stack by call-frame information alone: pyelftools decodes the tables, nothing of ours is used."""

from __future__ import annotations

import bisect
import io
from collections.abc import Callable, Mapping
from typing import NamedTuple

from elftools.dwarf.callframe import FDE, RegisterRule
from elftools.dwarf.dwarf_expr import DWARFExprParser
from elftools.elf.elffile import ELFFile

# psABI figure 3.36
NAMES = ("rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)), "rip")
CALLEE_SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")
_RIP = 16
_GNU_ARGS_SIZE = 0x2E


class Row(NamedTuple):
    start: int
    end: int
    cfa: object
    rules: Mapping[int, RegisterRule]


class WalkedFrame(NamedTuple):
    pc: int
    cfa: int


class CallFrameTables:
    """All rows of an ELF's .eh_frame by address."""

    def __init__(self, elf: bytes) -> None:
        dwarf = ELFFile(io.BytesIO(elf)).get_dwarf_info()
        self._parser = DWARFExprParser(dwarf.structs)
        self.rows: list[Row] = []
        for entry in dwarf.EH_CFI_entries() if dwarf.has_EH_CFI() else ():
            if not isinstance(entry, FDE):
                continue
            # pyelftools stumbles over what says how many bytes of arguments were pushed: no rule depends on it.
            entry.instructions = [one for one in entry.instructions if one.opcode != _GNU_ARGS_SIZE]
            table = entry.get_decoded().table
            end = entry["initial_location"] + entry["address_range"]
            for at, line in enumerate(table):
                upto = table[at + 1]["pc"] if at + 1 < len(table) else end
                rules = {number: rule for number, rule in line.items() if isinstance(number, int)}
                self.rows.append(Row(line["pc"], upto, line["cfa"], rules))
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
        known = {name: registers[name] for name in NAMES}
        frames: list[WalkedFrame] = []
        while len(frames) < limit:
            pc = known["rip"]
            row = self.row_at(pc - bool(frames))
            if row is None or getattr(row.cfa, "reg", None) is None:
                return frames
            base = NAMES[row.cfa.reg]  # type: ignore[attr-defined]
            if base not in known:
                return frames
            cfa = known[base] + row.cfa.offset  # type: ignore[attr-defined]
            frames.append(WalkedFrame(pc, cfa))
            if row.rules.get(_RIP) is None or row.rules[_RIP].type == RegisterRule.UNDEFINED:
                return frames
            caller = {name: value for name, value in known.items() if name in CALLEE_SAVED}
            for number, rule in row.rules.items():
                arg = rule.arg if isinstance(rule.arg, int) else 0
                if rule.type == RegisterRule.OFFSET and number <= _RIP:
                    caller[NAMES[number]] = int.from_bytes(read(cfa + arg, 8), "little")
                elif rule.type == RegisterRule.REGISTER and number <= _RIP and NAMES[arg] in known:
                    caller[NAMES[number]] = known[NAMES[arg]]
                elif rule.type != RegisterRule.SAME_VALUE and number <= _RIP:
                    caller.pop(NAMES[number], None)
            if "rip" not in caller:
                return frames
            caller["rsp"] = cfa
            known = caller
        return frames
