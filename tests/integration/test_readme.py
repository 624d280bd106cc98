"""What the README shows works: its commands, its Python, its links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from stackglass.cli import main

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text()
SHELL = "".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = [line.partition("  #")[0].strip() for line in SHELL.splitlines() if line.startswith("stackglass ")]


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 5


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command)[1:])
    captured = capfd.readouterr()
    assert not ended.value.code, captured.err
    assert captured.out


def test_python(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert re.search(r"^f \d+$", capfd.readouterr().out, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    paths = [link for link in re.findall(r"\]\(([^)]*)\)", TEXT) if "://" not in link]
    assert len(paths) > 5
    assert not [path for path in paths if not (ROOT / path).exists()]
