"""Who and where the program is: process and user numbers, uname, sysinfo, prctl, processors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.clock import SECOND
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.process import PARENT, PROCESS, USER
from stackglass.emulator.kernel.registry import system_call
from stackglass.emulator.memory import PAGE

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_FIELD = 65
_RELEASE = b"6.1.0"
_SET_NAME, _GET_NAME = 15, 16
_NAME_SIZE = 16
_GET_DUMPABLE, _SET_DUMPABLE, _GET_SECCOMP, _SET_NO_NEW_PRIVILEGES, _SET_VMA = 3, 4, 21, 38, 0x53564D41
_THREAD_SEGMENTS = 3
_SET_GS, _SET_FS, _GET_FS, _GET_GS = 0x1001, 0x1002, 0x1003, 0x1004


@system_call("getpid()")
def getpid(kernel: Kernel) -> int:
    """Always 1000."""
    return PROCESS


@system_call("gettid()")
def gettid(kernel: Kernel) -> int:
    """The process number: there is one thread."""
    return PROCESS


@system_call("getppid()")
def getppid(kernel: Kernel) -> int:
    """Always 999."""
    return PARENT


@system_call("getpgrp()")
def getpgrp(kernel: Kernel) -> int:
    """The process number."""
    return PROCESS


@system_call("getpgid(int process)")
def getpgid(kernel: Kernel, process: int) -> int:
    """The process number."""
    _check_self(process)
    return PROCESS


@system_call("getsid(int process)")
def getsid(kernel: Kernel, process: int) -> int:
    """The process number."""
    _check_self(process)
    return PROCESS


def _check_self(process: int) -> None:
    if process not in (0, PROCESS):
        raise Failed(Errno.ESRCH)


@system_call("getuid()")
def getuid(kernel: Kernel) -> int:
    """Always 1000."""
    return USER


@system_call("geteuid()")
def geteuid(kernel: Kernel) -> int:
    """Always 1000."""
    return USER


@system_call("getgid()")
def getgid(kernel: Kernel) -> int:
    """Always 1000."""
    return USER


@system_call("getegid()")
def getegid(kernel: Kernel) -> int:
    """Always 1000."""
    return USER


@system_call("getresuid(word real, word effective, word saved)")
def getresuid(kernel: Kernel, real: int, effective: int, saved: int) -> int:
    """Always 1000."""
    for address in (real, effective, saved):
        kernel.guest.write_packed(address, "I", USER)
    return 0


@system_call("getresgid(word real, word effective, word saved)")
def getresgid(kernel: Kernel, real: int, effective: int, saved: int) -> int:
    """Always 1000."""
    return getresuid(kernel, real, effective, saved)


@system_call("getgroups(int count, word list)")
def getgroups(kernel: Kernel, count: int, list: int) -> int:
    """No groups beyond the program's own."""
    return 0


@system_call("uname(word buffer)")
def uname(kernel: Kernel, buffer: int) -> int:
    """Linux 6.1.0 on a machine called stackglass."""
    machine = kernel.isa.system_calls.machine.encode()
    fields = (b"Linux", b"stackglass", _RELEASE, b"#1 SMP", machine, b"(none)")
    kernel.guest.write(buffer, b"".join(field.ljust(_FIELD, b"\0") for field in fields))
    return 0


