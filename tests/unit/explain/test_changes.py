"""Instructions of real code, run with random registers: each register and byte that changed is told, no other is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from stackglass.explain.decoding import Instruction, decode
from stackglass.explain.narration import step
from stackglass.isa.table import InstructionKind
from stackglass.model.explanation import ChangeKind, ExplainedStep
from tests.unit.explain.bench import CODE, DATA, ISA, PAGE, SP, STACK, Bench, State, local, unicorn

_SLOTS = [local(f"v{n}", 8 * n - 128, 8, "long") for n in range(48)]
_LEAVES = (InstructionKind.SYSTEM_CALL, InstructionKind.EMULATED, InstructionKind.REPEATED)


def _own_libc() -> Path:
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = sorted({line.split(maxsplit=5)[5] for line in lines if "/" in line})
    return Path(next(path for path in paths if "libc.so" in path or "libc-" in path or "ld-musl" in path))


def _instructions(count: int) -> Iterator[Instruction]:
    """Distinct instructions of the C library, spread over its code."""
    with _own_libc().open("rb") as file:
        text = ELFFile(file).get_section_by_name(".text")
        assert text is not None
        code = text.data()
    seen: set[bytes] = set()
    source = random.Random(5)
    while len(seen) < count:
        offset = source.randrange(len(code) - 4000)
        for _ in range(60):
            instruction = decode(ISA, CODE, code[offset : offset + 16])
            offset += len(instruction.code)
            if instruction.code not in seen and instruction.kind not in _LEAVES and len(seen) < count:
                seen.add(instruction.code)
                yield instruction


def _registers(source: random.Random) -> dict[str, int]:
    """Numbers small and large, and addresses that can be read and written."""
    general = [register.name for register in ISA.registers if register.kind == "general"]
    values = {
        name: source.choice([SP + 8 * source.randrange(16), DATA + 0x400, source.getrandbits(64), 3])
        for name in general
    }
    values |= {f"xmm{n}": source.getrandbits(128) for n in range(16)}
    return values | {"rsp": SP, "rbp": SP + 0x40, "fs_base": DATA + 0x200}


def _run(instruction: Instruction, source: random.Random) -> tuple[State, State] | None:
    """The states around it, or None if it faults with these registers."""
    bench = Bench(_SLOTS, **_registers(source))
    bench.put(STACK, source.randbytes(PAGE))
    bench.put(DATA, source.randbytes(PAGE))
    try:
        return bench.run(instruction.code.hex())
    except unicorn.UcError:
        return None


def _told_bytes(explained: ExplainedStep) -> set[int]:
    slots = [change for change in explained.changes if change.kind is ChangeKind.SLOT]
    return {
        address for change in slots if change.address for address in range(change.address, change.address + change.size)
    }


def _changed_bytes(before: State, after: State) -> set[int]:
    changed = set()
    for page in (STACK, DATA):
        for offset, (was, now) in enumerate(zip(before.memory[page], after.memory[page], strict=True)):
            if was != now:
                changed.add(page + offset)
    return changed


def _check(explained: ExplainedStep, before: State, after: State) -> None:
    registers = {change.name for change in explained.changes if change.kind is not ChangeKind.SLOT}
    changed = {name for name in before.registers if before.registers[name] != after.registers[name]}
    assert registers - {"rip"} == changed - {"rip"}
    assert ("rip" in registers) == (after.registers["rip"] != CODE + len(explained.code))
    changed_bytes = _changed_bytes(before, after)
    assert changed_bytes <= _told_bytes(explained)
    for change in explained.changes:
        if change.kind is ChangeKind.SLOT:
            assert change.address is not None
            assert changed_bytes & set(range(change.address, change.address + change.size))
        assert change.before != change.after


@pytest.mark.parametrize("seed", range(3))
def test_everything_that_changed_is_told_and_nothing_else(seed: int) -> None:
    source = random.Random(seed)
    ran = 0
    for instruction in _instructions(450):
        states = _run(instruction, source)
        if states is None:
            continue
        ran += 1
        explained = step(ISA, *states)
        assert explained.words, instruction.text
        assert "{" not in explained.words, (instruction.text, explained.words)
        try:
            _check(explained, *states)
        except AssertionError as error:
            raise AssertionError(f"{instruction.text}: {explained}") from error
    assert ran > 200
