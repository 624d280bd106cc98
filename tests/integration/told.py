"""Programs that tests have as text, recorded on any instruction set."""

from __future__ import annotations

from pathlib import Path

import stackglass
from stackglass import isa as isas
from tests.needs import require


def recorded(folder: Path, isa: str, flags: str, source: str) -> stackglass.Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (folder / "told.c").write_text(source)
    return stackglass.record(folder / "told.c", isa=isa, cflags=flags)
