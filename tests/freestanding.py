"""Programs without a libc on a bare engine: for testing the emulator below the loader and the kernel."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

from elftools.elf.elffile import ELFFile

from stackglass import isa as instruction_sets
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.symbols import Symbols
from stackglass.emulator.engine import Engine, FunctionEntry
from stackglass.isa import Isa
from stackglass.model import RegionKind
from tests.needs import require

SOURCES = Path(__file__).parent / "programs" / "freestanding"
STACK_SIZE = 1 << 20
ISA = instruction_sets.get("x86_64")
STACK = (ISA.stack_top - STACK_SIZE, ISA.stack_top)


def stack_of(isa: Isa) -> tuple[int, int]:
    """Where programs have their stack."""
    return isa.stack_top - STACK_SIZE, isa.stack_top


def build(source: str, folder: Path, *flags: str, isa: Isa = ISA) -> bytes:
    """An ELF from one of `programs/freestanding`."""
    compiler = "gcc" if isa is ISA else f"{isa.gnu_triplet}-gcc"
    require(compiler)
    output = folder / (Path(source).name + "".join(flags) + ".elf")
    command = [compiler, "-static", "-nostdlib", "-fno-stack-protector", "-g", *flags, str(SOURCES / source)]
    subprocess.run([*command, "-o", str(output), "-lgcc"], check=True)
    return output.read_bytes()


def put(elf_bytes: bytes) -> Engine:
    """An engine with the ELF's segments and a stack, pc and SP set, not yet recording."""
    elf = ELFFile(io.BytesIO(elf_bytes))
    isa = Image.parse(elf_bytes, "freestanding").isa
    engine = Engine(isa)
    for segment in elf.iter_segments("PT_LOAD"):
        start = segment["p_vaddr"] & -4096
        flags = segment["p_flags"]
        permissions = "".join(letter if flags & bit else "-" for letter, bit in zip("rwx", (4, 2, 1), strict=True))
        engine.memory.map(
            start,
            segment["p_vaddr"] + segment["p_memsz"] - start,
            permissions,
            kind=RegionKind.TEXT if "x" in permissions else RegionKind.DATA,
            name=None,
        )
        engine.memory.write(segment["p_vaddr"], segment.data())
    top = isa.stack_top
    engine.memory.map(top - STACK_SIZE, STACK_SIZE, "rw-", kind=RegionKind.STACK, name=None)
    engine.write(isa.stack_pointer, top - 0x100)
    engine.write(isa.pc, elf["e_entry"])
    return engine


def functions_of(elf_bytes: bytes) -> list[FunctionEntry]:
    """The ELF's function symbols."""
    image = Image.parse(elf_bytes, "freestanding")
    return [
        FunctionEntry(one.low, one.high, number, True, False, image.isa.is_shared_code(one.name))
        for number, one in enumerate(Symbols(image).functions(), 1)
    ]


def recorded(elf_bytes: bytes, learning_steps: int | None = None) -> Engine:
    """The same, recording, at step 0."""
    engine = put(elf_bytes)
    engine.attach_recorder(*stack_of(engine.isa), learning_steps=learning_steps)
    engine.set_functions(functions_of(elf_bytes))
    engine.start()
    return engine
