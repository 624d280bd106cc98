"""C++ names in pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.views.templates import folded, folded_type


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("main", "main"),
        ("tmax<int>", "tmax<int>"),
        ("a_function_of_c_with_quite_a_long_name", "a_function_of_c_with_quite_a_long_name"),
        ("std::vector<int, std::allocator<int> >::vector", "std::vector<int, ...>::vector"),
        ("std::map<int, int, std::less<int>, std::allocator<std::pair<int const, int> > >", "std::map<int, int, ...>"),
        ("std::unique_ptr<int, std::default_delete<int>>::operator*", "std::unique_ptr<int, ...>::operator*"),
        (
            "std::__shared_ptr_access<A, (B)2, false>::operator->",
            "std::__shared_ptr_access<A, (B)2, false>::operator->",
        ),
        ("std::allocator<std::pair<int const, int> >::allocator", "std::allocator<...>::allocator"),
        ("std::operator<< <std::char_traits<char> >", "std::operator<< <...>"),
        ("ns::Matrix<double, 3, 3>::operator()<ns::Row<double> >", "ns::Matrix<double, 3, 3>::operator()<...>"),
        ("ns::A<ns::B<int> >::operator unsigned long", "ns::A<...>::operator unsigned long"),
        ("std::function<int(int)>::function<main()::<lambda(int)>&>", "std::function<int(int)>::function<...>"),
        ("ns::less_than_or_equal::operator<", "ns::less_than_or_equal::operator<"),
    ],
)
def test_arguments_of_templates_are_left_out_of_long_names(name: str, short: str) -> None:
    assert folded(name) == short


def test_the_scopes_of_a_long_type_are_left_out() -> None:
    assert folded_type("std::__cxx11::basic_string<char, std::char_traits<char> >::size_type") == "...::size_type"
    assert folded_type("int (*)(const void *, const void *)") == "int (*)(const void *, const void *)"
    assert folded_type("std::vector<int, std::allocator<int> >") == "std::vector<int, ...>"


def test_types_are_folded_from_a_length_of_their_own() -> None:
    assert folded("std::pair<A<int>, B>", 20) == "std::pair<A<int>, B>"
    assert folded("std::pair<A<int>, B>", 19) == "std::pair<...>"


@given(st.text("ab<>,: ()-", max_size=80))
def test_any_text_is_folded_to_no_more_than_it_was(text: str) -> None:
    assert len(folded(text)) <= len(text) + text.count("<") * 3 + text.count(",")
