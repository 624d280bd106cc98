"""scripts/environment, demo and test on machines that lack something: one clear sentence each, nothing half done."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

COMMANDS = ("bash", "cat", "cksum", "cut", "dirname", "env", "readlink", "sed", "sh")
"""What a minimal system has, of what the scripts use."""

PYTHON_WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1;; --version) echo Python 3.12.1;; esac'
PYTHON_TOO_OLD = 'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac'
PYTHON_THAT_WILL_DO = 'case "$*" in *-m\\ venv*) echo "would make $4"; exit 7;; esac'
CC_WITHOUT_HEADERS = "exit 1"
CC_THAT_WILL_DO = "cat >/dev/null"


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Path:
    """The scripts in a place of their own, with what they look at."""
    folder = tmp_path / "a clone"
    shutil.copytree(repository / "scripts", folder / "scripts")
    for name in ("pyproject.toml", "hatch_build.py"):
        shutil.copy(repository / name, folder)
    return folder


def run(clone: Path, script: str, commands: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a script with only the basic commands and `commands` (name to shell script) in reach."""
    reach = clone.parent / "reach"
    reach.mkdir()
    for name in COMMANDS:
        (reach / name).symlink_to(str(shutil.which(name)))
    for name, text in commands.items():
        (reach / name).write_text(f"#!/bin/sh\n{text}\n")
        (reach / name).chmod(0o755)
    return subprocess.run(
        [clone / "scripts" / script], capture_output=True, text=True, env={"PATH": str(reach)}, cwd="/", timeout=60
    )


@pytest.mark.parametrize("script", ["demo", "test"])
@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ({}, "Python 3.11 or newer is needed, and there is no python3 here."),
        ({"python3": PYTHON_TOO_OLD}, "Python 3.11 or newer is needed; python3 is 3.9.2."),
        ({"python3": PYTHON_WITHOUT_VENV}, "python3 cannot make virtual environments: its venv package is missing."),
        (
            {"python3": PYTHON_THAT_WILL_DO, "cc": CC_WITHOUT_HEADERS},
            "the C compiler cc does not find the C library's headers.",
        ),
    ],
)
def test_what_is_missing_is_said(clone: Path, script: str, commands: Mapping[str, str], words: str) -> None:
    done = run(clone, script, commands)
    assert done.returncode == 1
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first == f"stackglass: {words}"
    assert second.startswith("stackglass: try: ")
    assert not (clone / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_found(clone: Path) -> None:
    commands = {"python3": PYTHON_TOO_OLD, "python3.12": PYTHON_THAT_WILL_DO, "cc": CC_THAT_WILL_DO}
    done = run(clone, "environment", commands)
    assert done.returncode == 7
    assert done.stdout == f"would make {clone}/.venv\n"


def test_without_a_compiler_zigs_is_fetched_and_that_is_said(clone: Path) -> None:
    done = run(clone, "environment", {"python3": PYTHON_THAT_WILL_DO})
    assert done.returncode == 7
    assert "there is no C compiler here; fetching zig's" in done.stderr
    assert "sudo apt install gcc libc6-dev" in done.stderr
