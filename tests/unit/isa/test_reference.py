"""docs/instruction-sets.md says what the tables say, and counts the tests that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from stackglass.isa import reference
from tests import by_isa


def test_the_facts_are_up_to_date(repository: Path) -> None:
    page = (repository / "docs" / "instruction-sets.md").read_text()
    assert reference.facts() in page, "run scripts/list_instruction_sets.py"


def test_the_results_are_of_the_tests_that_there_are(repository: Path) -> None:
    """As many as pytest collects: none of them fails or is skipped where all is installed, or CI would say so."""
    modules = sorted({module for subject in by_isa.SUBJECTS for module in (*subject.modules, *subject.host)})
    files = [path for module in modules if (path := repository / "tests" / f"{module.replace('.', '/')}.py").exists()]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        capture_output=True,
        text=True,
        cwd=repository,
        timeout=300,
    )
    found = re.findall(r"^tests/(\S+?)\.py::(.+)$", done.stdout, re.MULTILINE)
    counted = by_isa.counted((module.replace("/", "."), name, "passed") for module, name in found)
    page = (repository / "docs" / "instruction-sets.md").read_text()
    how = "run scripts/test --junitxml FILE, then scripts/list_instruction_sets.py FILE"
    assert by_isa.table(counted) in page, how


def test_where_floating_point_arguments_go() -> None:
    """Without registers of their own they go where integers do, on i386 on the stack."""
    lines = [line.split(" | ") for line in reference.facts().splitlines()]
    heads, row = lines[0], next(line for line in lines if line[0] == "| floating ones in")
    told = dict(zip((head.strip("| `") for head in heads), (cell.removesuffix(" |") for cell in row), strict=True))
    assert told["i386"] == "none: on the stack"
    assert told["arm"] == "`r0` to `r3`; `d0` to `d7` (32-bit ARM, AAPCS with VFP registers)"
    assert "`a0` to `a7` (RISC-V 64, LP64)" in told["riscv64"]
