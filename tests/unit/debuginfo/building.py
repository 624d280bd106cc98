"""Test programs, each built once for every compiler and set of flags that a test asks for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stackglass.debuginfo.image import Image
from stackglass.debuginfo.modules import Module
from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.debuginfo.target import Function, Target
from tests.needs import require

PROGRAMS = Path(__file__).resolve().parents[2] / "programs" / "debuginfo"
NEEDS = {"gcc": "gcc", "g++": "g++", "clang": "clang", "clang++": "clang", "as": "readelf"}


@dataclass(frozen=True)
class Built:
    """A program that was built, and what stackglass makes of it when it is loaded with `bias`."""

    path: Path
    source: Path
    bias: int = 0

    @cached_property
    def image(self) -> Image:
        """It as an image."""
        return Image.parse(self.path.read_bytes(), str(self.path))

    @cached_property
    def target(self) -> Target:
        """A target with it as the only module, its source being the program's own."""
        target = Target(self.image.isa, frozenset({str(self.source)}))
        target.add(self.image, self.bias)
        return target

    @property
    def module(self) -> Module:
        """The target's only module."""
        return self.target.modules[0]

    @property
    def own(self) -> list[Function]:
        """The functions of the source."""
        return [function for function in self.target.functions() if not function.library]

    def function(self, name: str) -> Function:
        """The only function of that name."""
        (found,) = self.target.functions_named(name)
        return found

    def subprogram(self, name: str) -> Subprogram:
        """What debug information says of the only function of that name."""
        found = self.function(name).subprogram
        assert found is not None
        return found

    def variable(self, function: str, name: str) -> VariableInfo:
        """The only variable of that name in a function."""
        (found,) = [v for v in self.subprogram(function).all_variables() if v.name == name]
        return found

    def line_of(self, text: str) -> int:
        """The number of the only line of the source that has `text`."""
        (line,) = [n for n, line in enumerate(self.source.read_text().splitlines(), 1) if text in line]
        return line

    def pc_of(self, text: str) -> int:
        """The address of the first statement of that line."""
        return self.target.line_addresses(self.source.name, self.line_of(text))[0]


Build = Callable[..., Built]


def builder(folder: Path) -> Build:
    """`build("types.c", "gcc", "-O2")` builds into `folder`, unless that was built already."""
    known: dict[tuple[str, ...], Built] = {}

    def build(source: str, compiler: str = "gcc", *flags: str, bias: int = 0) -> Built:
        require(NEEDS.get(compiler, compiler))
        key = (source, compiler, *flags)
        path = folder / str(len(known))
        if key not in known:
            command = [compiler, "-g", "-w", *flags, str(PROGRAMS / source), "-o", str(path)]
            subprocess.run(command, check=True, capture_output=True, cwd=folder)  # split debug information goes there
            known[key] = Built(path, PROGRAMS / source)
        return known[key] if not bias else Built(known[key].path, PROGRAMS / source, bias)

    return build
