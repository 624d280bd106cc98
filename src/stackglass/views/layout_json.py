"""The layout, and what is at an address, as plain JSON data under docs/layout.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from stackglass.model.layout import (
    DeadBytes,
    HeapBlock,
    HeapUse,
    Layout,
    LayoutRegion,
    NamedSymbol,
    PrintedAddress,
    StackUse,
    Whereabouts,
)
from stackglass.views.json import (
    CallSiteJson,
    FaultJson,
    PointeeJson,
    PositionJson,
    RegionJson,
    SlotJson,
    WriterJson,
    call_site_json,
    fault_json,
    pointee_json,
    position_json,
    region_json,
    slot_json,
    writer_json,
)
from stackglass.views.parts import NAMES
from stackglass.views.where_words import told

LAYOUT_SCHEMA: Literal["stackglass.layout/1"] = "stackglass.layout/1"
WHERE_SCHEMA: Literal["stackglass.where/1"] = "stackglass.where/1"


class LayoutRegionJson(RegionJson):
    part: str
    section: str | None
    file: str | None


class SymbolJson(TypedDict):
    name: str
    symbol: str
    kind: str
    address: str | None
    size: int
    section: str
    image: str
    library: bool
    owner: str | None
    type: str | None
    file: str | None
    line: int | None


class BlockJson(TypedDict):
    address: str
    size: int
    function: str
    step: int
    asked_by: CallSiteJson
    for_own: CallSiteJson | None
    freed: bool
    freed_at: int | None
    freed_with: str | None
    freed_by: CallSiteJson | None


class RecordsJson(TypedDict):
    function: str
    in_use: int
    kept: int


class HeapJson(TypedDict):
    start: str
    end: str
    size: int
    mapped: int
    grows: Literal["up"]
    blocks: list[BlockJson]
    freed: int
    unknown: str | None
    records: list[RecordsJson]


class StackJson(TypedDict):
    start: str
    now: str
    lowest: str
    used: int
    used_at_most: int
    frames: int
    grows: Literal["down"]
    stack_pointer: str
    is_elsewhere: bool


class LocationJson(TypedDict):
    function: str | None
    file: str | None
    line: int | None


class DeadBytesJson(TypedDict):
    left_by: str | None
    returned_at: int | None
    written_by: WriterJson
    was: WhereJson | None


class WhereJson(TypedDict):
    schema: Literal["stackglass.where/1"]
    address: str
    step: int
    location: LocationJson
    words: str
    region: LayoutRegionJson
    points_to: PointeeJson
    offset: int
    symbol: SymbolJson | None
    position: PositionJson | None
    frame: int | None
    function: str | None
    kept_since: int | None
    slot: SlotJson | None
    initialised: str | None
    written_by: WriterJson | None
    block: BlockJson | None
    later_block: BlockJson | None
    below: BlockJson | None
    dead: DeadBytesJson | None
    fault: FaultJson | None


class PrintedJson(TypedDict):
    text: str
    stream: str
    position: int
    line: int
    base: int
    address: str
    truncated: bool
    printed_at: int
    written_at: int
    exact: bool
    printed_by: PositionJson | None
    region: str | None
    name: str | None
    where: WhereJson | None
    freed_block: BlockJson | None


class LayoutJson(TypedDict):
    schema: Literal["stackglass.layout/1"]
    program: str
    isa: str
    word_size: int
    step: int
    last_step: int
    pc: str
    location: LocationJson
    regions: list[LayoutRegionJson]
    symbols: list[SymbolJson]
    heap: HeapJson
    stack: StackJson
    fault: FaultJson | None
    output: NotRequired[list[PrintedJson]]
    output_left_out: NotRequired[int]


def layout_json(layout: Layout, printed: Sequence[PrintedAddress] | None = None, left_out: int = 0) -> LayoutJson:
    """The layout, with the addresses that the program printed if they are given."""
    at = layout.location
    found: LayoutJson = {
        "schema": LAYOUT_SCHEMA,
        "program": layout.program,
        "isa": layout.isa,
        "word_size": layout.word_size,
        "step": layout.step,
        "last_step": layout.last_step,
        "pc": hex(layout.pc),
        "location": {"function": at.function, "file": at.file, "line": at.line},
        "regions": [_region(one) for one in layout.regions],
        "symbols": [_symbol(symbol) for symbol in layout.symbols],
        "heap": _heap(layout.heap, layout.step),
        "stack": _stack(layout.stack),
        "fault": None if layout.fault is None else fault_json(layout.fault),
    }
    if printed is not None:
        found["output"] = [_printed(one) for one in printed]
        found["output_left_out"] = left_out
    return found


def where_json(where: Whereabouts) -> WhereJson:
    """What is at an address."""
    at = where.location
    words = told(where)
    return {
        "schema": WHERE_SCHEMA,
        "address": hex(where.address),
        "step": where.step,
        "location": {"function": at.function, "file": at.file, "line": at.line},
        "words": f"{words.name}: {words.what}",
        "region": _region(where.region),
        "points_to": pointee_json(where.pointee),
        "offset": where.offset,
        "symbol": None if where.symbol is None else _symbol(where.symbol),
        "position": None if where.position is None else position_json(where.position),
        "frame": where.frame,
        "function": where.function,
        "kept_since": where.kept_since,
        "slot": None if where.slot is None else slot_json(where.slot),
        "initialised": None if where.initialised is None else where.initialised.value,
        "written_by": None if where.written_by is None else writer_json(where.written_by),
        "block": None if where.block is None else _block(where.block, where.step),
        "later_block": None if where.later_block is None else _block(where.later_block, where.step),
        "below": None if where.below is None else _block(where.below, where.step),
        "dead": None if where.dead is None else _dead(where.dead),
        "fault": None if where.fault is None else fault_json(where.fault),
    }


def _region(one: LayoutRegion) -> LayoutRegionJson:
    return {
        **region_json(one.region),
        "part": NAMES[one.region.kind],
        "section": one.section,
        "file": one.file,
    }


def _symbol(symbol: NamedSymbol) -> SymbolJson:
    return {
        "name": symbol.name,
        "symbol": symbol.symbol,
        "kind": symbol.kind.value,
        "address": None if symbol.address is None else hex(symbol.address),
        "size": symbol.size,
        "section": symbol.section,
        "image": symbol.image,
        "library": symbol.library,
        "owner": symbol.owner,
        "type": symbol.type,
        "file": symbol.file,
        "line": symbol.line,
    }


def _block(block: HeapBlock, step: int) -> BlockJson:
    return {
        "address": hex(block.address),
        "size": block.size,
        "function": block.function,
        "step": block.step,
        "asked_by": call_site_json(block.asked_by),
        "for_own": None if block.for_own is None else call_site_json(block.for_own),
        "freed": block.freed_at is not None and block.freed_at <= step,
        "freed_at": block.freed_at,
        "freed_with": block.freed_with,
        "freed_by": None if block.freed_by is None else call_site_json(block.freed_by),
    }


def _heap(heap: HeapUse, step: int) -> HeapJson:
    return {
        "start": hex(heap.start),
        "end": hex(heap.end),
        "size": heap.end - heap.start,
        "mapped": heap.mapped,
        "grows": "up",
        "blocks": [_block(block, step) for block in heap.blocks],
        "freed": heap.freed,
        "unknown": heap.unknown,
        "records": [{"function": one.function, "in_use": one.in_use, "kept": one.kept} for one in heap.records],
    }


def _stack(stack: StackUse) -> StackJson:
    return {
        "start": hex(stack.start),
        "now": hex(stack.now),
        "lowest": hex(stack.lowest),
        "used": stack.start - stack.now,
        "used_at_most": stack.start - stack.lowest,
        "frames": stack.frames,
        "grows": "down",
        "stack_pointer": stack.stack_pointer,
        "is_elsewhere": stack.is_elsewhere,
    }


def _dead(dead: DeadBytes) -> DeadBytesJson:
    return {
        "left_by": dead.function,
        "returned_at": dead.returned_at,
        "written_by": writer_json(dead.written_by),
        "was": None if dead.was is None else where_json(dead.was),
    }


def _printed(one: PrintedAddress) -> PrintedJson:
    place = one.place
    return {
        "text": one.text,
        "stream": one.stream,
        "position": one.position,
        "line": one.line,
        "base": one.base,
        "address": hex(one.address),
        "truncated": one.truncated,
        "printed_at": one.printed_at,
        "written_at": one.written_at,
        "exact": one.exact,
        "printed_by": None if one.printed_by is None else position_json(one.printed_by),
        "region": None if place is None else place.region.region.kind.value,
        "name": None if place is None else told(place).name,
        "where": None if place is None else where_json(place),
        "freed_block": None if one.freed_block is None else _block(one.freed_block, one.printed_at),
    }
