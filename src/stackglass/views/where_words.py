"""What is at an address, in words: a name and what that is, the same in every view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from stackglass.model import Field, Initialised, PointeeKind, RegionKind, Role, Slot
from stackglass.model.layout import HeapBlock, SymbolKind, Whereabouts
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.parts import NAMES
from stackglass.views.wording import count, line_of, place_of, short_file


class Told(NamedTuple):
    """A name (or a few words for what has none), and what it is; `details` are further sentences."""

    name: str
    what: str
    details: tuple[str, ...] = ()


def told(where: Whereabouts, glyphs: Glyphs = UNICODE) -> Told:
    """What there is to say of a place, the region aside."""
    name, what, details = _told(where)
    return Told(glyphs.value(name), glyphs.value(what), tuple(glyphs.value(detail) for detail in details))


def _told(where: Whereabouts) -> Told:
    kind = where.region.region.kind
    if kind is RegionKind.STACK or where.slot is not None or where.dead is not None:
        return _on_stack(where)
    if kind is RegionKind.HEAP and where.symbol is None:
        return _on_heap(where)
    if kind is RegionKind.GUARD:
        return Told("the stack's guard", "nothing may touch it")
    symbol, section = where.symbol, where.region.section
    if section in _HEADERS and (symbol is None or symbol.kind is SymbolKind.LABEL):
        named = () if symbol is None else (f"the linker calls it {_behind(symbol.name, where.offset)}",)
        return Told(f"the {section}", _HEADERS[section], named)
    if where.symbol is None:
        return Told(region_name(where), "nothing there has a name")
    return _symbol(where)


_HEADERS = {
    "ELF header": "what the file begins with: for which machine it is, and where the rest of it lies",
    "program headers": "the file's list of what is to be loaded, and where",
}


def region_name(where: Whereabouts) -> str:
    """'text, .text of call.c', 'heap', 'stack'."""
    found = where.region
    file = short_file(found.file) if found.file else ""
    source = " of ".join(part for part in (found.section, file) if part)
    name = NAMES[found.region.kind]
    return f"{name}, {source}" if source else name


def _behind(name: str, offset: int) -> str:
    return f"{name}+{offset}" if offset else name


def _byte_of(what: str, offset: int) -> str:
    """'byte 4 of a temporary'; 'temporary' where it begins."""
    return f"byte {offset:,} of {what}" if offset else what.removeprefix("a ").removeprefix("the ")


def _part(name: str, where: Whereabouts) -> str:
    """'account.entries[1]', 'line+3': the part of the variable `name` that the address is in."""
    told, owner = where.pointee.name or "", where.function or (where.symbol.owner if where.symbol else None)
    path = told.removesuffix(f" in {owner}") if owner else told
    is_part = path.startswith((f"{name}.", f"{name}["))
    return _behind(path, where.pointee.offset) if is_part else _behind(name, where.offset)


# ---- images ----

_SYMBOLS = {
    SymbolKind.FUNCTION: "a function",
    SymbolKind.STUB: "an entry of the procedure linkage table",
    SymbolKind.GLOBAL: "a global variable",
    SymbolKind.STATIC: "a static variable",
    SymbolKind.STATIC_LOCAL: "a static local",
    SymbolKind.THREAD_LOCAL: "a thread-local variable",
    SymbolKind.LABEL: "a label",
    SymbolKind.FRAME: "the only frame",
}


def _symbol(where: Whereabouts) -> Told:
    symbol = where.symbol
    assert symbol is not None
    what = _SYMBOLS[symbol.kind]
    if symbol.owner:
        what += f" of {symbol.owner}"
    if symbol.type:
        what += f", {symbol.type}"
    declared = line_of(symbol.file, symbol.line)
    details = []
    if where.position is not None and where.position.line is not None and where.offset:
        details.append(f"in line {line_of(where.position.file, where.position.line)}")
    if declared:
        details.append(f"{'begins' if symbol.kind is SymbolKind.FUNCTION else 'declared'} at {declared}")
    if symbol.size:
        details.append(f"{count(symbol.size, 'byte')} from {symbol.address:#x} on")
    elif where.offset and symbol.kind is SymbolKind.LABEL:
        details.append("no table says how far it reaches: it is the last name before the address")
    return Told(_part(symbol.name, where), what, tuple(details))


# ---- the stack ----

_ROLES = {
    Role.LOCAL: "a local",
    Role.PARAMETER: "a parameter",
    Role.OUTGOING_ARGUMENT: "an argument",
    Role.RETURN_ADDRESS: "the return address",
    Role.SAVED_FRAME_POINTER: "the saved frame pointer",
    Role.CANARY: "the stack canary",
    Role.TEMPORARY: "a temporary",
    Role.ALLOCA: "room allocated on the stack",
}


def _on_stack(where: Whereabouts) -> Told:
    if where.slot is not None and where.function is not None:
        return _slot(where, where.slot, where.function)
    if where.dead is not None:
        return _dead(where)
    if where.pointee.kind is PointeeKind.DEAD:
        return Told("below the stack", "never written so far")
    if where.pointee.name is not None:
        name = _behind(where.pointee.name, where.pointee.offset)
        return Told(name, "put above the first frame by the kernel")
    return Told("the stack", "above the first frame: what the kernel put there")


def _slot(where: Whereabouts, slot: Slot, function: str) -> Told:
    frame = f"of {function}"
    if where.frame:
        frame += f", frame {where.frame}"
    if where.owner is not None:
        frame = f"of {where.owner}, kept in the frame {frame}"
    role = _ROLES.get(slot.role, slot.role.words)
    if slot.role is Role.ALLOCA and where.region.region.kind is RegionKind.HEAP:
        role = "room made at run time"
    if slot.role is Role.SAVED_REGISTER and slot.register:
        role = f"the saved {slot.register}"
    details = []
    if slot.role is Role.PADDING and slot.note and slot.note.startswith("room for "):
        role = slot.note
    elif slot.role in (Role.PADDING, Role.TEMPORARY, Role.ALLOCA, Role.LOCAL) and slot.note:
        details.append(slot.note)
    if where.kept_since is not None:
        frame = f"of {function}"
        what = "it" if slot.role is Role.ALLOCA else "its record"
        frame += f", which returned at step {where.kept_since:,}; {what} is kept, something may refer to it"
    part = None if slot.name is None else _field(slot.fields, _part(slot.name, where).removeprefix(slot.name))
    if part is not None and part.value is not None:
        details.append(f"{part.type} = {part.value}, in {slot.name}: {slot.type}")
    elif slot.value is not None:
        details.append(f"{slot.type + ' ' if slot.type else ''}= {slot.value}")
    details += _writing(where)
    if slot.name is None:
        return Told(_byte_of(role, where.address - slot.address), frame, tuple(details))
    return Told(_part(slot.name, where), f"{role} {frame}", tuple(details))


def _field(fields: Sequence[Field], path: str) -> Field | None:
    """The member or element with that path, as in '.entries[1]'; None for what is none."""
    for one in fields:
        has_name = bool(one.name) and one.name != one.type  # an anonymous struct has none, and a base class
        name = one.name if one.name.startswith("[") else f".{one.name}"
        if has_name and path == name:
            return one
        rest = path.removeprefix(name) if has_name else path
        found = _field(one.fields, rest) if not has_name or path.startswith((f"{name}.", f"{name}[")) else None
        if found is not None:
            return found
    return None


def _writing(where: Whereabouts) -> Iterator[str]:
    """Who wrote the bytes that the address names, and whether that was for what they are now."""
    by, whose = where.written_by, "by this call"
    told = "" if by is None else f"written at step {by.step:,} by {place_of(by)}"
    match where.initialised:
        case Initialised.ALL if told:
            yield told
        case Initialised.PART:
            yield f"some of it never written {whose}"
            yield f"last {told}"
        case Initialised.NONE:
            yield f"never written {whose}; left over: {told}" if told else "never written"


def _dead(where: Whereabouts) -> Told:
    dead = where.dead
    assert dead is not None
    who = dead.function or "an earlier call"
    since = dead.returned_at
    ended = "was ended by a jump" if dead.by_jump else "returned"
    gone = f"gone: {who} {ended} at step {since:,}" if since is not None else "gone"
    if since is None and dead.function is not None:
        gone += f": {who} has given it back"
    written = f"written at step {dead.written_by.step:,} by {place_of(dead.written_by)}"
    if dead.was is None or dead.was.slot is None or dead.was.function is None:
        when = f", which {ended} at step {since:,}" if since is not None else ""
        return Told("dead bytes", f"left by {who}{when}", (written,))
    was = _slot(replace(dead.was, kept_since=None), dead.was.slot, dead.was.function)
    name = was.name if dead.was.slot.name is not None else f"dead: {was.name}"
    role = was.what.partition(",")[0]
    return Told(name, f"{role}, {gone}", (written,))


# ---- the heap ----


def _on_heap(where: Whereabouts) -> Told:
    block = where.block
    if block is not None:
        name = block_name(block, where.offset)
        if block.is_live(where.step):
            return Told(name, f"from {block.function}", (f"asked for {asked(block)}",))
        return Told(name, f"from {block.function}, {freed(block)}", (f"asked for {asked(block)}",))
    if where.heap_unknown is not None:
        return Told("the heap", "which block is not known", (where.heap_unknown,))
    later = where.later_block
    to_come = "" if later is None else f"from step {later.step:,} on a block of {count(later.size, 'byte')}"
    if where.below is not None and (later is None or where.is_just_behind):
        told = _behind_block(where, where.below)
        return told._replace(details=(*told.details, to_come)) if to_come else told
    if later is not None:
        return Told("the heap", f"not handed out yet: {to_come}", (f"asked for {asked(later)}",))
    return Told("the heap", "in no block that the program asked for")


def _behind_block(where: Whereabouts, block: HeapBlock) -> Told:
    behind = where.address - block.end
    distance = count(behind, "byte") if behind else "just"
    what = f"in no block: {distance} behind the end of the block of {count(block.size, 'byte')} at {block.address:#x}"
    state = "" if block.is_live(where.step) else f", {freed(block)}"
    return Told("the heap", f"{what}{state}", (f"that was asked for {asked(block)}",))


def block_name(block: HeapBlock, offset: int) -> str:
    """'a block of 100 bytes', 'byte 3 of a block of 100 bytes'."""
    name = f"a block of {count(block.size, 'byte')}"
    return _byte_of(name, offset) if offset else name


def asked(block: HeapBlock) -> str:
    """'by main, call.c:54, at step 11,383', with the library's function that stood between."""
    asker = block.for_own or block.asked_by
    via = f" by way of {block.asked_by.function}" if block.for_own and block.asked_by.function else ""
    return f"by {place_of(asker)}{via}, at step {block.asked_by.step:,}"


def freed(block: HeapBlock) -> str:
    """'freed at step 14,251 by main, call.c:56'."""
    by = f" by {place_of(block.freed_by)}" if block.freed_by else ""
    return f"freed at step {block.freed_at:,}{by}"
