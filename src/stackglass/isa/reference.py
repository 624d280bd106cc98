"""What the documentation says of the instruction sets, out of their tables: docs/instruction-sets.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from stackglass import isa as isas
from stackglass.isa.passing import ArgumentType, Assign
from stackglass.isa.table import Isa

_FLOATS = {"x87": "x87 extended", "pair": "a pair of doubles", None: "binary128"}


def facts() -> str:
    """A table in Markdown: a column an emulated instruction set, a row a fact of its ABI."""
    tables = [isas.get(name) for name in isas.emulated()]
    rows = [("", *(f"`{isa.name}`" for isa in tables))]
    rows += [(title, *(tell(isa) for isa in tables)) for title, tell in _FACTS.items()]
    return "".join(table_lines(rows))


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table in Markdown; the first row is its head."""
    for number, row in enumerate(rows):
        yield f"| {' | '.join(row)} |\n"
        if number == 0:
            yield "|---" * len(row) + "|\n"


def _registers(names: Sequence[str]) -> str:
    """'`r0` to `r3`' where three or more are numbered in a row, else each."""
    if not names:
        return "none: on the stack"
    rows: list[list[str]] = []
    for name in names:
        if rows and name == _following(rows[-1][-1]):
            rows[-1].append(name)
        else:
            rows.append([name])
    told = [[f"`{row[0]}` to `{row[-1]}`"] if len(row) > 2 else [f"`{name}`" for name in row] for row in rows]
    return ", ".join(words for row in told for words in row)


def _following(name: str) -> str | None:
    """The register with the next number; None for one that has none."""
    stem = name.rstrip("0123456789")
    return None if stem == name else f"{stem}{int(name[len(stem) :]) + 1}"


def _callee_saved(isa: Isa) -> str:
    parts = (isa.register(name).kept_parts or (name,) for name in isa.callee_saved)
    return _registers([name for names in parts for name in names])


def _floats(isa: Isa) -> str:
    """The registers of floating-point arguments: the general ones where the ABI has no others for them."""

    def told(own: Sequence[str], assign: Assign | None) -> str:
        if own or assign is None:
            return _registers(own)
        (place,) = assign([ArgumentType("float", 8, 8)], None, None).arguments
        return _registers(isa.integer_arguments if place.registers else ())

    variants = ((one.title, told(one.float_arguments, one.assign)) for one in isa.abi_variants)
    return _with_variants(told(isa.float_arguments, isa.assign), variants)


def _results(isa: Isa) -> str:
    variants = ((one.title, _registers((*isa.integer_results, *one.float_results))) for one in isa.abi_variants)
    return _with_variants(_registers((*isa.integer_results, *isa.float_results)), variants)


def _with_variants(usual: str, variants: Iterable[tuple[str, str]]) -> str:
    """What holds, and behind it for the ABI's variants (title, words) what differs there."""
    return usual + "".join(f"; {words} ({title})" for title, words in variants if words != usual)


def _return_address(isa: Isa) -> str:
    return f"in `{isa.return_register}`" if isa.return_register else "on the stack"


def _thread_local(isa: Isa) -> str:
    if isa.tls_offset is None:
        return f"below `{isa.thread_pointer}`"
    return f"from `{isa.thread_pointer}`" + (f"{isa.tls_offset:+#x}" if isa.tls_offset else "") + " on"


def _canary(isa: Isa) -> str:
    if isa.canary_variable is not None:
        return f"`{isa.canary_variable}`"
    return f"`{isa.thread_pointer}{isa.canary_thread_offset:+#x}`" if isa.canary_thread_offset is not None else "none"


def _long_double(isa: Isa) -> str:
    size = isa.long_double_size
    return f"{size} bytes, {_FLOATS[isa.long_double] if size > 8 else 'a double'}"


_FACTS: dict[str, Callable[[Isa], str]] = {
    "instruction set and ABI": lambda isa: isa.title,
    "rules": lambda isa: isa.psabi,
    "word": lambda isa: f"{isa.word_size} bytes, {isa.byte_order}-endian",
    "a call leaves the return address": _return_address,
    "frame pointer": lambda isa: f"`{isa.frame_pointer}`" + (", which is the CFA" if isa.frame_pointer_at_cfa else ""),
    "arguments in": lambda isa: _registers(isa.integer_arguments),
    "floating ones in": _floats,
    "results in": _results,
    "callee-saved": _callee_saved,
    "stack alignment at calls": lambda isa: f"{isa.stack_alignment} bytes",
    "red zone": lambda isa: f"{isa.red_zone} bytes" if isa.red_zone else "none",
    "canary": _canary,
    "thread-local storage": _thread_local,
    "`char`": lambda isa: "signed" if isa.char_is_signed else "unsigned",
    "`long double`": _long_double,
    "compiler, if it isn't the host's own": lambda isa: f"`{isa.gnu_triplet}-gcc`",
    "zig's target": lambda isa: f"`{isa.zig_target}`",
}