@system_call("sysinfo(word buffer)")
def sysinfo(kernel: Kernel, buffer: int) -> int:
    """Memory as much as the guest may have, no load, one process."""
    total = kernel.space.limit
    used = sum(mapping.size for mapping in kernel.memory.mappings)
    head = (kernel.clock.elapsed // SECOND, 0, 0, 0)
    unit = 1 if total >> (8 * kernel.guest.word_size) == 0 else PAGE
    kernel.guest.write_words(buffer, *head, total // unit, max(total - used, 0) // unit, 0, 0, 0, 0)
    word = kernel.guest.word_size
    after = buffer + 10 * word
    kernel.guest.write_packed(after, "HH" + "4x" * (word == 8), 1, 0)
    kernel.guest.write_words(after + word, 0, 0)
    kernel.guest.write_packed(after + 3 * word, "I4x" if word == 8 else "I8x", unit)
    return 0


@system_call("prctl(int option, word a, word b, word c, word d)")
def prctl(kernel: Kernel, option: int, a: int, b: int, c: int, d: int) -> int:
    """The program's name; a few settings without effect."""
    if option == _SET_NAME:
        kernel.change_process(name=kernel.guest.string(a).encode("utf-8", "surrogateescape")[: _NAME_SIZE - 1])
        return 0
    if option == _GET_NAME:
        kernel.guest.write(a, kernel.process.name.ljust(_NAME_SIZE, b"\0"))
        return 0
    if option in (_SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES, _GET_SECCOMP):
        return 0
    if option == _GET_DUMPABLE:
        return 1
    if option != _SET_VMA:
        kernel.missing(f"prctl option {option}")
    raise Failed(Errno.EINVAL)


@system_call("arch_prctl(int option, word address)")
def arch_prctl(kernel: Kernel, option: int, address: int) -> int:
    """x86-64's segment bases: FS is the thread pointer."""
    fs, gs = kernel.abi.segment_bases
    registers = {_SET_FS: fs, _GET_FS: fs, _SET_GS: gs, _GET_GS: gs}
    if option not in registers:
        raise Failed(Errno.EINVAL)
    if option in (_GET_FS, _GET_GS):
        kernel.guest.write_words(address, kernel.cpu.read(registers[option]))
        return 0
    if address >= kernel.space.highest:
        raise Failed(Errno.EPERM)
    kernel.cpu.write(registers[option], address)
    return 0


@system_call("set_thread_area(word description)")
def set_thread_area(kernel: Kernel, description: int) -> int:
    """Makes a segment for the thread pointer, on i386; the program loads its number into GS."""
    table = kernel.isa.thread_descriptors
    if table is None:
        raise Failed(kernel.missing("set_thread_area"))
    number, base, limit, bits = kernel.guest.unpack(description, "IIII")
    first = table // 8 % 512
    places = range(first, first + _THREAD_SEGMENTS)
    if number == 0xFFFFFFFF:
        number = next((one for one in places if not any(kernel.guest.read(table + 8 * (one - first), 8))), 0)
        if not number:
            raise Failed(Errno.ESRCH)
        kernel.guest.write_packed(description, "I", number)
    if number not in places:
        raise Failed(Errno.EINVAL)
    kernel.memory.write(table + 8 * (number - first), _descriptor(base, limit, bits).to_bytes(8, "little"))
    return 0


def _descriptor(base: int, limit: int, bits: int) -> int:
    """A segment descriptor from the members of struct user_desc (arch/x86/include/asm/desc.h); 0 for an empty one."""
    is_32_bit, contents, read_only, in_pages, absent = (
        bits & 1,
        bits >> 1 & 3,
        bits >> 3 & 1,
        bits >> 4 & 1,
        bits >> 5 & 1,
    )
    if not base and not limit and absent and read_only:
        return 0
    access = 1 | (not read_only) << 1 | contents << 2 | 1 << 4 | 3 << 5 | (not absent) << 7
    low = (limit & 0xFFFF) | (base & 0xFFFFFF) << 16 | access << 40
    return low | (limit >> 16 & 0xF) << 48 | is_32_bit << 54 | in_pages << 55 | base >> 24 << 56


@system_call("riscv_flush_icache(word start, word end, word flags)")
def riscv_flush_icache(kernel: Kernel, start: int, end: int, flags: int) -> int:
    """Nothing is cached."""
    return 0


@system_call("set_tls(word address)")
def set_tls(kernel: Kernel, address: int) -> int:
    """Sets the thread pointer, on ARM."""
    kernel.cpu.write(kernel.isa.thread_pointer, address)
    return 0


@system_call("get_tls()")
def get_tls(kernel: Kernel) -> int:
    """Tells the thread pointer, on ARM."""
    return kernel.cpu.read(kernel.isa.thread_pointer)


@system_call("getcpu(word processor, word node, word unused)")
def getcpu(kernel: Kernel, processor: int, node: int, unused: int) -> int:
    """There is one processor, number 0."""
    for address in filter(None, (processor, node)):
        kernel.guest.write_packed(address, "I", 0)
    return 0


@system_call("getrandom(word buffer, word size, uint flags)")
def getrandom(kernel: Kernel, buffer: int, size: int, flags: int) -> int:
    """Random bytes from the recording's seed."""
    if flags & ~7:
        raise Failed(Errno.EINVAL)
    size = min(size, 33554431)
    if not kernel.memory.is_writable(buffer, size):
        raise Failed(Errno.EFAULT)
    kernel.guest.write(buffer, kernel.randomness.take(size))
    return size
