"""A moment's view of the registers at steps before it."""

from __future__ import annotations

import pytest

import stackglass
from stackglass.recording import revisiting as module
from stackglass.recording.arrivals import resolve
from tests.needs import require

# At -O2 `seed` is in edi when `spoil` is called, which overwrites edi; nothing saves it.
SOURCE = """
__attribute__((noinline)) static int spoil(int x)
{
    __asm__ volatile("xor %%edi, %%edi" ::: "edi");
    return x + 1;
}
int main(int argc, char **argv)
{
    int seed = argc + 41;
    return spoil(seed) - 43;
}
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> stackglass.Recording:
    require("gcc")
    path = tmp_path_factory.mktemp("earlier") / "spoil.c"
    path.write_text(SOURCE)
    return stackglass.record(path, optimise="1", cflags="-fno-optimize-sibling-calls -fno-ipa-cp -fno-ipa-sra")


def test_registers_are_those_of_the_step_and_the_recording_stays(recording: stackglass.Recording) -> None:
    step = resolve(recording, "spoil:return")
    moment = recording.moment()
    assert moment.registers_at is not None
    for earlier in (0, step // 2, step):
        found = moment.registers_at(earlier)
        assert recording.step == step
        recording.seek(earlier)
        assert found == recording.registers()
        recording.seek(step)
    assert moment.registers_at(step + 1) is None


def test_what_a_callee_overwrote_is_told_as_the_caller_left_it(recording: stackglass.Recording) -> None:
    """gdb says 0 here: it takes the callee's edi for the caller's."""
    snapshot = recording.at("spoil:return")
    assert snapshot.registers["rdi"] == 0
    main = next(frame for frame in snapshot.frames if frame.function == "main")
    seed = [each for each in (*main.parameters, *main.register_variables) if each.name == "seed"]
    assert [each.value for each in seed] == ["42"]


def test_only_so_many_steps_are_visited(recording: stackglass.Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_VISITS", 2)
    resolve(recording, "end")
    ask = recording.moment().registers_at
    assert ask is not None
    assert [ask(step) is None for step in (1, 2, 3, 2)] == [False, False, True, False]
