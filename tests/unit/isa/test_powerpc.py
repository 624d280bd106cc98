"""What PowerPC's own tables say of instructions, against what the emulator does: capstone says nothing of accesses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import stackglass
from stackglass.explain.decoding import decode
from stackglass.isa import get
from stackglass.isa.disassembly import disassembler
from stackglass.isa.powerpc_spelling import spell
from stackglass.isa.powerpc_stores import stores, writes
from stackglass.recording.recording import Recording
from stackglass.stack.code import disassembly
from tests.needs import require

ISA = get("powerpc")
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
UNSEEN = {"cr", "xer", "fpscr", "pc", "ctr"}
"""What an instruction may change besides what is told of it: flags, and what branches count by."""


@pytest.fixture(scope="module", params=["floating.c", "qsort_callback.c", "variadic.c"])
def recording(request: pytest.FixtureRequest) -> Recording:
    require("powerpc-linux-gnu-gcc")
    return stackglass.record(EXAMPLES / request.param, isa="powerpc", static=True)


def test_what_changes_at_each_step_is_what_is_told(recording: Recording) -> None:
    engine = disassembler(ISA)
    engine.detail = True
    recording.seek(0)
    checked = stored = 0
    while recording.step < recording.last_step - 1:
        before = dict(recording.registers())
        code = recording.read_memory(before["pc"], 4)
        recording.advance()
        after = recording.registers()
        (one,) = engine.disasm(code, before["pc"])
        told = {ISA.full_name(name) for name in writes(one)}
        changed = {name for name in after if after[name] != before[name]}
        if one.mnemonic != "sc":
            assert changed - UNSEEN <= told, (one.mnemonic, one.op_str, changed, told)
            assert {ISA.full_name(name) for name in spell(one).writes or ()} == told
        for store in stores(one):
            bits = 8 * store.size
            content = int.from_bytes(recording.read_memory(after[store.base] + store.displacement, store.size), "big")
            value = before[store.register]
            if not store.register.startswith("f"):
                assert content == value & (1 << bits) - 1, (one.mnemonic, one.op_str)
            elif store.size == 8:
                assert content == value, (one.mnemonic, one.op_str)
            stored += 1
        checked += 1
    assert checked > 5_000
    assert stored > 500


@pytest.mark.parametrize(
    ("word", "mnemonic", "text"),
    [
        (0x429F0005, "bcl", "bcl 20, 31, 0x1004"),
        (0x429F0009, "bcl_over", "bcl 20, 31, 0x1008"),
        (0x4BFFFFF1, "bl", "bl 0xff0"),
        (0x419E0010, "b", "beq cr7, 0x1010"),
        (0x7C7F1B78, "mr", None),
        (0x7C7F1B79, "mr.", None),
        (0x54210036, "andi", None),
    ],
)
def test_spellings_that_capstone_has_otherwise(word: int, mnemonic: str, text: str | None) -> None:
    engine = disassembler(ISA)
    engine.detail = True
    (one,) = engine.disasm(word.to_bytes(4, "big"), 0x1000)
    spelled = spell(one)
    assert (spelled.mnemonic, spelled.text) == (mnemonic, text)


def test_a_branch_that_is_always_made_is_not_one_that_counts() -> None:
    assert disassembly(ISA, 0x1000, bytes.fromhex("429f0005")) == "bcl 20, 31, 0x1004"
    assert disassembly(ISA, 0x1000, bytes.fromhex("4200fff0")) == "bdnz 0xff0"


ODD = """
    addo 3,3,4
    addo. 3,3,4
    addco 3,3,4
    addeo 3,3,4
    addmeo 3,3
    addzeo 3,3
    subfo 3,3,4
    subfco. 3,3,4
    subfeo 3,3,4
    subfmeo 3,3
    subfzeo 3,3
    mullwo 3,3,4
    divwo 3,3,4
    divwuo 3,3,4
    nego 3,3
    fcmpo 1,1,2
    lswx 5,0,4
    stswx 5,6,4
    mftb 3
    mftbu 3
    bc 20,0,.+8
    bcl 20,31,.+4
    bcl 20,0,.+8
"""


def test_what_capstone_lacks_or_mistakes_is_called_as_objdump_calls_it(tmp_path: Path) -> None:
    require("powerpc-linux-gnu-gcc")
    source, output = tmp_path / "odd.s", tmp_path / "odd.o"
    source.write_text(ODD)
    subprocess.run(["powerpc-linux-gnu-gcc", "-mcpu=powerpc", "-c", str(source), "-o", str(output)], check=True)
    dumped = subprocess.run(["powerpc-linux-gnu-objdump", "-d", str(output)], capture_output=True, text=True).stdout
    lines = re.findall(r"^ +[0-9a-f]+:\t((?:[0-9a-f]{2} ){4})\t(\S+)", dumped, re.MULTILINE)
    assert len(lines) == ODD.strip().count("\n") + 1
    code = bytes.fromhex("".join(raw for raw, _ in lines))
    names = [name for _, name in lines]
    assert [one[2] for one in disassembler(ISA).disasm_lite(code, 0x1000)] == names
    told = [decode(ISA, 0x1000 + 4 * at, code[4 * at :][:4]) for at in range(len(names))]
    assert [one.text.split()[0] for one in told] == names
    assert all(one.known for one in told)


@pytest.mark.parametrize("word", [0x42800008, 0x42800009, 0x429F0005])
def test_a_branch_that_is_always_made_counts_nothing(word: int) -> None:
    """bc 20,0,.+8; bcl 20,0,.+8; bcl 20,31,.+4"""
    branch = decode(ISA, 0x1000, word.to_bytes(4, "big"))
    assert branch.mnemonic in ("b", "bl", "bcl")
    assert branch.condition is None
    assert branch.target == (0x1008 if word & 8 else 0x1004)
    assert branch.writes == ({"lr"} if word & 1 else set())
