"""Address spaces made by hand, of 8-byte and of 4-byte words."""

from __future__ import annotations

from stackglass.model import (
    CallSite,
    Evidence,
    Field,
    Initialised,
    Location,
    Pointee,
    PointeeKind,
    Position,
    Region,
    RegionKind,
    Role,
    Slot,
    Writer,
)
from stackglass.model.layout import (
    DeadBytes,
    HeapBlock,
    HeapUse,
    Layout,
    LayoutRegion,
    NamedSymbol,
    PrintedAddress,
    StackUse,
    SymbolKind,
    Whereabouts,
)

PROGRAM = "/home/ada/prog.c"
LIBC = "/usr/lib/libc.so.6"
HERE = Location("main", PROGRAM, 12, None)


def region(kind: RegionKind, start: int, size: int, permissions: str, section: str | None = None) -> LayoutRegion:
    """A region of the program's own image if it has a section, else of no file."""
    name = section or {"stack": "[stack]", "guard": "[stack guard]", "heap": "[heap]"}.get(kind.value)
    file = PROGRAM if section else None
    return LayoutRegion(Region(kind, start, start + size, permissions, name), file, section, file is not None)


def shared(kind: RegionKind, start: int, size: int, permissions: str, section: str) -> LayoutRegion:
    """A region of the C library."""
    name = f"libc.so.6 {section}"
    return LayoutRegion(Region(kind, start, start + size, permissions, name), LIBC, section, False)


def symbol(name: str, kind: SymbolKind, address: int | None, size: int, section: str, **more: object) -> NamedSymbol:
    """One of the program's own symbols, unless told otherwise."""
    told = {"symbol": name, "image": PROGRAM, "library": False, **more}
    return NamedSymbol(name=name, kind=kind, address=address, size=size, section=section, **told)  # type: ignore[arg-type]


def site(line: int, step: int) -> CallSite:
    """A call made by main."""
    return CallSite(0x401200, "main", PROGRAM, line, step)


def blocks(heap: int) -> tuple[HeapBlock, ...]:
    """One that main asked for, one that printf did for main, and one that has been freed."""
    by_stdio = CallSite(0x402000, "_IO_file_doallocate", None, None, 180)
    return (
        HeapBlock(heap + 0x10, 100, "malloc", 130, site(20, 120), False, None),
        HeapBlock(heap + 0x100, 4096, "malloc", 190, by_stdio, True, site(25, 170)),
        HeapBlock(heap + 0x80, 16, "operator new", 150, site(21, 140), False, None, 160, "free", site(22, 160)),
    )


def wide() -> Layout:
    """A dynamic program on a machine of 64 bits."""
    kinds = RegionKind
    regions = (
        region(kinds.RODATA, 0x400000, 0x300, "r--", ".note.ABI-tag"),
        region(kinds.TEXT, 0x401000, 0x5000, "r-x", ".text"),
        region(kinds.RODATA, 0x406000, 0x800, "r--", ".rodata"),
        region(kinds.DATA, 0x407000, 0x20, "r--", ".got"),
        region(kinds.DATA, 0x407020, 0x80, "rw-", ".data"),
        region(kinds.BSS, 0x4070A0, 0xF60, "rw-", ".bss"),
        region(kinds.HEAP, 0x408000, 0x21000, "rw-"),
        shared(kinds.RODATA, 0x7FFFF7D00000, 0x26000, "r--", ".dynsym"),
        shared(kinds.TEXT, 0x7FFFF7D26000, 0x156000, "r-x", ".text"),
        shared(kinds.DATA, 0x7FFFF7E7C000, 0x4000, "rw-", ".data"),
        region(kinds.GUARD, 0x7FFFFF6FF000, 0x100000, "---"),
        region(kinds.STACK, 0x7FFFFF7FF000, 0x800000, "rw-"),
    )
    symbols = (
        symbol("main", SymbolKind.FUNCTION, 0x401100, 200, ".text", file=PROGRAM, line=10),
        symbol("puts", SymbolKind.FUNCTION, 0x402000, 90, ".text", library=True),
        symbol("pi", SymbolKind.GLOBAL, 0x406008, 4, ".rodata", type="const float", file=PROGRAM, line=3),
        symbol("number", SymbolKind.GLOBAL, 0x407030, 4, ".data", type="int", file=PROGRAM, line=4),
        symbol("w", SymbolKind.STATIC_LOCAL, 0x4070C0, 4, ".bss", type="int", owner="f", file=PROGRAM, line=6),
        symbol("table", SymbolKind.STATIC, 0x4070E0, 1024, ".bss", type="unsigned long [128]", file=PROGRAM, line=5),
        symbol("errno_of_mine", SymbolKind.THREAD_LOCAL, None, 4, ".tbss"),
    )
    return _layout("x86_64", 8, regions, symbols, 0x408000, 0x7FFFFFFFE000)


