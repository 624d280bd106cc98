"""Each instruction set's C types, against its compiler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackglass import isa as isas
from stackglass.isa import Isa
from stackglass.recording.data_model import DataModel
from stackglass.recording.expressions import Expression
from stackglass.recording.operands import Found
from tests.needs import require

HEADERS = "#include <stddef.h>\n#include <stdint.h>\n#include <stdbool.h>\n"
TYPES = (
    *("char", "signed char", "unsigned char", "short", "int", "unsigned", "long", "unsigned long", "long long"),
    *("float", "double", "long double", "void *", "size_t", "ptrdiff_t", "intptr_t", "int64_t", "bool"),
)
NUMBERS = (
    *("'\\377'", "(char)200", "(int)(char)-1", "(unsigned)(char)-1", "(long)0x80000000", "(unsigned long)-1"),
    *("4000000000", "0xffffffff", "-1 < 0xffffffff", "2147483648 - 4294967296", "-1L < 4294967295", "0x80000000L"),
    *("(1UL << 31) << 1", "~0UL", "(long)-1 < 1u", "sizeof(1L)", "sizeof(4000000000)", "sizeof(1LL)", "sizeof('a')"),
    *("sizeof(0x100000000)", "sizeof(1.0L)", "(unsigned long)(void *)-1", "(long long)(int)0x80000000 >> 31"),
    *(
        "(long long)(1.0L / 3 * 1e10L)",
        "(long long)(1.0L / 3 * 1e17L) % 100",
        "(uint64_t)-1",
        "sizeof(void *) * 2",
        "(unsigned char)'\\377' == '\\377'",
    ),
)


class NoNames:
    """A scope in which nothing has a name but what headers define."""

    def __init__(self, isa: Isa) -> None:
        self.model = DataModel.of(isa)

    def variable(self, name: str) -> Found | None:
        return None

    def register(self, name: str) -> tuple[int, int] | None:
        return None

    def type_named(self, name: str) -> object:
        words = {"size_t": "unsigned long", "ptrdiff_t": "long", "intptr_t": "long", "int64_t": "long long"}
        words |= {"uint64_t": "unsigned long long", "bool": "_Bool"}
        return self.model.base_type(words[name].split()) if name in words else None

    def virtual_base(self, place: bytes | None, address: int) -> int | None:
        return None

    def names(self) -> list[str]:
        return []

    def read(self, address: int, size: int) -> bytes:
        raise AssertionError("nothing lies in memory")


@pytest.mark.parametrize("isa", isas.emulated())
def test_sizes_and_constants_are_the_compilers(isa: str, tmp_path: Path) -> None:
    compiler = "gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc"
    require(compiler)
    asked = [*(f"sizeof({type_})" for type_ in TYPES), *NUMBERS]
    if isas.get(isa).long_double == "pair":  # gcc computes with pairs of doubles at run time only
        asked = [text for text in asked if "1.0L / 3" not in text]
    lines = [HEADERS]
    for text in asked:
        value = Expression(text).evaluate(NoNames(isas.get(isa))).value  # type: ignore[arg-type]
        lines.append(f'_Static_assert((unsigned long long)({text}) == {int(value) % 2**64}ull, "{_quoted(text)}");')
    source = tmp_path / "told.c"
    source.write_text("\n".join(lines))
    done = subprocess.run([compiler, "-w", "-fsyntax-only", source], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\")
