"""Instructions of real code, run with random registers: each register and byte that changed is told, no other is.

And what the sentences say is true, as far as `tests.sentences` understands them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from stackglass import isa as isas
from stackglass.explain.decoding import Instruction, decode
from stackglass.explain.narration import step
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.model.explanation import ChangeKind, ExplainedStep
from tests import sentences
from tests.needs import require
from tests.sentences import Claim
from tests.unit.explain.bench import CODE, DATA, ISA, PAGE, SP, STACK, Bench, State, local, unicorn

_SLOTS = [local(f"slot{n}", 8 * n - 128, 8, "long") for n in range(48)]
_LEAVES = (InstructionKind.SYSTEM_CALL, InstructionKind.EMULATED, InstructionKind.REPEATED)


_BARE = {"x86_64": 0.15, "aarch64": 0.01, "riscv64": 0.01}
"""The share of distinct instructions for which there are no words; x86-64's libc has whole functions of vectors."""
_CHECKED = {"x86_64": 0.5, "aarch64": 0.75, "riscv64": 0.85}
"""The share of sentences that `tests.sentences` understands."""
_CROSS = {"aarch64": "aarch64-linux-gnu", "riscv64": "riscv64-linux-gnu"}


def _libc(isa: Isa) -> Path:
    """A C library for the ISA: the one that runs this, or a cross compiler's."""
    if isa is not ISA:
        require(f"{_CROSS[isa.name]}-gcc")
        return Path("/usr", _CROSS[isa.name], "lib/libc.so.6")
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = sorted({line.split(maxsplit=5)[5] for line in lines if "/" in line})
    return Path(next(path for path in paths if "libc.so" in path or "libc-" in path or "ld-musl" in path))


def _instructions(isa: Isa, count: int) -> Iterator[Instruction]:
    """Distinct instructions of the C library, spread over its code."""
    with _libc(isa).open("rb") as file:
        text = ELFFile(file).get_section_by_name(".text")
        assert text is not None
        code = text.data()
    seen: set[bytes] = set()
    source = random.Random(5)
    while len(seen) < count:
        offset = source.randrange(len(code) - 4000) & -4
        for _ in range(60):
            instruction = decode(isa, CODE, code[offset : offset + 16])
            offset += len(instruction.code)
            if instruction.code not in seen and instruction.kind not in _LEAVES and len(seen) < count:
                seen.add(instruction.code)
                yield instruction


def _registers(isa: Isa, source: random.Random) -> dict[str, int]:
    """Numbers small and large, and addresses that can be read and written."""
    values = {}
    for register in isa.registers:
        if register.kind == "general" and register.role != "always 0":
            values[register.name] = source.choice(
                [SP + 8 * source.randrange(16), DATA + 0x400, source.getrandbits(64), 3]
            )
        elif register.kind == "vector":
            values[register.name] = source.getrandbits(register.bits)
    return values | {isa.stack_pointer: SP, isa.frame_pointer: SP + 0x40, isa.thread_pointer: DATA + 0x200}


def _run(isa: Isa, instruction: Instruction, source: random.Random) -> tuple[State, State] | None:
    """The states around it, or None if it faults with these registers."""
    bench = Bench(_SLOTS, isa, **_registers(isa, source))
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


def _check(isa: Isa, explained: ExplainedStep, before: State, after: State) -> None:
    registers = {change.name for change in explained.changes if change.kind is not ChangeKind.SLOT}
    changed = {name for name in before.registers if before.registers[name] != after.registers[name]}
    assert registers - {isa.pc} == changed - {isa.pc}
    assert (isa.pc in registers) == (after.registers[isa.pc] != CODE + len(explained.code))
    changed_bytes = _changed_bytes(before, after)
    assert changed_bytes <= _told_bytes(explained)
    for change in explained.changes:
        if change.kind is ChangeKind.SLOT:
            assert change.address is not None
            assert changed_bytes & set(range(change.address, change.address + change.size))
        assert change.before != change.after


def _claim(isa: Isa, explained: ExplainedStep, before: State, after: State) -> Claim:
    def state(at: State) -> sentences.State:
        return sentences.State(
            at.registers, lambda address, size: int.from_bytes(at.read_memory(address, size), "little")
        )

    return Claim(isa, explained, state(before), state(after))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", _BARE)
def test_everything_that_changed_is_told_and_nothing_else(name: str, seed: int) -> None:
    isa = isas.get(name)
    source = random.Random(seed)
    ran = bare = checked = 0
    for instruction in _instructions(isa, 450):
        states = _run(isa, instruction, source)
        if states is None:
            continue
        ran += 1
        explained = step(isa, *states)
        assert explained.words, instruction.text
        assert "{" not in explained.words, (instruction.text, explained.words)
        bare += explained.words.startswith(f"{instruction.mnemonic}: ")
        try:
            _check(isa, explained, *states)
            checked += sentences.check(_claim(isa, explained, *states))
        except AssertionError as error:
            raise AssertionError(f"{instruction.text}: {explained}") from error
    assert ran > 200
    assert bare <= ran * _BARE[name]
    assert checked > ran * _CHECKED[name]
