"""C++ symbols as names, against binutils' c++filt."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.debuginfo.demangling import demangled
from tests.needs import require


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("_ZN6shapes5Point4madeEv", "shapes::Point::made"),
        ("_ZNKSt6vectorIiSaIiEE4sizeEv", "std::vector<int, std::allocator<int>>::size"),
        ("_Z4tmaxIiET_S0_S0_", "tmax<int>"),
        ("_ZN12_GLOBAL__N_11fEi", "(anonymous namespace)::f"),
        ("_ZN1AclEi", "A::operator()"),
        ("_ZNK1AcvmEv", "A::operator unsigned long"),
        ("_ZN1AcvT_IPFivEEEv", "A::operator int (*)()<int (*)()>"),
        ("_ZNK1AltERKS_", "A::operator<"),
        ("_Znwm", "operator new"),
        ("_ZdaPv", "operator delete[]"),
        ("_Z1fB5cxx11v", "f[abi:cxx11]"),
        ("_ZTVN6shapes6SquareE", "vtable for shapes::Square"),
        ("_ZTS5StackIiE", "typeinfo name for Stack<int>"),
        ("_ZThn16_N1B4areaEv", "non-virtual thunk to B::area"),
        ("_ZSt4cout", "std::cout"),
        ("_ZTV", None),
        ("_Z", None),
        ("plain", None),
        ("", None),
    ],
)
def test_names(symbol: str, name: str | None) -> None:
    assert demangled(symbol) == name


@given(st.one_of(st.text(), st.text("_ZNKSt1234IEvi", max_size=30).map("_Z".__add__)))
def test_any_text_has_a_name_or_none(symbol: str) -> None:
    name = demangled(symbol)
    assert name is None or name


_ABBREVIATED = {
    "std::basic_string<char,std::char_traits<char>,std::allocator<char>>": "std::string",
    "std::basic_istream<char,std::char_traits<char>>": "std::istream",
    "std::basic_ostream<char,std::char_traits<char>>": "std::ostream",
    "std::basic_iostream<char,std::char_traits<char>>": "std::iostream",
}


def in_one_style(name: str) -> str:
    """Without what the two write in different ways: blanks, lambdas, the ABI's abbreviations, a thunk's parameters."""
    name = re.sub(r"(thunk to .*)\(.*\)( const)?$", r"\1", name)
    name = re.sub(r"\{lambda\(.*?\)#\d+\}|'lambda\d*'\(.*?\)", "lambda", name).replace(" ", "")
    for long, short in _ABBREVIATED.items():
        name = name.replace(long, short)
    return name


def test_names_are_those_of_cxxfilt(tmp_path: Path) -> None:
    require("g++", "nm", "c++filt")
    source = tmp_path / "names.cpp"
    source.write_text(
        "#include <functional>\n#include <iostream>\n#include <map>\n#include <string>\n"
        'int main() { std::map<std::string, std::function<int(int)>> m; m["x"] = [](int k) { return k; };\n'
        'std::cout << m["x"](2); }\n'
    )
    program = tmp_path / "names"
    subprocess.run(["g++", "-static", "-o", program, source], check=True)
    listed = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
    symbols = sorted({word for word in re.findall(r"\b_Z\w+$", listed, re.MULTILINE) if not word.startswith("_ZGT")})
    filtered = subprocess.run(["c++filt", "-p"], input="\n".join(symbols), capture_output=True, text=True, check=True)
    told = [
        (symbol, demangled(symbol), name) for symbol, name in zip(symbols, filtered.stdout.split("\n"), strict=False)
    ]
    assert len(told) > 4000
    # gcc mangles some expressions in a way of its own, and the two name inherited constructors differently.
    unknown = [symbol for symbol, name, _ in told if name is None]
    others = [(name, theirs) for symbol, name, theirs in told if name is not None and "CI" not in symbol]
    assert len(unknown) < len(told) / 200
    assert [pair for pair in others if in_one_style(pair[0]) != in_one_style(pair[1])] == []
