"""Settings for all tests. What a test needs beyond stackglass it says with `tests.needs.require`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.needs import require

hypothesis.settings.register_profile("here", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


def pytest_collection_finish() -> None:
    """What thousands of collected tests are made of stays to the end: garbage need not be looked for among it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _caches_end_with_their_module(request: pytest.FixtureRequest) -> Iterator[None]:
    """Recordings are large: those that a module's cached functions keep are dropped behind its last test."""
    yield
    for value in vars(request.module).values():
        if getattr(value, "__module__", None) == request.module.__name__ and hasattr(value, "cache_clear"):
            value.cache_clear()


@pytest.fixture(scope="session")
def needs() -> Callable[..., None]:
    """`needs("gdb")`: as `tests.needs.require`."""
    return require


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the clone."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def examples(repository: Path) -> Path:
    """The folder of example programs."""
    return repository / "examples"
