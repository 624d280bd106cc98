"""Memory against a plain dictionary of pages, under any sequence of mapping, unmapping and protecting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.emulator.memory import PAGE, Mapping, Memory
from stackglass.errors import UnreadableMemory
from stackglass.model import RegionKind

BASE = 0x100000
PAGES = 12


class Log:
    """A backing that only remembers what it was told."""

    def __init__(self) -> None:
        self.attached: set[Mapping] = set()
        self.writes: list[tuple[int, int]] = []

    def attach(self, mapping: Mapping) -> None:
        assert all(mapping.end <= other.start or other.end <= mapping.start for other in self.attached)
        self.attached.add(mapping)

    def detach(self, mapping: Mapping) -> None:
        self.attached.remove(mapping)

    def note_write(self, address: int, size: int) -> None:
        self.writes.append((address, size))


def page_range() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, PAGES - 1), st.integers(1, 5))


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("map"), page_range(), st.sampled_from(["rw-", "r--", "r-x"])),
        st.tuples(st.just("unmap"), page_range(), st.just("")),
        st.tuples(st.just("protect"), page_range(), st.sampled_from(["rw-", "r--", "---"])),
        st.tuples(st.just("write"), page_range(), st.just("")),
    ),
    max_size=25,
)


@given(ACTIONS)
def test_memory_is_a_dictionary_of_pages(actions: list[tuple[str, tuple[int, int], str]]) -> None:
    log = Log()
    memory = Memory(log)
    pages: dict[int, tuple[str, bytes]] = {}
    for count, (action, (first, size), permissions) in enumerate(actions):
        start = BASE + first * PAGE
        touched = range(first, first + size)
        if action == "map":
            memory.map(start, size * PAGE, permissions, kind=RegionKind.MMAP, name=None)
            pages.update({page: (permissions, bytes(PAGE)) for page in touched})
        elif action == "unmap":
            memory.unmap(start, size * PAGE)
            pages = {page: row for page, row in pages.items() if page not in touched}
        elif action == "protect":
            memory.protect(start, size * PAGE, permissions)
            pages.update({page: (permissions, pages[page][1]) for page in touched if page in pages})
        elif all(page in pages for page in touched):
            content = bytes([count % 251]) * (size * PAGE)
            memory.write(start, content)
            pages.update({page: (pages[page][0], content[:PAGE]) for page in touched})
        else:
            with pytest.raises(UnreadableMemory):
                memory.write(start, b"x" * size * PAGE)
    assert set(memory.mappings) == log.attached
    for page in range(PAGES + 5):
        mapping = memory.mapping_at(BASE + page * PAGE + 5)
        assert (mapping.permissions if mapping else None) == (pages[page][0] if page in pages else None)
        assert memory.is_writable(BASE + page * PAGE, PAGE) == (page in pages and "w" in pages[page][0])
        if page in pages:
            assert memory.read(BASE + page * PAGE, PAGE) == pages[page][1]
        else:
            with pytest.raises(UnreadableMemory):
                memory.read(BASE + page * PAGE, 1)


@given(ACTIONS, st.integers(1, 4))
def test_a_gap_is_free_and_the_highest(actions: list[tuple[str, tuple[int, int], str]], size: int) -> None:
    memory = Memory(Log())
    for action, (first, pages), permissions in actions:
        if action == "map":
            memory.map(BASE + first * PAGE, pages * PAGE, permissions, kind=RegionKind.MMAP, name=None)
    below = BASE + PAGES * PAGE
    gap = memory.find_gap(size * PAGE, below)
    assert gap + size * PAGE <= below
    assert not any(mapping.start < gap + size * PAGE and gap < mapping.end for mapping in memory.mappings)
    for higher in range(gap + PAGE, below - size * PAGE + 1, PAGE):
        assert any(mapping.start < higher + size * PAGE and higher < mapping.end for mapping in memory.mappings)


def test_reads_and_strings_cross_mappings() -> None:
    memory = Memory(Log())
    memory.map(BASE, PAGE, "rw-", kind=RegionKind.DATA, name="a")
    memory.map(BASE + PAGE, PAGE, "r--", kind=RegionKind.RODATA, name="b")
    memory.write(BASE + PAGE - 3, b"abcdef\0")
    assert memory.read(BASE + PAGE - 3, 6) == b"abcdef"
    assert memory.read_string(BASE + PAGE - 3) == b"abcdef"
    assert memory.read_string(BASE + PAGE - 3, limit=4) == b"abcd"
    memory.write(BASE + 2 * PAGE - 2, b"xy")
    with pytest.raises(UnreadableMemory):
        memory.read_string(BASE + 2 * PAGE - 2)


def test_going_back_to_earlier_mappings_tells_which_are_new() -> None:
    memory = Memory(Log())
    memory.map(BASE, 4 * PAGE, "rw-", kind=RegionKind.DATA, name="a")
    memory.map(BASE + 8 * PAGE, PAGE, "rw-", kind=RegionKind.DATA, name="b")
    before = memory.mappings
    memory.protect(BASE + PAGE, PAGE, "r--")
    memory.unmap(BASE + 8 * PAGE, PAGE)
    added = memory.restore_mappings(before)
    assert memory.mappings == before
    assert added == set(before)
    assert memory.restore_mappings(before) == set()
