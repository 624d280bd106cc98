"""Virtual base classes: where they lie in an object is told by its table of virtual functions, once that is set."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Recording, Role
from stackglass import isa as isas
from stackglass.errors import ExpressionError, LocationError
from stackglass.model import Field
from stackglass.views.text import PictureOptions, picture
from stackglass.views.where_words import told
from tests.needs import require

SOURCE = """
#include <stdio.h>
struct Shared { int shared = 1; };
struct Left : virtual Shared { int left = 2; };
struct Right : virtual Shared { int right = 3; };
struct Both : Left, Right {
    int both = 4;
    __attribute__((noinline)) int sum() { return shared + left + right + both; }
};
struct Holder { int first; Both inside; };
Both fixed;
__attribute__((noinline)) int take(Shared *base, Both *whole, Both &same, Left *left, void *plain) {
    return base->shared + whole->both + same.right + left->left + (plain != 0);
}
__attribute__((noinline)) int held(Holder *holder) { return holder->inside.shared; }
__attribute__((noinline)) int look(Both *unmade) { return unmade != 0; }
int main() {
    Both object;
    object.shared = 77;
    int result = take(&object, &object, object, &object, &object.shared) + object.sum();
    Holder holder;
    holder.inside.shared = 55;
    result += held(&holder);
    alignas(Both) static char room[sizeof(Both)];
    result += look((Both *)room);
    printf("%d %p %p\\n", result, (void *)&object.shared, (void *)&fixed.shared);
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("virtual")
    (folder / "bases.cpp").write_text(SOURCE)
    return folder


def recorded(folder: Path, isa: str, compiler: str = "g++") -> Recording:
    if compiler == "clang++":
        require("clang++")
        return stackglass.record(folder / "bases.cpp", cc="clang++")
    require("g++" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-g++", "static libc")
    return stackglass.record(folder / "bases.cpp", isa=isa)


def leaves(fields: tuple[Field, ...]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for one in fields:
        found |= leaves(one.fields) if one.fields else {one.name: one.value}
    return found


@pytest.mark.parametrize(("isa", "compiler"), [*((isa, "g++") for isa in isas.emulated()), ("x86_64", "clang++")])
def test_a_virtual_base_is_told_once_at_its_place(isa: str, compiler: str, folder: Path) -> None:
    recording = recorded(folder, isa, compiler)
    slots = {slot.name: slot for slot in recording.at("held").frames[1].slots if slot.role is Role.LOCAL}
    (shared,) = (one for one in slots["object"].fields if one.name == "Shared")
    assert leaves(shared.fields) == {"shared": "77"} and shared.size == 4
    content = slots["object"].bytes[shared.offset : shared.offset + 4]
    assert int.from_bytes(content, isas.get(isa).byte_order) == 77
    assert leaves(slots["holder"].fields)["shared"] == "55"
    members = leaves(slots["object"].fields)
    assert (members["left"], members["right"], members["both"]) == ("2", "3", "4")
    frame = recording.at("take").frames[0]
    pointees = {one.name: one.points_to for one in frame.parameters}
    assert pointees["plain"] is not None and pointees["plain"].name == "object.shared in main"
    places = [one.place for one in recording.printed_addresses().addresses]
    assert [told(place).name for place in places if place] == ["object.shared", "fixed.shared"]


@pytest.mark.parametrize("isa", isas.emulated())
@pytest.mark.parametrize(
    "text",
    [
        "base->shared == 77",
        "whole->shared == 77",
        "same.shared == 77",
        "left->shared == 77",
        "&whole->shared == plain && &left->shared == base",
        "((Shared *)whole)->shared == 77 && (Shared *)whole == plain",
        "whole == base && base == left && (void *)whole != base",
        "((Right *)whole)->right == 3 && ((Both *)left)->both == 4 && (Both *)(Right *)whole == whole",
        "(char *)&same.shared - (char *)whole == (char *)base - (char *)left",
    ],
)
def test_an_expression_finds_it_by_the_object(isa: str, text: str, folder: Path) -> None:
    recorded(folder, isa).at("take", when=text)


def test_nothing_leads_from_a_virtual_base_to_its_object(folder: Path) -> None:
    with pytest.raises(ExpressionError, match="nothing leads from a virtual base to its object"):
        recorded(folder, "x86_64").at("take", when="((Both *)base)->both == 4")


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_method_names_it_without_this(isa: str, folder: Path) -> None:
    recorded(folder, isa).at("Both::sum", when="shared == 77 && left == 2")


@pytest.mark.parametrize("isa", isas.emulated())
@pytest.mark.parametrize(("where", "text"), [("main", "object.shared == 0"), ("look", "unmade->shared == 0")])
def test_of_an_object_not_made_yet_nothing_is_told(isa: str, where: str, text: str, folder: Path) -> None:
    """Its pointer to the table is 0, or whatever earlier calls left: that counts as unknown, not as false."""
    with pytest.raises(ExpressionError, match=r"does not tell where its base Shared lies|has no value there"):
        recorded(folder, isa).at(where, when=text)
    with pytest.raises(LocationError, match="is not true"):
        recorded(folder, isa).at("take", when="whole->shared == 78")


def test_bytes_of_an_object_in_the_making_are_not_called_padding(folder: Path) -> None:
    """When Left's constructor begins, Shared's has written its member and nobody the tables' addresses."""
    lines = picture(recorded(folder, "x86_64").at("Left::Left#2"), PictureOptions(width=140))
    text = "\n".join("".join(span.text for span in line.spans) for line in lines)
    assert "padding, or virtual base Shared: not known yet" in text
    assert "padding between members" not in text
