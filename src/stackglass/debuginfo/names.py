"""Names as a programmer writes them: C++'s qualified by namespaces, classes and functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackglass.debuginfo.demangling import demangled

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry

_QUALIFYING = {
    "DW_TAG_namespace": "(anonymous namespace)",
    "DW_TAG_class_type": "(anonymous class)",
    "DW_TAG_structure_type": "(anonymous struct)",
    "DW_TAG_union_type": "(anonymous union)",
    "DW_TAG_enumeration_type": None,
    "DW_TAG_subprogram": None,
    "DW_TAG_module": None,
}
"""The entries whose names stand before those of what they own, and what they are called without a name."""

_DEEPEST = 200

_PART = re.compile(r"\.(?:cold|part|isra|constprop|lto_priv|llvm|warm)(?:\.\d+)*")


def plain_name(symbol: str) -> str:
    """A symbol's name as the source has it: C++'s without parameters, and 'f' of 'f.part.0' and 'f.cold'."""
    name = _PART.sub("", symbol) or symbol
    return demangled(name) or name


def is_nested(symbol: str) -> bool:
    """Whether it may be that of a function within a function: gcc's 'name.0', the textbook machine's 'outer.name'."""
    return all(part.isidentifier() or part.isdigit() for part in symbol.split(".")) and "." in symbol


def last_component(name: str) -> str:
    """'push' of 'ns::Stack<ns::Item>::push'; a template's arguments stay."""
    operator = name.rfind("operator")
    if (
        operator >= 0
        and not name[operator + 8 : operator + 9].isalnum()
        and (operator == 0 or name[operator - 2 : operator] == "::")
    ):
        return name[operator:]  # its name may have brackets: operator->, operator()
    depth, at = 0, len(name)
    while at > 0:
        at -= 1
        depth += (name[at] in ">)") - (name[at] in "<(")
        if depth == 0 and name[at] == ":" and name[at - 1 : at] == ":":
            return name[at + 1 :]
    return name


def qualified_name(entry: Entry) -> str | None:
    """The entry's name with those of its owners before it in C++; None if it has none."""
    name = entry.inherited_text("DW_AT_name")
    if name is None or not entry.unit.is_cplusplus:
        return name
    return "::".join((*_owners(entry), name))


def _owners(entry: Entry) -> list[str]:
    """The names before an entry's own, outermost first: those of where it was declared, not of where it is defined."""
    *_, declared = entry.origins()
    names: list[str] = []
    owner = declared.parent
    for _ in range(_DEEPEST):
        if owner is None:
            break
        if owner.tag in _QUALIFYING:
            *_, declared = owner.origins()
            names.append(_name_of_owner(declared))
            owner = declared.parent
        else:
            owner = owner.parent
    return [name for name in reversed(names) if name]


def _name_of_owner(entry: Entry) -> str:
    if entry.tag == "DW_TAG_enumeration_type" and not entry.flag("DW_AT_enum_class"):
        return ""
    name = entry.text("DW_AT_name")
    if name is None and entry.has("DW_AT_signature"):
        defining = entry.reference("DW_AT_signature")
        name = None if defining is None else defining.text("DW_AT_name")
    if name is None and any(child.text("DW_AT_name") == "operator()" for child in entry.children):
        return "<lambda>"
    return name or _QUALIFYING[entry.tag] or ""


def matches(qualified: str, name: str) -> bool:
    """Whether `name` may be meant for what is called `qualified`: whole, by its end, without a template's arguments."""
    if qualified == name or last_component(qualified) == name or qualified.endswith("::" + name):
        return True
    return _without_arguments(qualified) == name or _without_arguments(last_component(qualified)) == name


def is_constructor(qualified: str) -> bool:
    """Whether a function called that is a constructor: 'ns::Stack<int>::Stack'. No name of its own leads to it."""
    last = last_component(qualified)
    return qualified != last and _without_arguments(last_component(qualified[: -len(last) - 2])) == last


def identifier(name: str) -> str:
    """What a mangled name surely contains, verbatim, if it is that of a function called `name`."""
    last = _without_arguments(last_component(name)).lstrip("~")
    return "" if "operator" in last or "<" in last or "(" in last else last


def _without_arguments(name: str) -> str:
    """'Stack::push' of 'Stack<int>::push'."""
    text, depth = [], 0
    if "operator" in name:
        return name
    for letter in name:
        depth += letter == "<"
        if not depth:
            text.append(letter)
        depth -= letter == ">"
    return "".join(text)
