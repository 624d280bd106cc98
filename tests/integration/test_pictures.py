"""The pictures of the documentation: drawn by the program, and complete in themselves."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from scripts import draw_pictures


@pytest.mark.parametrize("name", draw_pictures.PICTURES)
def test_picture(name: str, repository: Path) -> None:
    """Well-formed, of its command, and fetching nothing: the only address in it is the name of its own format."""
    text = (repository / "docs" / "pictures" / f"{name}.svg").read_text()
    words = "".join(ElementTree.fromstring(text).itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert draw_pictures.PICTURES[name] in words
    assert text.count("://") == 1
    assert str(repository) not in text


def test_no_picture_is_left_over(repository: Path) -> None:
    assert {path.stem for path in (repository / "docs" / "pictures").iterdir()} == set(draw_pictures.PICTURES)


def test_a_picture_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Padding moves to the coordinates: every renderer puts the letters where the terminal has them."""
    monkeypatch.setattr(draw_pictures, "printed", lambda command: "ab   \x1b[1mcd\x1b[0m  &ef \n")
    drawn = draw_pictures.picture("command")
    texts = [node for node in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text") if node.get("x")]
    placed = [(node.text, float(node.attrib["x"])) for node in texts if node.get("textLength")]
    assert [(text, round(x / 12.2)) for text, x in placed if text and text.strip()] == [
        ("ab", 0),
        ("cd", 5),
        ("&ef", 9),
    ]
