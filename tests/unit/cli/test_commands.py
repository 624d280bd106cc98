"""A command's options are the fields of its requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from stackglass.cli.commands import BROKEN_PIPE_STATUS, INTERRUPTED_STATUS, command


@dataclass(frozen=True)
class Meal:
    dish: Annotated[str, typer.Argument()]
    sauce: Annotated[str, typer.Option()] = "none"


@dataclass(frozen=True)
class Service:
    fast: Annotated[bool, typer.Option("--fast")] = False


def _app(outcome: int | BaseException | None, seen: list[object]) -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @command(app)
    def serve(meal: Meal, service: Service, *, to: Annotated[list[str] | None, typer.Option()] = None) -> int | None:
        """Serves."""
        seen.extend([meal, service, to])
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return app


def test_fields_become_options_and_come_back_as_requests() -> None:
    seen: list[object] = []
    result = CliRunner().invoke(_app(7, seen), ["soup", "--fast", "--to", "a", "--sauce", "hot", "--to", "b"])
    assert result.exit_code == 7
    assert seen == [Meal("soup", "hot"), Service(True), ["a", "b"]]


def test_nothing_given_back_is_success() -> None:
    assert CliRunner().invoke(_app(None, []), ["soup"]).exit_code == 0


@pytest.mark.parametrize(("outcome", "status"), [(KeyboardInterrupt(), INTERRUPTED_STATUS)], ids=["ctrl-c"])
def test_being_interrupted_has_the_status_that_a_shell_expects(outcome: BaseException, status: int) -> None:
    assert CliRunner().invoke(_app(outcome, []), ["soup"]).exit_code == status


def test_the_help_names_every_option() -> None:
    text = CliRunner().invoke(_app(0, []), ["--help"]).output.replace("DISH", "dish")
    for word in ("dish", "--sauce", "--fast", "--to", "Serves."):
        assert word in text


def test_the_statuses_are_those_of_a_shell() -> None:
    assert (INTERRUPTED_STATUS, BROKEN_PIPE_STATUS) == (130, 141)
