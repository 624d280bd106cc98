"""Which instruction sets a test is about, told by its name; and how the tests of each subject went on each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from stackglass import isa as isas
from stackglass.isa.reference import table_lines


class Subject(NamedTuple):
    """A row of the documentation's table. What names no instruction set is about x86-64 in the modules `host`."""

    title: str
    modules: tuple[str, ...]
    host: tuple[str, ...] = ()


SUBJECTS = (
    Subject("the examples: output, status, fault, stack", (), host=("integration.test_examples",)),
    Subject(
        "every frame, call site, CFA, saved register and variable as gdb tells them, over a whole run",
        (),
        host=("integration.gdb_truth.test_gdb_truth",),
    ),
    Subject(
        "who wrote each byte of the stack, as gdb sees it change from step to step",
        (),
        host=("integration.gdb_truth.test_writers",),
    ),
    Subject(
        "the shadow stack is what a walk by call-frame information finds", (), host=("integration.test_shadow_stack",)
    ),
    Subject(
        "programs do what they do without us (by themselves, or in qemu)",
        ("integration.test_foreign_runs",),
        host=("integration.test_native_runs",),
    ),
    Subject("the recorder's history is that of a slow one", ("unit.emulator.test_recorder",)),
    Subject(
        "arguments and results lie where the compiler's own code has them",
        ("unit.isa.test_arguments", "unit.explain.test_passing"),
    ),
    Subject(
        "instructions in words",
        ("integration.test_explain_isas", *(f"unit.explain.test_{name}_words" for name in isas.emulated())),
        host=("integration.test_explain", "unit.explain.test_words"),
    ),
    Subject("alloca as a procedure, told and drawn", ("integration.test_alloca",)),
    Subject("the canary, whole and smashed", ("integration.test_canary",)),
    Subject("sizes and constants in expressions are the compiler's", ("unit.recording.test_data_model",)),
)

Outcomes = Mapping[tuple[str, str], Counter[str]]
"""By subject's title and instruction set: how many tests 'passed', 'failed', were 'skipped'."""


def of_test(subject: Subject, module: str, name: str) -> set[str]:
    """The instruction sets that a test is about."""
    told = re.search(r"\[(.*)\]", name)
    words = re.split(r"[^A-Za-z0-9_]+", f"{told[1] if told else ''} {module}")
    emulated = isas.emulated()
    found = {isa for isa in emulated if isa in words or any(word.startswith(f"test_{isa}_") for word in words)}
    return found or ({"x86_64"} if module in subject.host else set())


def counted(tests: Iterable[tuple[str, str, str]]) -> Outcomes:
    """Tests as (module behind 'tests.', name, outcome), counted."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for module, name, outcome in tests:
        for subject in SUBJECTS:
            if module in subject.modules or module in subject.host:
                for isa in of_test(subject, module, name):
                    found[subject.title, isa][outcome] += 1
    return found


def outcomes(results: Iterable[Path]) -> Outcomes:
    """Those that JUnit files tell of; of a test that several tell of, the last."""
    found: dict[tuple[str, str], str] = {}
    for path in results:
        for case in ElementTree.parse(path).iter("testcase"):
            found[case.get("classname", "").removeprefix("tests."), case.get("name", "")] = _outcome(case)
    return counted((module, name, outcome) for (module, name), outcome in found.items())


def _outcome(case: ElementTree.Element) -> str:
    tags = {child.tag for child in case}
    return "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"


def table(found: Outcomes) -> str:
    """In Markdown: how many tests passed of each subject on each instruction set, of how many if not all."""
    rows = [("", *(f"`{isa}`" for isa in isas.emulated()))]
    for subject in SUBJECTS:
        rows.append((subject.title, *(_cell(found.get((subject.title, isa), Counter())) for isa in isas.emulated())))
    return "".join(table_lines(rows))


def _cell(found: Counter[str]) -> str:
    ran = found["passed"] + found["failed"]
    if not ran:
        return "none"
    return str(found["passed"]) if not found["failed"] else f"{found['passed']} of {ran}"
