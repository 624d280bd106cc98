"""Loads the modules that have the library's functions."""

from __future__ import annotations

import importlib

_MODULES = ("input_output", "general", "strings", "characters", "mathematics", "bits")


def load() -> None:
    """Makes every function known to `services`."""
    for name in _MODULES:
        importlib.import_module(f"stackglass.textbook.library.{name}")
