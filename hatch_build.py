"""hatchling's hook: compiles the native recorder and puts it into the wheel."""

from __future__ import annotations

import importlib.util
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NATIVE = Path("src", "stackglass", "emulator", "native")


def _recorder_build(root: str) -> ModuleType:
    """The recorder's build module, loaded by its path: stackglass itself can't be imported while it is being built."""
    spec = importlib.util.spec_from_file_location("recorder_build", Path(root, _NATIVE, "build.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class NativeRecorder(BuildHookInterface):  # type: ignore[type-arg]
    """One library serves every Python 3 of a platform, since there is no Python in it: the wheel's tag says so."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Zig's C compiler, where the machine has none."""
        return [] if _recorder_build(self.root).has_compiler() else ["ziglang"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles in place, which is where an editable installation looks, and names the result for the wheel."""
        library = _recorder_build(self.root).build()
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        build_data["artifacts"].append(f"/{_NATIVE.as_posix()}/{library.name}")
