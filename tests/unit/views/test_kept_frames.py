"""What a limit on frames leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.views.kept_frames import kept_frames


@given(st.integers(0, 50), st.none() | st.integers(0, 60))
def test_kept_and_omitted_frames_are_all_frames(total: int, limit: int | None) -> None:
    kept = list(kept_frames(total, limit))
    assert kept == sorted(set(kept))
    assert len(kept) == (total if limit is None else min(total, limit))
    if kept and limit:
        assert kept[0] == 0
        assert len(kept) == 1 or kept[-1] == total - 1


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        kept_frames(3, -1)
