"""PowerPC's word for the return address of a callee: what `where` says of it is what the picture says."""

from __future__ import annotations

import pytest

import stackglass
from stackglass import Recording
from stackglass.recording.where import Places
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from stackglass.views.where_words import told
from tests.needs import require

SOURCE = """
#include <string.h>
__attribute__((noinline)) int copy(const char *s) { char buf[8]; strcpy(buf, s); return buf[0]; }
__attribute__((noinline)) int leaf(int a) { return a + 1; }
__attribute__((noinline)) int victim(const char *s) { int r = leaf(1) + copy(s); return r + 1; }
int main(void) { return victim("AAAAAAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKKLLLL"); }
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    require("powerpc-linux-gnu-gcc")
    program = tmp_path_factory.mktemp("save_word") / "smashed.c"
    program.write_text(SOURCE)
    return stackglass.record(program, isa="powerpc", static=True)


def said(recording: Recording, moment: str, address: int) -> str:
    words = told(Places(recording, recording.at(moment).step or 0).at(address))
    return f"{words.name}: {words.what}"


def test_where_tells_the_word_as_the_picture_does(recording: Recording) -> None:
    victim = recording.at("leaf").frames[1]
    room = victim.low + 4
    assert said(recording, "leaf", room).startswith("room for the return address of what it calls (LR save word): of v")
    assert said(recording, "copy", room) == "return address: of copy, kept in the frame of victim, frame 1"


def test_a_smashed_word_is_told_so_when_its_owner_is_gone(recording: Recording) -> None:
    snapshot = recording.at("crash")
    drawn = render_plain(picture(snapshot, PictureOptions(width=160)))
    assert snapshot.frames[0].function == "victim"
    assert "(LR save word), OVERWRITTEN by strcpy at step" in drawn
    before = render_plain(picture(recording.at("leaf"), PictureOptions(width=160)))
    assert "LR save word)" in before and "OVERWRITTEN" not in before
