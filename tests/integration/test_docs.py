"""What the README and the documentation show works: commands, Python, links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from stackglass import isa as isas
from stackglass.cli import main
from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


COMMANDS = [
    (page.name, line.partition("  #")[0].strip())
    for page in PAGES
    for block in blocks(page, "sh")
    for line in block.splitlines()
    if line.startswith("stackglass ")
]
SCRIPTS = [(page.name, block) for page in PAGES for block in blocks(page, "python")]


def test_there_is_something_to_try() -> None:
    assert len(COMMANDS) > 15
    assert len(SCRIPTS) >= 2


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=lambda value: value)
def test_command(page: str, command: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    isa = words[words.index("--isa") + 1] if "--isa" in words else "x86_64"
    if isa in isas.emulated() and isa != "x86_64":
        require(f"{isas.get(isa).gnu_triplet}-gcc")
    with pytest.raises(SystemExit) as ended:
        main(words[1:])
    captured = capfd.readouterr()
    assert not ended.value.code, captured.err
    assert captured.out


@pytest.mark.parametrize(("page", "script"), SCRIPTS, ids=[page for page, _ in SCRIPTS])
def test_python(page: str, script: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(script, page, "exec"), {})
    assert re.search(r"^ *f \d+", capfd.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    paths = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()) if "://" not in link]
    assert not [path for path in paths if not (page.parent / path).exists()]
