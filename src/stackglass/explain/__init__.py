"""An executed step, or a whole call, in words.

`step` is pure: it compares the states before and after one instruction. `call` drives a recording through one call of
a function and gives a `model.ExplainedCall`. Nothing here knows an instruction set: the words are tables in `isa`.
"""

from stackglass.explain.call import call, explain_row
from stackglass.explain.narration import step

__all__ = ["call", "explain_row", "step"]
