"""The boundary to pyelftools: whatever malformed bytes make it raise leaves this layer as BadDebugInfo."""

from __future__ import annotations

from types import TracebackType

from stackglass.errors import BadDebugInfo, StackglassError


class reading:  # noqa: N801 - reads as a statement: `with reading(".debug_info", offset):`
    """Inside it, what pyelftools raises becomes a BadDebugInfo that names `section` and `offset`.

    pyelftools raises its own errors, those of the construct library that it carries, and on some inputs struct.error,
    KeyError, AssertionError, AttributeError and others, so every Exception is taken for one of its.
    """

    __slots__ = ("_offset", "_section")

    def __init__(self, section: str, offset: int | None = None) -> None:
        self._section = section
        self._offset = offset

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, StackglassError):
            raise bad(self._section, self._offset, f"{error} ({type(error).__name__})") from error


def bad(section: str, offset: int | None, what: str) -> BadDebugInfo:
    """A BadDebugInfo about one place of one section."""
    place = section if offset is None else f"{section} at offset {offset:#x}"
    return BadDebugInfo(
        f"the debug information cannot be read: {place}: {what.strip()}",
        section=section,
        offset=offset,
        help="rebuild the program with -g",
    )
