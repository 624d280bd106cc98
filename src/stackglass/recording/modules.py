"""The ELF images of a running program: its executable, and the shared objects that it maps as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackglass.debuginfo.image import Image
from stackglass.emulator.loader import Module
from stackglass.emulator.memory import PAGE
from stackglass.errors import BadImage

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Target
    from stackglass.emulator.kernel.addresses import FileMapping


class Modules:
    """Keeps a target up to date with what the program has mapped."""

    def __init__(self, target: Target, loaded: Sequence[Module]) -> None:
        self.target = target
        self.loaded: list[Module] = []
        self._seen: set[tuple[str, int]] = set()
        for module in loaded:
            self._add(module)

    def follow(self, files: Sequence[FileMapping]) -> bool:
        """Adds the shared objects among the files that the program has mapped. Whether there was a new one.

        The dynamic loader maps all of an object at once first, from the beginning of its file.
        """
        found = False
        for mapping in files:
            if mapping.offset or (mapping.path, mapping.start) in self._seen:
                continue
            self._seen.add((mapping.path, mapping.start))
            try:
                image = Image.parse(mapping.data, mapping.path)
            except BadImage:
                continue
            if image.segments:
                self._add(Module(image, mapping.start - (min(one.address for one in image.segments) & -PAGE)))
                found = True
        return found

    def _add(self, module: Module) -> None:
        self.loaded.append(module)
        self.target.add(module.image, module.bias)
