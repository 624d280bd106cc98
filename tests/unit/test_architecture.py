"""The rules of the house that a program can check: layers, purity, names, and the paths in ARCHITECTURE.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackglass import isa as isas
from stackglass.isa import Isa

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "stackglass"

LAYERS = (
    ("cli",),
    ("server",),
    ("views",),
    ("check", "usage"),
    ("explain",),
    ("recording",),
    ("process",),
    ("emulator",),
    ("textbook",),
    ("toolchain",),
    ("stack",),
    ("unwind",),
    ("debuginfo",),
    ("isa",),
    ("model",),
    ("errors",),
)
"""From the top down: a module imports from its own layer and those below. The package's own files are above all."""

PURE = {"unwind", "debuginfo", "stack", "explain", "check", "views", "model"}
INPUT_OUTPUT_MODULES = {"subprocess", "socket", "shutil", "tempfile", "ctypes"}
INPUT_OUTPUT_CALLS = {"open", "print", "input"}
INPUT_OUTPUT_METHODS = {"read_bytes", "read_text", "write_bytes", "write_text", "open", "unlink", "mkdir"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "data", "info"}
INSTRUCTION_SETS = {
    "x86_64",
    "i386",
    "arm",
    "aarch64",
    "riscv64",
    "powerpc",
    "EM_X86_64",
    "EM_386",
    "EM_ARM",
    "EM_AARCH64",
    "EM_RISCV",
    "EM_PPC",
}

OTHER_LANGUAGES = {"isa", "textbook", "debuginfo"}
"""Layers that may say words such as 'mul' and 'shr': tables, the textbook machine's compiler, DWARF's operations."""
OTHER_MEANINGS = {
    *("sp", "fp", "pc", "zero"),  # what every instruction set has, and /dev/zero
    *("b", "bit", "call", "int", "loop", "trap"),  # English, C, and a letter
    "flags",  # of anything
    "pause",  # the system call
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def rank(layer: str) -> int:
    """How far down `layer` is; the package's own modules are on top."""
    return next((number for number, names in enumerate(LAYERS) if layer in names), -1)


def layer_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_layers(module: Path) -> Iterator[tuple[int, str]]:
    """The line and the layer of every import of stackglass's own modules, those inside functions too."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "stackglass" and len(parts) > 1 and not parts[1].startswith("__"):
                yield node.lineno, parts[1]


def in_words(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


@pytest.mark.parametrize("module", MODULES, ids=in_words)
def test_imports_only_go_down(module: Path) -> None:
    own = rank(layer_of(module))
    upward = [
        f"line {line} imports {layer}"
        for line, layer in imported_layers(module)
        if rank(layer) < own or (rank(layer) == own and layer != layer_of(module))
    ]
    assert not upward


def test_every_folder_is_a_layer() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= {name for names in LAYERS for name in names}


@pytest.mark.parametrize("module", [path for path in MODULES if layer_of(path) in PURE], ids=in_words)
def test_what_computes_does_no_input_or_output(module: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in INPUT_OUTPUT_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in INPUT_OUTPUT_MODULES:
            found.append(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in INPUT_OUTPUT_CALLS:
            found.append(f"{node.func.id}, line {node.lineno}")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in INPUT_OUTPUT_METHODS
        ):
            found.append(f".{node.func.attr}, line {node.lineno}")
    assert not found


def asks_for_the_instruction_set(node: ast.AST) -> bool:
    """Whether `node` is a comparison, or a case, that tells instruction sets apart by name."""
    if not isinstance(node, ast.Compare | ast.match_case):
        return False
    parts = list(ast.walk(node.pattern if isinstance(node, ast.match_case) else node))
    named = any(isinstance(part, ast.Constant) and part.value in INSTRUCTION_SETS for part in parts)
    return named or any(ast.unparse(part).endswith("isa.name") for part in parts if isinstance(part, ast.Attribute))


@pytest.mark.parametrize("module", [path for path in MODULES if layer_of(path) != "isa"], ids=in_words)
def test_nobody_asks_which_instruction_set_it_is(module: Path) -> None:
    """What depends on it is in its table."""
    tree = ast.parse(module.read_text())
    assert not [ast.unparse(node) for node in ast.walk(tree) if asks_for_the_instruction_set(node)]


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("if isa.name == 'x': pass", True),
        ("if name in ('arm', 'aarch64'): pass", True),
        ("match name:\n case 'riscv64': pass", True),
        ("tables = {'x86_64': 1}", False),
        ("if name == 'rip': pass", False),
    ],
)
def test_the_test_for_that_sees_what_it_should(code: str, asks: bool) -> None:
    assert any(asks_for_the_instruction_set(node) for node in ast.walk(ast.parse(code))) is asks


def names_in(isa: Isa) -> Iterator[str]:
    """The mnemonics that an instruction set's table speaks of, and the names of its registers."""
    for register in isa.registers:
        yield from (register.name, *register.aliases, *(part for part, _, _ in register.parts))
    yield from (*isa.stack_steps, *isa.address_steps)
    if isa.words is not None:
        words = isa.words()
        for row in (*words.idioms, *words.prologue, *words.epilogue):
            yield from row.mnemonics.split()
        yield from (*words.copies, *words.conditional, *words.comparisons, *words.unsigned, *words.counting)


def named_in(tree: ast.AST, names: set[str]) -> set[str]:
    """Which of `names` are texts of their own in the code, comments and docstrings left aside."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in names}


@pytest.mark.parametrize("module", [path for path in MODULES if layer_of(path) not in OTHER_LANGUAGES], ids=in_words)
def test_mnemonics_and_registers_are_named_in_the_tables_only(module: Path) -> None:
    names = {name for each in isas.names() for name in names_in(isas.get(each))} - OTHER_MEANINGS
    assert not named_in(ast.parse(module.read_text()), names)


def test_that_test_sees_what_it_should() -> None:
    names = {name for each in isas.names() for name in names_in(isas.get(each))} - OTHER_MEANINGS
    code = "_SETTING = {'mv', 'MOVE'}\nif name == 'rflags': pass\nif mnemonic in ('stwu', 'lea', 'bdnz'): pass\n'sum'"
    assert named_in(ast.parse(code), names) == {"mv", "MOVE", "rflags", "stwu", "lea", "bdnz"}


def test_no_module_has_an_empty_name() -> None:
    everything = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*")]
    assert not [path for path in everything if path.stem in EMPTY_NAMES]


def test_the_way_in_is_short() -> None:
    assert len((PACKAGE / "__main__.py").read_text().splitlines()) < 10


def test_architecture_speaks_of_what_is_there() -> None:
    """Every `path/with/a/slash` of ARCHITECTURE.md exists, from the root or from the package; so does every layer."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    paths = set(re.findall(r"`([\w.-]+/[\w./-]*)`", text))
    assert len(paths) > 10
    assert not [path for path in paths if not (ROOT / path).exists() and not (PACKAGE / path).exists()]
    present = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert not [name for name in present if f"{name}/" not in text]
