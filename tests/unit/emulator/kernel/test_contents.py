"""A scratch file's bytes against a plain bytearray, with freezing in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackglass.emulator.kernel.contents import BLOCK, Contents

OFFSETS = st.one_of(st.integers(0, 100), st.integers(BLOCK - 20, BLOCK + 20), st.integers(3 * BLOCK - 5, 3 * BLOCK + 5))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), OFFSETS, st.binary(max_size=60)),
        st.tuples(st.just("long write"), OFFSETS, st.integers(0, 255)),
        st.tuples(st.just("resize"), OFFSETS, st.just(b"")),
        st.tuples(st.just("freeze"), st.just(0), st.just(b"")),
    ),
    max_size=20,
)


@given(ACTIONS, OFFSETS, st.integers(0, 2 * BLOCK))
def test_contents_are_bytes(actions: list[tuple[str, int, bytes | int]], offset: int, size: int) -> None:
    contents, plain = Contents(), bytearray()
    frozen = []
    for action, at, given_data in actions:
        data = bytes([given_data]) * (BLOCK + 7) if isinstance(given_data, int) else given_data
        if action == "freeze":
            frozen.append((contents.freeze(), bytes(plain)))
        elif action == "resize":
            contents.resize(at)
            del plain[at:]
            plain.extend(bytes(at - len(plain)))
        elif data:
            contents.write(at, data)
            plain.extend(bytes(max(0, at - len(plain))))
            plain[at : at + len(data)] = data
    assert contents.size == len(plain)
    assert contents.read(0, len(plain) + 10) == plain
    assert contents.read(offset, size) == plain[offset : offset + size]
    for moment, was in frozen:
        assert Contents(moment).read(0, moment.size) == was
