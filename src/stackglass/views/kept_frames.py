"""Which frames stay in JSON where a limit leaves some out."""

from __future__ import annotations

from collections.abc import Sequence


def kept_frames(total: int, limit: int | None) -> Sequence[int]:
    """The indexes of the frames that stay when at most `limit` of `total` do: the two ends, the inner one first."""
    if limit is not None and limit < 0:
        raise ValueError("the number of frames to keep is negative")
    if limit is None or total <= limit:
        return range(total)
    outer = limit // 2
    return [*range(limit - outer), *range(total - outer, total)]
