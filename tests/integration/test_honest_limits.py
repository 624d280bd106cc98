"""What docs/limits.md says does not work, met by programs: the run ends or is refused, and it is told."""

from __future__ import annotations

from pathlib import Path

from stackglass import record
from tests import guests
from tests.guests import Exited, Guest, Unsupported
from tests.needs import require


def started(name: str, folder: Path) -> Guest:
    require("static libc")
    program = guests.program(name, guests.LIMITS)
    elf = guests.build(program, folder, "static")
    (folder / "root").mkdir()
    return guests.guest(elf, program, folder / "root")


def test_a_handler_is_never_skipped(tmp_path: Path) -> None:
    guest = started("handler.c", tmp_path)
    outcome = guest.run()
    assert isinstance(outcome, Unsupported)
    assert outcome.words.startswith(
        "SIGUSR1 was raised (it raised the signal itself), for which the program has a handler"
    )
    assert guest.written[1] == b"before\n"


def test_no_processes_and_no_threads(tmp_path: Path) -> None:
    guest = started("processes.c", tmp_path)
    assert guest.run() == Exited(3)
    assert guest.written[1].decode().splitlines() == [
        "fork -1: Function not implemented",
        "thread: Function not implemented",
        "wait -1: No child processes",
    ]
    assert set(guest.kernel.unsupported) == {"clone", "clone3"}


def test_a_deadlock_ends(tmp_path: Path) -> None:
    outcome = started("deadlock.c", tmp_path).run()
    assert isinstance(outcome, Unsupported)
    assert "waits for another thread, and there is none" in outcome.words


def test_a_file_that_is_not_shown_is_told(tmp_path: Path) -> None:
    require("static libc")
    elf = guests.build(guests.program("hidden_file.c", guests.LIMITS), tmp_path, "static")
    recording = record(elf)
    assert (recording.output, recording.missed_paths) == (b"not found\n", ("data.txt",))
    (tmp_path / "data.txt").write_text("data")
    recording = record(elf, root=tmp_path)
    assert (recording.output, recording.missed_paths) == (b"found\n", ())
