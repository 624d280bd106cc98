"""Random structs and unions with packed and aligned members and bit-fields, each written and read in many ways."""

from __future__ import annotations

import random
from typing import NamedTuple

_HEAD = """#include <stddef.h>
#include <stdio.h>
#include <string.h>
typedef int anywhere __attribute__((aligned(1)));
typedef short half_anywhere __attribute__((__aligned__(1)));
static void dump(const void *p, int n) {
    const unsigned char *c = p;
    for (int i = 0; i < n; i++) printf("%02x", c[i]);
    puts("");
}
"""
_PLAIN = ("char", "short", "int", "unsigned", "unsigned char", "float", "double", "long long", "unsigned short")
_TYPES = (*_PLAIN, "anywhere", "half_anywhere")
_BITS = {"char": 8, "short": 16, "int": 32, "unsigned": 32, "unsigned short": 16, "_Bool": 1, "unsigned char": 8}
_ON_MEMBERS = (
    *("", "", "", " __attribute__((packed))", " __attribute__((packed, aligned(2)))"),
    *(" __attribute__((aligned(8)))", " __attribute__((aligned(2)))"),
)
_ON_RECORDS = (
    "",
    "",
    " __attribute__((packed))",
    " __attribute__((packed, aligned(4)))",
    " __attribute__((aligned(8)))",
)


class _Part(NamedTuple):
    """What can be assigned to: how it is reached, and whether it has an offset of its own."""

    way: str
    has_offset: bool


class _Records:
    """Writes a program. `_known` are the records so far, with their parts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._known: list[tuple[str, list[_Part]]] = []

    def program(self) -> str:
        """The program's text."""
        definitions, statements = [], []
        for number in range(4):
            name, text, parts = self._record(number)
            definitions.append(text)
            statements.append(self._uses(name, number, parts))
            self._known.append((name, [one for one in parts if "[i]" not in one.way]))
        return _HEAD + "\n".join(definitions) + "\nint main(void) {\n" + "\n".join(statements) + "\nreturn 0; }\n"

    def _record(self, number: int) -> tuple[str, str, list[_Part]]:
        kind = self._random.choice(("struct", "struct", "struct", "union"))
        before, behind = self._random.choice(_ON_RECORDS), ""
        if self._random.random() < 0.5:
            before, behind = behind, before
        members: list[str] = []
        parts: list[_Part] = []
        for at in range(self._random.randint(2, 7)):
            text, found = self._member(f"m{at}")
            members.append(text)
            parts += found
        name = f"{kind} s{number}"
        return name, f"{kind}{before} s{number} {{ {' '.join(members)} }}{behind};\n{name} g{number};", parts

    def _member(self, name: str) -> tuple[str, list[_Part]]:
        choice = self._random.random()
        attribute = self._random.choice(_ON_MEMBERS)
        if choice < 0.4:
            type_, bits = self._random.choice(list(_BITS.items()))
            packed = self._random.choice(("", "", " __attribute__((packed))"))
            unnamed = f" {type_} : 0;" if self._random.random() < 0.1 else ""
            return f"{type_} {name} : {self._random.randint(1, bits)}{packed};{unnamed}", [_Part(name, False)]
        if choice < 0.5 and self._known:
            record, inner = self._random.choice(self._known)
            return f"{record} {name};", [_Part(f"{name}.{one.way}", one.has_offset) for one in inner]
        type_ = self._random.choice(_PLAIN)
        if choice < 0.6:
            return f"{type_} {name}[3]{attribute};", [_Part(f"{name}[2]", True), _Part(f"{name}[i]", False)]
        if choice < 0.65:
            return f"_Alignas(8) {type_} {name};", [_Part(name, True)]
        return f"{self._random.choice(_TYPES)} {name}{attribute};", [_Part(name, True)]

    def _uses(self, name: str, number: int, parts: list[_Part]) -> str:
        offsets = "".join(f'printf("%d ", (int)offsetof({name}, {one.way}));' for one in parts if one.has_offset)
        lines = [
            f'printf("{name} %d %d\\n", (int)sizeof({name}), (int)_Alignof({name}));{offsets}',
            f"{{ {name} v, *p = &v, w; int i = {self._random.randint(0, 2)};",
            f"struct {{ char c; {name} z; }} __attribute__((packed)) h, *ph = &h;",
            f"memset(&v, {self._random.choice((0, 255, 90))}, sizeof v);",
            "memset(&h, 0, sizeof h); memset(&w, 0, sizeof w);",
        ]
        for one in parts:
            where = self._random.choice(("v.", "p->", f"g{number}.", "h.z.", "ph->z.")) + one.way
            lines.append(f"{where} = {self._random.randint(-5, 10**6)}; {where} += {self._random.randint(1, 9)};")
            given = f"({where} = {self._random.randint(0, 99)})"
            lines += [f'printf("%g ", (double){value});' for value in (f"{where}++", f"--{where}", where, given)]
        dumps = f"dump(&v, sizeof v); dump(&h, sizeof h); dump(&g{number}, sizeof v);"
        lines.append(f"{dumps} w = v; h.z = w; g{number} = ph->z; {dumps}")
        if name.startswith("struct"):
            lines.append(
                self._initialised(name, [one.way for one in parts if "." not in one.way and "[" not in one.way])
            )
        return "\n".join([*lines, "}"])

    def _initialised(self, name: str, ways: list[str]) -> str:
        values = ", ".join(f".{way} = {self._random.randint(0, 1)}" for way in ways)
        shown = "".join(f'printf("%g %g ", (double)q.{way}, (double)t.{way});' for way in ways)
        return f"{{ {name} q = {{ {values} }}; static {name} t = {{ {values} }}; {shown} }}"


def random_records(seed: int) -> str:
    """A program that prints where members are, and what they hold after all sorts of assignments."""
    return _Records(seed).program()
