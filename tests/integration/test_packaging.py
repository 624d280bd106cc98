"""The wheel: built from a copy of the sources alone, it has the recorder in it and needs nothing of the clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.needs import require


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("gcc")
    repository = Path(__file__).resolve().parents[2]
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    shutil.copytree(
        repository / "src", sources / "src", ignore=shutil.ignore_patterns("*.so", "__pycache__", ".build-*")
    )
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(repository / name, sources)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "dist")]
    done = subprocess.run(command, cwd=sources, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "dist").iterdir()
    return made


def test_one_wheel_serves_every_python(wheel: Path) -> None:
    _, _, python, abi, platform = wheel.stem.split("-")
    assert (python, abi) == ("py3", "none")
    assert platform.startswith("linux_")


def test_what_is_in_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "stackglass/emulator/native/_recorder.so" in names
    assert "stackglass/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert all(name.startswith(("stackglass/", "stackglass-")) for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_it_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    """Unpacked somewhere, and run from elsewhere."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    source = tmp_path / "p.c"
    source.write_text("int f(int x) { return x + 1; }\nint main(void) { return f(4); }\n")
    code = f"import stackglass; print(stackglass.__file__, stackglass.record({str(source)!r}).exit_status)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "site" / "stackglass" / "__init__.py"), "5"]
