"""The registers as a table: what each is for, what it holds, and whose frame or which region that leads to."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass import isa
from stackglass.isa.table import Isa
from stackglass.model import Snapshot
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.lines import Line, Span, Style, cut, line, span
from stackglass.views.wording import name_of


def register_table(snapshot: Snapshot, width: int = 100, glyphs: Glyphs = UNICODE) -> list[Line]:
    """A line a register: first those that say where the program stands, then arguments and results, then the others."""
    roles = _roles(snapshot)
    names = sorted(snapshot.registers, key=lambda name: _rank(name, snapshot, roles))
    name_width = max((len(name) for name in names), default=0)
    values = {name: glyphs.address(snapshot.registers[name]) for name in names}
    value_width = max((len(value) for value in values.values()), default=0)
    role_width = max((len(roles.get(name, "")) for name in names), default=0)
    lines = []
    for name in names:
        told = (
            span(f"{name:<{name_width}}  ", Style.NAME),
            Span(f"{values[name]:<{value_width}}  ", Style.VALUE),
            span(f"{roles.get(name, ''):<{role_width}}  ", Style.QUIET),
            span(_leads_to(snapshot, name, glyphs), Style.TARGET),
        )
        lines.append(line(*cut(told, width, glyphs.ellipsis)))
    return lines


def _roles(snapshot: Snapshot) -> dict[str, str]:
    table = isa_of(snapshot)
    return {register.name: register.role for register in table.registers} if table else {}


def isa_of(snapshot: Snapshot) -> Isa | None:
    """The table of the snapshot's instruction set; None for one that isn't known."""
    return isa.get(snapshot.isa) if snapshot.isa in isa.names() else None


def _rank(name: str, snapshot: Snapshot, roles: dict[str, str]) -> tuple[int, int]:
    """Where the register stands in the table: its group, then the order of the ISA's table."""
    table = isa_of(snapshot)
    order = list(roles).index(name) if name in roles else len(roles)
    if table is None:
        return (0, order)
    for group, members in enumerate(_groups(table)):
        if name in members:
            return (group, members.index(name))
    return (9, order)


def _groups(table: Isa) -> Iterator[tuple[str, ...]]:
    yield (table.pc, table.stack_pointer, table.frame_pointer)
    yield table.integer_arguments
    yield table.integer_results
    yield table.callee_saved


def _leads_to(snapshot: Snapshot, name: str, glyphs: Glyphs) -> str:
    """What the register's value lies in, where that is a frame or a region."""
    value = snapshot.registers[name]
    table = isa_of(snapshot)
    is_above = table is not None and table.frame_pointer_at_cfa and name == table.frame_pointer
    owner = _frame_of(snapshot, value - is_above)
    if owner is not None:
        return f"{glyphs.leads_to} {owner}'s frame"
    region = next((region for region in snapshot.regions if region.start <= value < region.end), None)
    return f"{glyphs.leads_to} {region.name or region.kind.value}" if region is not None else ""


_FRAMES_SEARCHED = 32


def _frame_of(snapshot: Snapshot, address: int) -> str | None:
    for index in range(min(len(snapshot.frames), _FRAMES_SEARCHED)):
        outline = snapshot.frames.outline(index)
        if outline.low <= address < outline.high:
            return name_of(outline)
    return None
