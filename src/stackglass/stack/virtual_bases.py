"""Where an object's virtual base classes are, as far as it has been made."""

from __future__ import annotations

from stackglass.debuginfo.expressions import Context, evaluate_value
from stackglass.debuginfo.types import Type
from stackglass.debuginfo.virtual_bases import has_virtual_bases, placed
from stackglass.errors import UnreadableMemory
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.leftovers import are_leftovers


def with_virtual_bases(chain: FrameChain, type_: Type, address: int) -> Type:
    """The type of the object at `address` with its virtual bases placed, where it tells their places."""
    if not has_virtual_bases(type_):
        return type_
    return placed(type_, address, lambda place, at: virtual_base(chain, place, at))


def virtual_base(chain: FrameChain, place: bytes, address: int) -> int | None:
    """The address of a virtual base, by the expression for it and the address of the object that has it.

    None where the object's pointer to its table of virtual functions has yet to be set: it leads to no table, or was
    left over from earlier calls.
    """
    reads: list[tuple[int, int]] = []

    def read(at: int, size: int) -> bytes:
        reads.append((at, at + size))
        return chain.memory.read(at, size)

    isa = chain.facts.isa
    context = Context(_no_register, read, address_size=isa.word_size, byte_order=isa.byte_order)
    try:
        found = evaluate_value(place, context, on_stack=address)
    except UnreadableMemory:
        return None
    if found is None or any(chain.facts.target.module_at(at) is None for at, _ in reads[1:]):
        return None
    return None if _is_left_over(chain, reads[:1]) else found


def _is_left_over(chain: FrameChain, ranges: list[tuple[int, int]]) -> bool:
    """Whether these bytes are a frame's own, and not written yet by its activation."""
    holding = (at for at in range(len(chain)) if ranges and chain.extent(at).holds(ranges[0][0]))
    index = next(holding, 0)  # also what lies below SP is the running function's
    return are_leftovers(chain, index, ranges)


def _no_register(number: int) -> int:
    raise LookupError(number)
