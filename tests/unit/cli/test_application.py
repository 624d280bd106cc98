"""What the command line is given wrongly is told in one sentence, with exit status 2."""

from __future__ import annotations

import pytest

from stackglass.cli.application import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("show -O 9 p.c", "invalid value for '-O': '9' is not one of '0', '1', '2', '3', 's', 'z', 'g', 'fast'"),
        ("show --grow left p.c", "invalid value for '--grow': 'left' is not one of 'down', 'up'"),
        ("show --color q p.c", "invalid value for '--color': 'q' is not one of 'auto', 'always', 'never'"),
        ("run --activation x p.c", "invalid value for '--activation': 'x' is not one of 'stack', 'static', 'records'"),
        ("run --seed x p.c", "invalid value for '--seed': 'x' is not a valid integer"),
        ("calls --limit x p.c", "'x' is not a number from 0 on"),
        ("calls --limit=-1 p.c", "'-1' is not a number from 0 on"),
        ("show --frames 0 p.c", "'0' is not a number from 1 on"),
        ("run --max-steps x p.c", "'x' is not a count"),
        ("show --nope p.c", "there is no option --nope"),
        ("show --at", "option '--at' requires an argument"),
        ("show", "missing argument 'PROGRAM'"),
        ("nope", "no such command 'nope'"),
    ],
)
def test_a_wrong_option_is_one_sentence(arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments.split())
    told = capsys.readouterr()
    assert end.value.code == 2 and not told.out
    first, *rest = told.err.splitlines()
    assert first == f"stackglass: {sentence}"
    assert len(rest) <= 1 and all(line.startswith("  ") for line in rest)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["show", "-h"]])
def test_what_is_asked_for_succeeds(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert not end.value.code
    assert capsys.readouterr().out
