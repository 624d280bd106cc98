"""Whatever bytes an ELF has: the answers are answers or our errors, and they come to an end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackglass.debuginfo.expressions import Context, evaluate
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.debuginfo.target import Target
from stackglass.debuginfo.types import StructType
from stackglass.errors import BadImage, StackglassError
from tests.unit.debuginfo.building import Build

READ = (
    *(".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str", ".debug_aranges", ".debug_types"),
    *(".debug_loclists", ".debug_rnglists", ".debug_loc", ".debug_ranges", ".debug_addr", ".debug_str_offsets"),
    *(".symtab", ".strtab", ".shstrtab", ".rela.plt", ".dynsym", ".dynstr", ".dynamic"),
)
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)


def ask_everything(data: bytes) -> None:
    """Asks for all that the debug information tells of some functions."""
    image = Image.parse(data, "fuzzed")
    target = Target(image.isa, None)
    module = target.add(image, 0x1000)
    for function in target.functions()[:25]:
        body = target.body_address(function)
        assert isinstance(function.name, str)
        assert function.ranges
        target.position(body)
        target.statement_addresses(function)
        if function.subprogram is not None:
            ask_subprogram(function.subprogram, (function.low, body, function.high - 1))
    for line in range(1, 60, 7):
        target.line_addresses(None, line)
    target.functions_named("ns::main")
    for symbol in module.symbols.all[:20]:
        target.data_at(symbol.address + 0x1000)


def ask_subprogram(subprogram: Subprogram, pcs: tuple[int, ...]) -> None:
    """What raises here raises one of our errors."""
    questions: list[Callable[[], object]] = [
        subprogram.parameters,
        subprogram.call_sites,
        subprogram.inlined_calls,
        lambda: subprogram.return_type.spelling,
        lambda: subprogram.declared_file,
        *(lambda pc=pc: subprogram.inlined_at(pc) for pc in pcs),
        *(lambda pc=pc: ask_variables(subprogram, pc) for pc in pcs),
    ]
    for question in questions:
        try:
            question()
        except StackglassError as error:
            assert str(error)


def ask_variables(subprogram: Subprogram, pc: int) -> None:
    context = Context(
        register=lambda number: 0x7000,
        read_memory=lambda address, size: bytes(min(size, 64)),
        cfa=0x7000,
        frame_base=subprogram.frame_base_at(pc),
    )
    for variable in subprogram.variables_at(pc):
        evaluate(variable.location(pc), context)
        ask_variable(variable)


def ask_variable(variable: VariableInfo) -> None:
    type_ = variable.type
    assert isinstance(type_.spelling, str)
    assert type_.size >= 0
    stripped = type_.strip()
    if isinstance(stripped, StructType):
        assert all(member.type.spelling for member in stripped.members)
    assert variable.artificial in (True, False)
    assert isinstance(variable.declared_line, int | None)
    assert isinstance(variable.constant, int | bytes | None)


PROGRAMS = [
    ("optimised.c", "gcc", "-O2 -gdwarf-5"),
    ("optimised.c", "clang", "-O2 -gdwarf-4"),
    ("types.c", "gcc", "-O0 -gdwarf-4 -fdebug-types-section"),
]


@pytest.mark.parametrize(("program", "compiler", "flags"), PROGRAMS)
def test_mutated_programs(build: Build, program: str, compiler: str, flags: str) -> None:
    image = build(program, compiler, *flags.split()).image
    sections = [section for section in image.sections if section.name in READ and section.size]
    places = st.sampled_from(sections).flatmap(
        lambda section: st.integers(section.file_offset, section.file_offset + section.size - 1)
    )
    changes = st.lists(st.tuples(places, st.sampled_from(INTERESTING) | st.integers(0, 255)), min_size=1, max_size=12)

    @given(changes)
    @settings(max_examples=60)
    def mutated(changes: list[tuple[int, int]]) -> None:
        data = bytearray(image.data)
        for offset, value in changes:
            data[offset] = value
        try:
            ask_everything(bytes(data))
        except BadImage as error:
            assert str(error).startswith("fuzzed ")

    mutated()
    ask_everything(image.data)
