"""An executed step in words. `step` is pure: it compares the states before and after one instruction."""

from stackglass.explain.narration import step

__all__ = ["step"]