def narrow() -> Layout:
    """A static program on a machine of 32 bits."""
    kinds = RegionKind
    regions = (
        region(kinds.TEXT, 0x10000, 0x5000, "r-x", ".text"),
        region(kinds.RODATA, 0x15000, 0x800, "r--", ".rodata"),
        region(kinds.DATA, 0x26000, 0x100, "rw-", ".data"),
        region(kinds.BSS, 0x26100, 0x1F00, "rw-", ".bss"),
        region(kinds.HEAP, 0x28000, 0x21000, "rw-"),
        region(kinds.GUARD, 0xFEEFF000, 0x100000, "---"),
        region(kinds.STACK, 0xFEFFF000, 0x800000, "rw-"),
    )
    symbols = (symbol("main", SymbolKind.FUNCTION, 0x10100, 200, ".text", file=PROGRAM, line=10),)
    return _layout("arm", 4, regions, symbols, 0x28000, 0xFF7FE000)


def _layout(
    isa: str, word: int, regions: tuple[LayoutRegion, ...], symbols: tuple[NamedSymbol, ...], heap: int, top: int
) -> Layout:
    return Layout(
        program=PROGRAM,
        isa=isa,
        word_size=word,
        step=200,
        last_step=300,
        pc=regions[1].region.start,
        location=HERE,
        regions=regions,
        symbols=symbols,
        heap=HeapUse(heap, heap + 0x21000, 0, blocks(heap), 1, None),
        stack=StackUse(top, top - 472, top - 4904, 3, "rsp" if word == 8 else "sp"),
    )


def slot(role: Role, **more: object) -> Slot:
    """Eight bytes of a frame."""
    return Slot(0x7FFFFFFFDFE0, 8, role, bytes(8), Evidence.WRITES, **more)  # type: ignore[arg-type]


def whereabouts(address: int, at: LayoutRegion, **more: object) -> Whereabouts:
    """A place in a region; what is there besides is told by name."""
    pointee = Pointee(PointeeKind.DATA, address)
    told: dict[str, object] = {"pointee": pointee, **more}
    return Whereabouts(address, 200, 300, 8, HERE, at, **told)  # type: ignore[arg-type]


