"""The textbook machine's calls answer what every history of calls is asked."""

from __future__ import annotations

import inspect

import pytest

import stackglass
from stackglass.explain.decoded_calls import DecodedCalls
from stackglass.recording.history import CallHistory
from stackglass.recording.textbook import TextbookRecording
from stackglass.views.call_nodes import Node, forest

SORTS = """
#include <stdlib.h>
static int ahead(int a, int b) { return a < b ? -1 : a > b; }
static int compare(const void *a, const void *b) { return ahead(*(int *)a, *(int *)b); }
int main(void) {
    int v[3] = { 3, 1, 2 }, wanted = 2;
    qsort(v, 3, sizeof(int), compare);
    return bsearch(&wanted, v, 3, sizeof(int), compare) == v + 1;
}
"""


@pytest.fixture(scope="module", params=["stack", "static", "records"])
def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TextbookRecording:
    path = tmp_path_factory.mktemp("calls") / "sorts.c"
    path.write_text(SORTS)
    recording = stackglass.record(path, isa="textbook", activation=request.param)
    assert isinstance(recording, TextbookRecording)
    return recording


QUESTIONS = [
    name
    for name, method in inspect.getmembers(CallHistory, inspect.isfunction)
    if not name.startswith("_") and list(inspect.signature(method).parameters) == ["self", "row"]
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_about_a_call_has_an_answer(recording: TextbookRecording, question: str) -> None:
    calls = recording.calls
    assert len(calls) > 8
    for row in range(len(calls)):
        getattr(calls, question)(row)


def test_callbacks_of_the_library_are_below_who_calls_them(recording: TextbookRecording) -> None:
    (main,), _ = forest(DecodedCalls(recording), library=False, budget=None)
    assert [names(each) for each in main.children] == [
        ["qsort", *3 * ["compare", "ahead"]],
        ["bsearch", "compare", "ahead"],
    ]


def names(node: Node) -> list[str]:
    """The functions of a tree, from the top."""
    return [node.function, *(name for child in node.children for name in names(child))]
