"""The recorder's tests again, with the recorder built under the address and undefined-behaviour sanitisers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackglass.emulator.native import build
from tests.needs import require

RUN = """
import sys
from pathlib import Path
import pytest
from stackglass.emulator.native import library
library.LIBRARY = Path(sys.argv[1])
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-n0", *sys.argv[2:]]))
"""
SANITISERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1")


def runtime(compiler: str) -> str:
    """The library that has to be loaded before anything else for the address sanitiser to work."""
    names = {"gcc": "libasan.so", "clang": "libclang_rt.asan-x86_64.so"}
    found = subprocess.run([compiler, f"-print-file-name={names[compiler]}"], capture_output=True, text=True).stdout
    return found.strip()


@pytest.mark.parametrize("compiler", ["gcc"])
def test_the_recorder_is_clean_under_sanitisers(
    compiler: str, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(compiler)
    monkeypatch.setenv("CC", compiler)
    library = build.build(flags=[*SANITISERS, "-Werror"], library=tmp_path / "sanitised.so")
    environment = {
        **os.environ,
        "LD_PRELOAD": runtime(compiler),
        # Python itself never gives everything back, and the emulator handles its own signals.
        "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0",
    }
    tests = [
        str(repository / "tests" / "unit" / name)
        for name in ("emulator/test_recorder.py", "emulator/test_stores.py", "recording/test_checkpoints.py")
    ]
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(library), *tests],
        env=environment,
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_recorder_compiles_without_a_warning(
    compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(compiler)
    monkeypatch.setenv("CC", compiler)
    build.build(flags=["-Werror"], library=tmp_path / "strict.so")
