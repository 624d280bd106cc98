"""The address space of a program that came to a bad end, and the zeros at the end of its images' last pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

import stackglass
from stackglass import isa as isas
from stackglass.model import FaultKind, RegionKind
from stackglass.views.layout import LayoutOptions, layout_view
from stackglass.views.layout_json import layout_json, where_json
from tests.integration.command_lines import Ask, asker
from tests.needs import require

ENDLESS = """
int deeper(int n)
{
    char room[1000];
    room[0] = n;
    return deeper(n + 1) + room[0];
}
int main(void) { return deeper(0); }
"""
HUGE = """
int fill(int n)
{
    char room[100000000];
    for (int i = 0; i < 100; i++)
        room[i] = n;
    return room[n];
}
int main(void) { return fill(1); }
"""
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "layout.schema.json").read_text())


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Ask:
    return asker(capfd)


def source(folder: Path, text: str) -> Path:
    require("gcc", "static libc")
    (folder / "end.c").write_text(text)
    return folder / "end.c"


def overview(recording: stackglass.Recording) -> list[str]:
    return ["".join(span.text for span in line.spans) for line in layout_view(recording.layout(), LayoutOptions(120))]


def band_of(lines: list[str], what: str) -> str:
    """The title of the band of the picture that has a line with `what`."""
    at = next(index for index, line in enumerate(lines) if what in line)
    border = max(index for index in range(at) if "0x" in lines[index][:13])
    return lines[border + 1].split()[1]


@pytest.mark.parametrize(("program", "band"), [(ENDLESS, "guard"), (HUGE, "nothing")])
def test_an_overflowed_stack_has_grown_to_where_its_pointer_is(tmp_path: Path, program: str, band: str) -> None:
    recording = stackglass.record(source(tmp_path, program), cflags="-w")
    stack = recording.layout().stack
    assert stack.now == recording.register("rsp") == stack.lowest < recording.stack_area[0]
    assert not stack.is_elsewhere
    lines = overview(recording)
    assert band_of(lines, f"rsp {stack.now:#x}") == band
    assert band_of(lines, "grows down") == "stack"


def test_a_stack_of_the_programs_own_is_not_taken_for_the_processes(tmp_path: Path) -> None:
    swap = """
        char room[4096];
        int main(void)
        {
            __asm__ volatile("lea room+4096(%%rip), %%rsp; hlt" ::: "memory");
            return 0;
        }
    """
    recording = stackglass.record(source(tmp_path, swap), cflags="-w")
    stack = recording.layout().stack
    assert stack.is_elsewhere
    assert stack.lowest >= recording.stack_area[0]
    assert "rsp now, not on this stack" in "\n".join(overview(recording))


# what ended the run


def test_what_ended_the_run_is_told_at_that_moment_only(tmp_path: Path) -> None:
    path = source(tmp_path, "#include <stdlib.h>\nint main(void) { abort(); }\n")
    recording = stackglass.record(path)
    fault = recording.layout().fault
    assert fault is not None and (fault.kind, fault.signal) == (FaultKind.ABORT, "SIGABRT")
    assert recording.layout("main").fault is None
    assert overview(recording)[0].endswith("the program aborted (SIGABRT)")
    main = next(one for one in recording.layout().symbols if one.name == "main")
    assert main.address is not None
    for data, told in (
        (layout_json(recording.layout()), True),
        (layout_json(recording.layout("main")), False),
        (where_json(recording.where(main.address, "crash")), True),
        (where_json(recording.where(main.address, "main")), False),
    ):
        jsonschema.validate(json.loads(json.dumps(data)), SCHEMA)
        assert (data["fault"] is not None) == told


def test_each_command_says_what_ended_the_run(tmp_path: Path, ask: Ask) -> None:
    path = source(tmp_path, "int twice(int n) { return 2 * n; }\nint main(void) { for (int n = 1;; n = twice(n)); }\n")
    words = "stopped after 30,000 steps, the budget"
    for command, *options in (
        ("layout",),
        ("layout", "--at", "main"),
        ("calls",),
        ("explain", "main"),
        ("explain", "twice"),
        ("where", "0x7fffffffe000", "--at", "main"),
        ("where", "0x7fffffffe000", "--at", "end"),
    ):
        asked = ask(command, str(path), *options, "--max-steps", "30000")
        assert asked.status == 0
        told = " ".join((asked.out + asked.err).split())
        assert words in told, (command, options)
        assert ("the run ends at step" in asked.err) == (
            "twice" in options or ("main" in options and command != "explain")
        )


# zeros


@pytest.mark.parametrize("flags", ["-static", "-static-pie", "-no-pie", "-pie"])
def test_the_zeros_behind_bss_are_bss(tmp_path: Path, flags: str) -> None:
    path = source(tmp_path, "int zeros[3];\nint main(void) { return zeros[1]; }\n")
    recording = stackglass.record(path, cflags=f"{flags} {'-fPIE' if 'pie' in flags else ''}")
    regions = recording.layout().regions
    modules = recording.target.modules
    assert len(modules) == (1 if "static" in flags else 3)
    for module in modules:
        (bss,) = [one for one in module.image.sections if one.name == ".bss"]
        top = module.bias + max(segment.end for segment in module.image.segments)
        (tail,) = [one for one in regions if one.region.start == top or (one.region.start < top < one.region.end)]
        assert tail.region.start >= module.bias + bss.address + bss.size
        assert (tail.region.kind, tail.region.end % 4096) == (RegionKind.BSS, 0)
        assert (tail.section, tail.file, tail.of_program) == (None, module.name, module is modules[0])


def test_one_byte_beside_a_region_is_one_byte(tmp_path: Path) -> None:
    recording = stackglass.record(source(tmp_path, "int main(void) { return 0; }\n"))
    first = recording.layout().regions[0].region
    for address, words in (
        (first.start - 1, " 1 byte higher"),
        (first.start - 2, " 2 bytes higher"),
        (recording.stack_area[1], " 1 byte lower"),
    ):
        with pytest.raises(stackglass.StackglassError) as error:
            recording.where(address)
        assert error.value.help.endswith(words)


@pytest.mark.parametrize("isa", isas.emulated())
def test_the_page_on_loading_says_where_position_independent_programs_lie(isa: str, repository: Path) -> None:
    """docs/layout.md names one place for all instruction sets, and those that differ."""
    page = (repository / "docs" / "layout.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"own choice, which never changes: (.*?)\. So", " ".join(page.split()))
    usual, *others = told.split(", ")
    places = dict(other.lower().removeprefix("on ").split() for other in others)
    assert places.get(isa, usual) == hex(isas.get(isa).default_base)
