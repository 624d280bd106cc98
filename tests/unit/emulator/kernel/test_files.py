"""Files through system calls: what the guest sees of the host, what it writes, and that it reaches no further."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from stackglass.emulator.kernel import World
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.layers import HostTree
from stackglass.emulator.kernel.nodes import Kind
from tests.unit.emulator.kernel.small_machine import (
    APPEND,
    CREATE,
    CURRENT_FOLDER,
    EXCLUSIVE,
    READ_ONLY,
    READ_WRITE,
    TRUNCATE,
    WRITE_ONLY,
    SmallMachine,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for the guest, with a secret beside it."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "root"
    (folder / "inner").mkdir(parents=True)
    (folder / "data.txt").write_text("the data")
    (folder / "inner" / "deep.txt").write_text("deep")
    return folder


@pytest.fixture
def machine(root: Path) -> SmallMachine:
    return SmallMachine(World(root=root))


def test_nothing_of_the_host_is_seen_without_a_root() -> None:
    machine = SmallMachine()
    for path in (
        "/etc/passwd",
        "/usr/lib/os-release",
        "/etc/ld.so.cache",
        "/lib64/ld-linux-x86-64.so.2",
        "/home",
        "/root",
    ):
        assert machine.error("openat", CURRENT_FOLDER, path, 0, 0) is Errno.ENOENT
        assert machine.error("access", path, 0) is Errno.ENOENT


def test_libraries_show_shared_objects_and_nothing_else() -> None:
    machine = SmallMachine(World(libraries=True))
    assert machine.error("openat", CURRENT_FOLDER, "/etc/passwd", 0, 0) is Errno.ENOENT
    assert machine.error("openat", CURRENT_FOLDER, "/usr/lib/os-release", 0, 0) is Errno.ENOENT
    assert machine.error("access", "/lib/../etc/passwd", 0) is Errno.ENOENT
    if Path("/etc/ld.so.cache").exists():
        assert machine.contents("/etc/ld.so.cache") == Path("/etc/ld.so.cache").read_bytes()


def test_the_root_is_the_guests_root(machine: SmallMachine) -> None:
    assert machine.contents("/data.txt") == b"the data"
    assert machine.contents("inner/../inner/./deep.txt") == b"deep"
    assert machine.contents("../../../../data.txt") == b"the data"


@pytest.mark.parametrize(
    "target",
    ["../secret", "/secret", "../../../../../../../../../../../../etc/passwd", "/etc/passwd", "inner/../../secret"],
)
def test_a_link_leads_nowhere_outside(root: Path, target: str) -> None:
    (root / "escape").symlink_to(target)
    (root / "out").symlink_to("..")
    machine = SmallMachine(World(root=root))
    assert machine.error("openat", CURRENT_FOLDER, "escape", 0, 0) is Errno.ENOENT
    assert machine.error("openat", CURRENT_FOLDER, "out/secret", 0, 0) is Errno.ENOENT


def test_a_layer_by_itself_follows_no_link(root: Path) -> None:
    (root / "out").symlink_to("..")
    layer = HostTree(root)
    assert layer.node("/out/secret") is None
    assert layer.names("/out") == ()
    link = layer.node("/out")
    assert link is not None
    assert (link.kind, link.target) == (Kind.LINK, "..")


def test_a_link_of_the_guests_own_leads_nowhere_outside(root: Path, machine: SmallMachine) -> None:
    assert machine.call("symlink", str(root.parent), "up") == 0
    assert machine.error("openat", CURRENT_FOLDER, "up/secret", 0, 0) is Errno.ENOENT
    assert machine.call("symlink", "inner", "in") == 0
    assert machine.contents("in/deep.txt") == b"deep"
    assert machine.contents("in/../data.txt") == b"the data"


def test_links_in_the_root_are_followed_inside_it(root: Path) -> None:
    (root / "absolute").symlink_to("/inner")
    (root / "relative").symlink_to("inner/deep.txt")
    (root / "loop").symlink_to("loop")
    machine = SmallMachine(World(root=root))
    assert machine.contents("absolute/deep.txt") == b"deep"
    assert machine.contents("relative") == b"deep"
    assert machine.error("openat", CURRENT_FOLDER, "loop", 0, 0) is Errno.ELOOP
    assert (
        machine.error("openat", CURRENT_FOLDER, "relative", machine.kernel.abi.open_flags.no_follow, 0) is Errno.ELOOP
    )


def test_special_files_of_the_host_are_not_opened(root: Path) -> None:
    os.mkfifo(root / "fifo")
    machine = SmallMachine(World(root=root))
    assert machine.error("openat", CURRENT_FOLDER, "fifo", 0, 0) is Errno.ENXIO


def test_writes_stay_in_memory(root: Path, machine: SmallMachine) -> None:
    machine.make("new.txt", b"new")
    descriptor = machine.open("data.txt", WRITE_ONLY | APPEND)
    machine.write(descriptor, b", changed")
    assert machine.call("unlink", "inner/deep.txt") == 0
    assert machine.call("mkdir", "folder", 0o755) == 0
    assert machine.call("rename", "data.txt", "folder/moved.txt") == 0
    assert machine.contents("folder/moved.txt") == b"the data, changed"
    assert machine.error("access", "data.txt", 0) is Errno.ENOENT
    found = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    assert found == ["data.txt", "inner", "inner/deep.txt"]
    assert (root / "data.txt").read_text() == "the data"


def test_what_was_read_once_stays(root: Path, machine: SmallMachine) -> None:
    assert machine.contents("data.txt") == b"the data"
    (root / "data.txt").write_text("changed by someone else")
    (root / "late.txt").write_text("late")
    assert machine.contents("data.txt") == b"the data"
    assert machine.contents("late.txt") == b"late"


def test_the_guest_is_told_permissions_and_kept_to_them(root: Path) -> None:
    (root / "data.txt").chmod(0o400)
    machine = SmallMachine(World(root=root))
    assert machine.error("openat", CURRENT_FOLDER, "data.txt", WRITE_ONLY, 0) is Errno.EACCES
    assert machine.error("access", "data.txt", 2) is Errno.EACCES
    assert machine.call("access", "data.txt", 4) == 0
    assert machine.call("chmod", "data.txt", 0o600) == 0
    assert machine.call("access", "data.txt", 2) == 0


def test_a_new_file_may_be_written_by_its_maker_whatever_its_mode(machine: SmallMachine) -> None:
    descriptor = machine.open("locked", CREATE | WRITE_ONLY, 0)
    assert machine.write(descriptor, b"x") == 1
    assert machine.error("openat", CURRENT_FOLDER, "locked", 0, 0) is Errno.EACCES


def test_paths_asked_for_in_vain_are_told(root: Path) -> None:
    machine = SmallMachine()
    for path in ("absent", "inner/absent", "absent", "/etc/absent", "/usr/lib/locale/x"):
        machine.call("openat", CURRENT_FOLDER, path, 0, 0)
    assert machine.kernel.missed_paths == ("absent", "inner/absent", "/etc/absent")
    machine = SmallMachine(World(root=root))
    assert machine.error("openat", CURRENT_FOLDER, "absent", 0, 0) is Errno.ENOENT
    assert machine.kernel.missed_paths == ("absent",)


def test_errors_of_paths(machine: SmallMachine) -> None:
    assert machine.error("openat", CURRENT_FOLDER, "", 0, 0) is Errno.ENOENT
    assert machine.error("openat", CURRENT_FOLDER, "data.txt/x", 0, 0) is Errno.ENOTDIR
    assert machine.error("openat", CURRENT_FOLDER, "data.txt/", 0, 0) is Errno.ENOTDIR
    assert machine.error("openat", CURRENT_FOLDER, "inner", WRITE_ONLY, 0) is Errno.EISDIR
    assert machine.error("openat", CURRENT_FOLDER, "data.txt", CREATE | EXCLUSIVE, 0) is Errno.EEXIST
    assert machine.error("openat", CURRENT_FOLDER, "x" * 256, 0, 0) is Errno.ENAMETOOLONG
    assert machine.error("openat", CURRENT_FOLDER, "x/" * 3000, 0, 0) is Errno.ENAMETOOLONG
    assert machine.error("openat", CURRENT_FOLDER, 8, 0, 0) is Errno.EFAULT
    assert machine.error("openat", 55, "data.txt", 0, 0) is Errno.EBADF
    assert machine.error("mkdir", "absent/x", 0) is Errno.ENOENT
    assert machine.error("rmdir", "inner") is Errno.ENOTEMPTY
    assert machine.error("rename", "inner", "moved") is Errno.EXDEV
    assert machine.call("mkdir", "mine", 0o755) == 0
    assert machine.error("rename", "mine", "mine/deeper") is Errno.EINVAL


def test_a_folder_of_the_guests_own_moves_with_all_in_it(machine: SmallMachine) -> None:
    machine.call("mkdir", "one", 0o755)
    machine.call("mkdir", "one/two", 0o755)
    machine.make("one/two/file", b"inside")
    assert machine.call("rename", "one", "other") == 0
    assert machine.contents("other/two/file") == b"inside"
    assert machine.error("access", "one", 0) is Errno.ENOENT


def test_a_folder_made_anew_is_empty(machine: SmallMachine) -> None:
    machine.call("unlink", "inner/deep.txt")
    assert machine.call("rmdir", "inner") == 0
    assert machine.call("mkdir", "inner", 0o755) == 0
    assert machine.error("access", "inner/deep.txt", 0) is Errno.ENOENT
    assert _names(machine, "inner") == [".", ".."]


def _names(machine: SmallMachine, path: str) -> list[str]:
    descriptor = machine.open(path)
    names = []
    buffer = machine.room(64)
    while (count := machine.call("getdents64", descriptor, buffer, 64)) > 0:
        data = machine.memory.read(buffer, count)
        while data:
            _, _, length, _ = struct.unpack_from("<QqHB", data)
            names.append(data[19:length].partition(b"\0")[0].decode())
            data = data[length:]
    assert count == 0
    return names


def test_folders_are_listed_over_all_layers(root: Path, machine: SmallMachine) -> None:
    machine.make("added", b"")
    machine.call("unlink", "data.txt")
    assert _names(machine, "/") == [".", "..", "added", "inner"], "what is made up does not show among the root's"
    assert "null" in _names(machine, "/dev")
    assert _names(SmallMachine(), "/") == [".", "..", "dev", "proc", "tmp"]
    assert machine.error("getdents64", machine.open("/"), machine.room(8), 8) is Errno.EINVAL


def test_a_file_lives_on_until_its_last_descriptor_is_closed(machine: SmallMachine) -> None:
    machine.make("file", b"still here")
    descriptor = machine.open("file")
    machine.call("unlink", "file")
    assert machine.read(descriptor) == b"still here"
    machine.call("close", descriptor)
    assert machine.kernel.filesystem.state().contents == {}


def test_duplicates_share_their_offset(machine: SmallMachine) -> None:
    descriptor = machine.open("data.txt")
    again = machine.open("data.txt")
    twin = machine.call("dup", descriptor)
    assert machine.read(descriptor, 4) == b"the "
    assert machine.read(twin, 4) == b"data"
    assert machine.read(again, 3) == b"the"
    assert machine.call("dup2", again, 20) == 20
    machine.call("close", again)
    assert machine.read(20, 5) == b" data"


def test_the_lowest_free_descriptor_is_taken(machine: SmallMachine) -> None:
    assert [machine.open("data.txt") for _ in range(3)] == [3, 4, 5]
    machine.call("close", 4)
    assert machine.open("data.txt") == 4
    machine.call("close", 0)
    assert machine.open("data.txt") == 0


def test_descriptors_run_out(machine: SmallMachine) -> None:
    for _ in range(1024 - 3):
        machine.open("data.txt")
    assert machine.error("openat", CURRENT_FOLDER, "data.txt", 0, 0) is Errno.EMFILE
    assert machine.error("dup", 0) is Errno.EMFILE


def test_buffers_that_cannot_be_used(machine: SmallMachine) -> None:
    descriptor = machine.open("data.txt")
    assert machine.error("read", descriptor, READ_ONLY, 4) is Errno.EFAULT
    assert machine.error("read", descriptor, 8, 4) is Errno.EFAULT
    assert machine.error("write", 1, 8, 4) is Errno.EFAULT
    assert machine.error("read", 0, READ_ONLY, 4) is Errno.EFAULT
    assert machine.read(descriptor) == b"the data", "a read that failed must not move the offset"


def test_modes_of_opening_are_kept_to(machine: SmallMachine) -> None:
    reading = machine.open("data.txt")
    writing = machine.open("new", CREATE | WRITE_ONLY)
    assert machine.error("write", reading, b"x", 1) is Errno.EBADF
    assert machine.error("read", writing, machine.room(4), 4) is Errno.EBADF
    assert machine.error("read", 1, machine.room(4), 4) is Errno.EBADF
    assert machine.error("read", machine.open("inner"), machine.room(4), 4) is Errno.EISDIR
    assert machine.error("ftruncate", reading, 0) is Errno.EINVAL


def test_standard_streams_are_pipes_unless_said_to_be_terminals(root: Path) -> None:
    plain, terminal = SmallMachine(), SmallMachine(World(terminals=frozenset({1}), window=(33, 101)))
    settings = plain.room(64)
    assert plain.error("ioctl", 1, 0x5401, settings) is Errno.ENOTTY
    assert terminal.call("ioctl", 1, 0x5401, settings) == 0
    assert terminal.error("ioctl", 0, 0x5401, settings) is Errno.ENOTTY
    assert terminal.call("ioctl", 1, 0x5413, settings) == 0
    assert struct.unpack("<HHHH", terminal.memory.read(settings, 8)) == (33, 101, 0, 0)
    modes = []
    for machine in (plain, terminal):
        status = machine.room(144)
        assert machine.call("fstat", 1, status) == 0
        modes.append(struct.unpack_from("<I", machine.memory.read(status, 144), 24)[0] & 0o170000)
    assert modes == [0o010000, 0o020000]


def test_output_goes_where_its_stream_goes(machine: SmallMachine) -> None:
    machine.write(1, b"out")
    machine.write(2, b"err")
    machine.write(machine.call("dup", 1), b"out again")
    machine.write(machine.open("/dev/stderr", WRITE_ONLY), b"by name")
    machine.write(1, b"")
    assert machine.written == [(1, b"out"), (2, b"err"), (1, b"out again"), (2, b"by name")]


def test_input_comes_as_it_is_given() -> None:
    machine = SmallMachine(inputs=[b"first line\n", b"second"])
    assert machine.read(0, 100) == b"first line\n"
    assert machine.read(0, 0) == b""
    assert machine.read(0, 100) == b"second"
    assert machine.read(0, 100) == b""
    assert machine.error("lseek", 0, 0, 0) is Errno.ESPIPE


def test_a_temporary_file_without_a_name(machine: SmallMachine) -> None:
    flags = READ_WRITE | machine.kernel.abi.open_flags.temporary_file | machine.kernel.abi.open_flags.directory
    descriptor = machine.open("/tmp", flags, 0o600)
    machine.write(descriptor, b"temporary")
    assert machine.call("lseek", descriptor, 0, 0) == 0
    assert machine.read(descriptor) == b"temporary"
    assert _names(machine, "/tmp") == [".", ".."]


def test_a_huge_file_is_refused_rather_than_held(machine: SmallMachine) -> None:
    descriptor = machine.open("big", CREATE | READ_WRITE | TRUNCATE)
    assert machine.error("ftruncate", descriptor, 1 << 40) is Errno.EFBIG
    assert machine.error("pwrite64", descriptor, b"x", 1, 1 << 40) is Errno.EFBIG
    assert machine.call("lseek", descriptor, 1 << 40, 0) == 1 << 40
    assert machine.read(descriptor) == b""


def test_the_program_finds_itself() -> None:
    machine = SmallMachine(World(program="/work/prog", files={"/work/prog": b"\x7fELF"}, arguments=("prog", "a b")))
    buffer = machine.room(100)
    assert machine.call("readlink", "/proc/self/exe", buffer, 100) == 10
    assert machine.memory.read(buffer, 10) == b"/work/prog"
    assert machine.contents("/proc/self/exe") == b"\x7fELF"
    assert machine.contents("/proc/self/cmdline") == b"prog\0a b\0"
    assert b"rw-p 00000000 00:00 0" in machine.contents("/proc/self/maps")
