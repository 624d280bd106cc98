"""Whether objects of a C++ class can be copied as bytes, or only by calling a function of theirs.

The Itanium C++ ABI (3.1.1) calls the latter "non-trivial for the purposes of calls". clang says it of each class
(DW_AT_calling_convention); gcc does not, but lists the class's own member functions.
"""

from __future__ import annotations

from stackglass.debuginfo.entries import Entry

_PASS_BY_REFERENCE, _PASS_BY_VALUE = 4, 5  # DW_CC
_DEFAULTED_IN_CLASS = 1
_REFERENCES = ("DW_TAG_reference_type", "DW_TAG_rvalue_reference_type")
_WRAPPERS = ("DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_typedef")


def copied_by_call(entry: Entry) -> bool | None:
    """Whether a class's own functions make its objects non-trivial; None if it depends on its bases and members."""
    convention = entry.number("DW_AT_calling_convention")
    if convention in (_PASS_BY_REFERENCE, _PASS_BY_VALUE):
        return convention == _PASS_BY_REFERENCE
    if not entry.unit.is_cplusplus:
        return False
    functions = [child for child in entry.children if child.tag == "DW_TAG_subprogram"]
    if any(_is_polymorphic(child) for child in entry.children):
        return True
    return True if any(_copies_or_destroys(entry, function) for function in functions) else None


def _is_polymorphic(child: Entry) -> bool:
    """A virtual function or base, or the pointer to the table of virtual functions."""
    vtable = child.tag == "DW_TAG_member" and (child.text("DW_AT_name") or "").startswith("_vptr")
    return vtable or bool(child.number("DW_AT_virtuality"))


def _copies_or_destroys(entry: Entry, function: Entry) -> bool:
    """Whether a member function is a destructor, or a copying or moving constructor, that somebody wrote."""
    if function.number("DW_AT_defaulted") == _DEFAULTED_IN_CLASS or function.flag("DW_AT_deleted"):
        return False
    name, own = function.text("DW_AT_name") or "", _without_arguments(entry.text("DW_AT_name") or "")
    if name.startswith("~"):
        return True
    if not own or _without_arguments(name) != own:
        return False
    parameters = [child for child in function.children if child.tag == "DW_TAG_formal_parameter"]
    given = [parameter for parameter in parameters if not parameter.flag("DW_AT_artificial")]
    return len(given) == 1 and _refers_to(given[0].reference("DW_AT_type"), entry)


def _without_arguments(name: str) -> str:
    """A template's name without its arguments: 'vector' of 'vector<int>'."""
    return name.split("<")[0]


def _refers_to(type_: Entry | None, entry: Entry) -> bool:
    """Whether a type is a reference to the class, const or not."""
    if type_ is None or type_.tag not in _REFERENCES:
        return False
    target = type_.reference("DW_AT_type")
    while target is not None and target.tag in _WRAPPERS:
        target = target.reference("DW_AT_type")
    if target is None:
        return False
    same_name = target.text("DW_AT_name") == entry.text("DW_AT_name")
    return target.offset == entry.offset or (target.flag("DW_AT_declaration") and same_name)
