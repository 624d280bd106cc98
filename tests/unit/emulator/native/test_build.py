"""Compiling the native recorder: with every compiler, without warnings, and with a clear word where it can't be."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackglass.emulator.native import build
from tests.needs import require


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for the module to work in, with one small source."""
    (tmp_path / "small.c").write_text(
        "#include <unicorn/unicorn.h>\nint stop(uc_engine *e) { return uc_emu_stop(e); }\n"
    )
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "LIBRARY", tmp_path / "_recorder.so")
    monkeypatch.delenv("CC", raising=False)
    return tmp_path


def without_compilers(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("cc", ["gcc", "clang", f"{sys.executable} -m ziglang cc"])
def test_the_recorder_compiles_without_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cc: str) -> None:
    require("zig" if "ziglang" in cc else cc)
    monkeypatch.setenv("CC", cc)
    library = build.build(flags=["-Werror", "-O1"], library=tmp_path / "recorder.so")
    assert library.read_bytes().startswith(b"\x7fELF")
    assert list(tmp_path.iterdir()) == [library]


def test_what_is_built_calls_the_engine_that_is_loaded(copy: Path) -> None:
    headers = build.headers()
    ctypes.CDLL(str(headers.parent / "lib" / "libunicorn.so.2"), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(build.build()))
    assert library.stop is not None


def test_the_library_is_current_until_a_source_changes(copy: Path) -> None:
    assert not build.is_current()
    library = build.build()
    assert build.is_current()
    made = library.stat().st_mtime
    os.utime(copy / "small.c", (made + 10, made + 10))
    assert not build.is_current()


def test_a_loaded_library_is_replaced_and_not_overwritten(copy: Path) -> None:
    first = build.build().stat().st_ino
    with build.LIBRARY.open("rb") as held:
        assert build.build().stat().st_ino != first
        assert held.read(4) == b"\x7fELF"


def test_no_compiler(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_compilers(monkeypatch, copy)
    assert not build.has_compiler()
    with pytest.raises(build.BuildError, match="no C compiler: install one"):
        build.compiler()


def test_no_engine_headers(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    with pytest.raises(build.BuildError, match="the unicorn package with its C headers is not installed"):
        build.headers()


def test_zig_where_there_is_no_other_compiler(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("zig")
    monkeypatch.setenv("PATH", str(copy))
    assert build.compiler() == [sys.executable, "-m", "ziglang", "cc", *build.ZIG_FLAGS]


def test_what_the_compiler_says_is_passed_on(copy: Path) -> None:
    (copy / "broken.c").write_text("int f(void) { return x; }\n")
    with pytest.raises(build.BuildError, match=r"does not compile:\n(.|\n)*broken\.c:1:22: error"):
        build.build()


def test_a_compiler_that_cannot_be_started(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-cc -O2")
    with pytest.raises(build.BuildError, match="the C compiler no-such-cc cannot be started"):
        build.build()


def test_on_the_command_line_warnings_are_errors(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "careless.c").write_text("int f(int x) { return 0; }\n")
    assert build.main([]) == 1
    assert "unused parameter" in capsys.readouterr().err
    assert build.main(["--if-needed"]) == 0
    assert "unused parameter" in capsys.readouterr().err
    assert build.main(["--if-needed"]) == 0
    assert capsys.readouterr().err == ""


def test_it_runs_by_its_path_with_nothing_but_the_standard_library(tmp_path: Path) -> None:
    """As the build hook runs it: isolated from this environment, it gets as far as looking for the engine's headers."""
    code = (
        "import importlib.util, sys; sys.path = [p for p in sys.path if 'site-packages' not in p]\n"
        f"spec = importlib.util.spec_from_file_location('b', {str(build.__file__)!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "assert not [name for name in sys.modules if name.startswith(('stackglass', 'unicorn'))]\n"
        "sys.exit('unicorn' not in str(module.main(['--if-needed'])) and 0)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
