"""Who wrote each byte of the stack, as we have it, is who changed it when gdb steps through the program."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from tests.integration.gdb_truth.truth import Build, Json, build, run_gdb

SOURCE, LEDGER = "../writers/writers.c", "../writers/ledger.c"
STEPPER = Path(__file__).with_name("writers.py")
BUILDS = [
    Build(SOURCE, compiler, level, isa)
    for isa in isas.emulated()
    for compiler in ("gcc", "thumb", *(("clang",) if isa == "x86_64" else ()))
    if compiler != "thumb" or isas.get(isa).other_encoding
    for level in ("0", "2")
]
BUILDS += [Build(LEDGER, "gcc", "2", isa) for isa in isas.emulated()]
"""Not for Thumb: its conditional blocks are as many steps as they have instructions that run, but gdb stops at all."""
MOMENTS = 25
"""How many a run is compared at, evenly spread over it."""


@pytest.mark.parametrize(
    "wanted", BUILDS, ids=lambda each: f"{each.path.stem}-{each.isa}-{each.compiler}-O{each.level}"
)
def test_bytes_have_the_writers_that_gdb_sees(wanted: Build, tmp_path: Path) -> None:
    elf = build(wanted, tmp_path)
    output = tmp_path / "steps.json"
    run_gdb(elf, wanted.isa, STEPPER, {"output": output})
    theirs = json.loads(output.read_text())
    assert "error" not in theirs, theirs["error"]
    recording = stackglass.record(elf)
    recording.seek(0)
    began = recording.run_to({theirs["pcs"][0]})
    assert began is not None
    assert 100 < len(theirs["pcs"]) < 4000
    comparison = Writers(theirs, recording, began)
    steps = len(theirs["pcs"])
    for number in sorted({steps * i // MOMENTS for i in range(1, MOMENTS)}):
        comparison.check(number)
    assert comparison.checked > 500
    assert comparison.silent < comparison.checked / 4


class Writers:
    """gdb's steps from main's first instruction on, which our recording runs at the step `began`."""

    def __init__(self, theirs: Json, recording: stackglass.Recording, began: int) -> None:
        self.theirs = theirs
        self.recording = recording
        self.began = began
        recording.seek(began)
        self.sp = recording.registers()[recording.isa.stack_pointer]
        self.checked = 0
        self.silent = 0

    def check(self, number: int) -> None:
        """The moment before main's instruction `number`: each byte that main or a call of its wrote."""
        self.recording.seek(self.began + number)
        changes = [each for each in self.theirs["changes"] if each[0] < number]
        last = {at: who for who, low, high in changes for at in range(low, high)}
        moment = self.recording.moment()
        assert moment.writes is not None
        for run in moment.writes.runs(self.sp + min(last, default=0), self.sp + 64):
            for address in range(run.low, run.high):
                self._byte(address, run.step, run.pc, last)
        for frame in self.recording.snapshot().frames:
            for slot in frame.slots:
                who = max((last.get(at - self.sp, -1) for at in range(slot.address, slot.end)), default=-1)
                if who >= 0:
                    assert slot.written_by is not None, f"{number}: {slot}"
                    self._same(slot.address, slot.written_by.step, slot.written_by.pc, who)

    def _byte(self, address: int, step: int | None, pc: int | None, last: dict[int, int]) -> None:
        who = last.get(address - self.sp, -1)
        if who < 0 and (step is None or step < self.began):
            return
        self._same(address, step, pc, who)

    def _same(self, address: int, step: int | None, pc: int | None, who: int) -> None:
        """That our writer is the one who changed the place, or one behind it who stored there what was there."""
        place = f"SP of main {address - self.sp:+d}"
        assert step is not None, f"{place} was changed by {who}, but nobody wrote it"
        number = step - self.began
        assert number >= who, f"{place} was changed by {who}, not by {number}"
        pcs = self.theirs["pcs"]
        assert pcs[number] == pc, f"{place}: at {number} ran {pcs[number]:#x}, not {pc:#x}"
        self.checked += 1
        if number > who:
            text = self.theirs["texts"][str(pc)]
            assert stores(text), f"{place} was changed by {who}, not by {text}"
            self.silent += 1


_STORES = re.compile(
    r"(call|push|[fv]?st|f?s[bhwd]\s|mov\w*\s.*,.*\)$"  # as each instruction set has them
    r"|(add|sub|adc|sbb|or|and|inc|dec|not|neg)\w*\s.*\)$)"
)


def stores(text: str) -> bool:
    """Whether an instruction, as gdb writes it, may write memory."""
    return _STORES.match(text) is not None
