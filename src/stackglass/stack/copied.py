"""Copies of a frame's own return address, and of the frame pointer saved beside it, that its function has made.

A function that is about to return with another SP than it was called with takes them along (alloca as a procedure).
Evidence: the words are equal, and the activation itself wrote them. Numbers that a frame pointer happens to hold may
be anywhere, so its copy counts only where it lies beside one of the return address, as the original does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stackglass.errors import UnreadableMemory
from stackglass.model import Evidence, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.linkage import kept_above
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites


def copies(chain: FrameChain, index: int, known: Sequence[Claim[Use]], writes: FrameWrites) -> Iterator[Claim[Use]]:
    """The words of frame `index` that are such copies. `known` are claims, the return address's among them."""
    original = _original(chain, index, known)
    if original is None or not writes.recorded:
        return
    isa = chain.facts.isa
    kept = isa.code_address(chain.memory.word(original.low))
    if not kept or kept != chain.activation(index).return_address:
        return  # nobody called it, and any 0 is equal; or it was overwritten
    pointer = _beside(chain, original, known)
    for low in _equal_words(chain, index, original.low):
        if not _wrote(chain, index, low, writes):
            continue
        yield _copy(chain, low, "return address")
        if pointer is not None:
            beside = low + pointer.low - original.low
            extent = chain.extent(index)
            inside = extent.low <= beside <= extent.high - isa.word_size
            equal = inside and chain.memory.word(beside) == chain.memory.word(pointer.low)
            if equal and beside != pointer.low and _wrote(chain, index, beside, writes):
                yield _copy(chain, beside, f"saved {pointer.owner.register}")


def _original(chain: FrameChain, index: int, known: Sequence[Claim[Use]]) -> Claim[Use] | None:
    above = kept_above(chain, index)
    if above is not None:
        low = above.address
        return Claim(low, low + chain.facts.isa.word_size, Use(Role.RETURN_ADDRESS, above.evidence, frame=index))
    own = (claim for claim in known if claim.owner.role is Role.RETURN_ADDRESS and claim.owner.frame is None)
    return next(own, None)


def _beside(chain: FrameChain, original: Claim[Use], known: Sequence[Claim[Use]]) -> Claim[Use] | None:
    """What leads to the caller's frame: the saved frame pointer, or the back chain of the frame that has both."""
    isa = chain.facts.isa
    if original.owner.frame is not None and isa.linkage is not None:
        low = original.low - isa.linkage.return_address + isa.linkage.back_chain
        return Claim(low, low + isa.word_size, Use(Role.SAVED_REGISTER, Evidence.ABI, register=isa.stack_pointer))
    return next((claim for claim in known if claim.owner.role is Role.SAVED_FRAME_POINTER), None)


def _copy(chain: FrameChain, low: int, what: str) -> Claim[Use]:
    return Claim(low, low + chain.facts.isa.word_size, Use(Role.TEMPORARY, Evidence.WRITES, note=f"copy of the {what}"))


def _equal_words(chain: FrameChain, index: int, original: int) -> list[int]:
    """The addresses in the frame, but for `original`, of words that hold what the word there does."""
    low, high = chain.extent(index)
    word = chain.facts.isa.word_size
    try:
        content, wanted = chain.memory.read(low, high - low), chain.memory.read(original, word)
    except UnreadableMemory:
        return []
    found = [low + match.start() for match in re.finditer(b"(?=" + re.escape(wanted) + b")", content)]
    return [address for address in found if address % word == 0 and address != original]


def _wrote(chain: FrameChain, index: int, low: int, writes: FrameWrites) -> bool:
    """Whether the frame's function wrote all of the word at `low`, in this activation."""
    function = chain.facts.function_at(chain.look_up(index))
    runs = writes.runs(low, low + chain.facts.isa.word_size)
    return function is not None and all(
        run.own and run.pc is not None and chain.facts.function_at(run.pc) is function for run in runs
    )