def places() -> dict[str, Whereabouts]:
    """A place of every sort."""
    layout = wide()
    at = {one.section or one.region.kind.value: one for one in reversed(layout.regions)}
    stack, heap = at["stack"], at["heap"]
    named = {symbol.name: symbol for symbol in layout.symbols}
    main = named["main"]
    live, _, freed = layout.heap.blocks
    dead_pointee = Pointee(PointeeKind.DEAD, 0x7FFFFFFFD000, "f")
    writer = Writer(0x401300, "f", PROGRAM, 7, 90)
    return {
        "a function": whereabouts(0x401100, at[".text"], symbol=main, position=Position(0, "main", PROGRAM, 10)),
        "code": whereabouts(0x401112, at[".text"], symbol=main, offset=18, position=Position(0, "main", PROGRAM, 11)),
        "a static local": whereabouts(0x4070C0, at[".bss"], symbol=named["w"]),
        "an element": whereabouts(0x407100, at[".bss"], symbol=named["table"], offset=32),
        "nothing named": whereabouts(0x406400, at[".rodata"]),
        "a block": whereabouts(0x408010, heap, block=live),
        "a freed block": whereabouts(0x408083, heap, block=freed, offset=3),
        "behind a block": whereabouts(0x408078, heap, below=live),
        "a later block": whereabouts(0x408200, heap, later_block=live),
        "an unknown block": whereabouts(0x408200, heap, heap_unknown="no function of this program is called malloc"),
        "dead bytes": whereabouts(0x7FFFFFFFD000, stack, pointee=dead_pointee, dead=DeadBytes("f", 95, writer, None)),
        "never written": whereabouts(0x7FFFFFF00000, stack, pointee=dead_pointee),
        "a byte of a temporary": whereabouts(
            0x7FFFFFFFDFE4,
            stack,
            function="main",
            slot=slot(Role.TEMPORARY),
            initialised=Initialised.ALL,
            written_by=writer,
        ),
        "a byte of a saved register": whereabouts(
            0x7FFFFFFFDFE7, stack, function="f", frame=1, slot=slot(Role.SAVED_REGISTER, register="rbx", value="0x5")
        ),
        "room": whereabouts(
            0x7FFFFFFFDFE0,
            stack,
            function="f",
            slot=slot(Role.ALLOCA, note="64 bytes allocated at run time"),
            initialised=Initialised.PART,
            written_by=writer,
        ),
        "a byte of room": whereabouts(
            0x7FFFFFFFDFE6,
            stack,
            function="f",
            slot=slot(Role.ALLOCA, note="64 bytes allocated at run time"),
            initialised=Initialised.NONE,
            written_by=writer,
        ),
        "an element that nobody wrote": whereabouts(
            0x7FFFFFFFDFE4,
            stack,
            pointee=Pointee(PointeeKind.VARIABLE, 0x7FFFFFFFDFE4, "pair[1] in main"),
            function="main",
            slot=slot(
                Role.LOCAL,
                name="pair",
                type="int [2]",
                value="{1, 2}",
                fields=(Field("[0]", "int", 0, 4, "1"), Field("[1]", "int", 4, 4, "2")),
            ),
            offset=4,
            initialised=Initialised.NONE,
        ),
        "given back": whereabouts(
            0x7FFFFFFFD000,
            stack,
            pointee=dead_pointee,
            dead=DeadBytes(
                "f",
                None,
                writer,
                whereabouts(0x7FFFFFFFDFE4, stack, function="f", slot=slot(Role.TEMPORARY)),
            ),
        ),
        "behind a freed block": whereabouts(0x408090, heap, below=freed),
        "the header": whereabouts(
            0x400000,
            region(RegionKind.RODATA, 0x400000, 64, "r--", "ELF header"),
            symbol=symbol("__ehdr_start", SymbolKind.LABEL, 0x400000, 0, "ELF header"),
        ),
        "behind a label": whereabouts(
            0x407034, at[".data"], symbol=symbol("tab", SymbolKind.LABEL, 0x407030, 0, ".data"), offset=4
        ),
        "an argument": whereabouts(0x7FFFFFFFE008, stack, pointee=Pointee(PointeeKind.STACK, 0, "argv[0]")),
        "the guard": whereabouts(0x7FFFFF700000, at["guard"]),
    }


LARGE = HeapBlock(0x7FFFF79FFFF0, 200000, "malloc", 130, site(20, 120), False, None, 150, "free", site(24, 150))


def printed() -> list[PrintedAddress]:
    """What a program printed: `OUTPUT`."""
    found = places()

    def one(text: str, line: int, place: Whereabouts | None, **more: object) -> PrintedAddress:
        told: dict[str, object] = {"base": 16, "truncated": False, "exact": True, "printed_by": None, **more}
        position = OUTPUT.decode().index(text)
        address = place.address if place else int(text, 16)
        return PrintedAddress(
            text,
            "stdout",
            position,
            line,
            address=address,
            printed_at=180,
            written_at=190,
            place=place,
            **told,  # type: ignore[arg-type]
        )

    return [
        one("0x401100", 1, found["a function"]),
        one("4223168", 1, found["a static local"], base=10),
        one("0x408083", 2, found["a freed block"]),
        one("0x500000", 2, None),
        one("4294955008", 3, found["dead bytes"], base=10, truncated=True),
        one("0x7ffff7a00000", 3, None, freed_block=LARGE),
    ]


OUTPUT = b"main=0x401100 w=4223168\nfreed=0x408083, and 0x500000\nx=4294955008 y=0x7ffff7a00000\n"
