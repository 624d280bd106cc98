"""For each instruction set the assembly that shows where a compiler passes arguments and results, and who compiles it.

`capture` keeps the registers that pass arguments, SP as it was at the call instruction, and the stack from there on.
`capture_result` calls a function and keeps the registers that results come back in. What is kept is in `record`, in the
order of `Machine.arguments` and `Machine.results`. Everything else a program needs is here too: it has no C library.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from stackglass.isa import Isa, get

STACK_BYTES = 6144
HIDDEN_SIZE = 1024

Layout = tuple[tuple[str, int], ...]
"""(register, bytes of it that are kept)."""


@dataclass(frozen=True)
class Machine:
    """An instruction set with one of its ABIs. `flags` are its ELF header's; `gcc` is the compiler's command."""

    name: str
    gcc: tuple[str, ...]
    zig_target: str
    emulator: tuple[str, ...]
    arguments: Layout
    results: Layout
    assembly: str
    scalars: tuple[tuple[str, str, int, int, int], ...]
    """(spelling, ArgumentType's kind, size, bytes of it that carry a value, alignment)."""
    flags: int = 0
    of_gcc: tuple[str, ...] = ()
    """Spellings of the types that only gcc has here, or that other compilers pass in other ways than the ABI says."""
    of_gcc_in_structs: tuple[str, ...] = ()
    """Likewise those of which only structs are passed otherwise."""
    is_complex_of_gcc: bool = False
    """Whether other compilers pass complex numbers in other ways than gcc, and the ABI says nothing."""
    dwarf_without_alignment: tuple[str, ...] = ()
    """Compilers that don't tell debuggers of alignments that attributes ask for."""
    zig_flags: tuple[str, ...] = ()
    isa_name: str = ""
    needs: tuple[str, ...] = field(default=())

    @cached_property
    def isa(self) -> Isa:
        """Its table, with the argument passing of its ABI."""
        return get(self.isa_name or self.name).with_flags(self.flags)

    @property
    def other_compiler(self) -> str:
        """What compiles for it besides gcc: the host's clang for the host, zig's for the others."""
        return "zig" if self.emulator else "clang"

    @property
    def stack_at(self) -> int:
        """Where the stack begins in a record of arguments: behind the registers and SP."""
        return sum(size for _, size in self.arguments) + self.isa.word_size

    def commands(self, compiler: str, source: str, program: str, *flags: str) -> Iterator[list[str]]:
        """How `compiler`, gcc, clang or zig, makes a program of a source."""
        if compiler == "zig":
            zig = [sys.executable, "-m", "ziglang"]
            own = ["-target", self.zig_target, *_FREESTANDING, "-fno-sanitize=undefined", *self.zig_flags]
            yield [*zig, "cc", *own, *flags, "-c", source, "-o", f"{program}.o"]
            yield [*zig, "ld.lld", "-static", "-o", program, f"{program}.o"]
        else:
            command = self.gcc if compiler == "gcc" else (compiler,)
            yield [*command, *_FREESTANDING, "-nostdlib", "-static", "-no-pie", *flags, source, "-o", program]


_FREESTANDING = (
    *("-w", "-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-pic", "-fno-asynchronous-unwind-tables"),
    *("-fno-strict-aliasing", "-fno-lto"),
)


def _common(pointer: int) -> tuple[tuple[str, str, int, int, int], ...]:
    return (
        ("_Bool", "integer", 1, 1, 1),
        ("char", "integer", 1, 1, 1),
        ("short", "integer", 2, 2, 2),
        ("int", "integer", 4, 4, 4),
        ("long", "integer", pointer, pointer, pointer),
        ("void *", "pointer", pointer, pointer, pointer),
        ("float", "float", 4, 4, 4),
    )


_WIDE = (
    ("long long", "integer", 8, 8, 8),
    ("double", "float", 8, 8, 8),
    ("v16", "vector", 16, 16, 16),
    ("__int128", "integer", 16, 16, 16),
)
_QUAD = ("long double", "float", 16, 16, 16)
_V8 = ("v8", "vector", 8, 8, 8)


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


_X86_64 = Machine(
    name="x86_64",
    gcc=("gcc",),
    zig_target="x86_64-linux-musl",
    emulator=(),
    arguments=(
        *((name, 8) for name in ("rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax")),
        *((f"xmm{n}", 16) for n in range(8)),
    ),
    results=(("rax", 8), ("rdx", 8), ("xmm0", 16), ("xmm1", 16), ("st0", 16), ("st1", 16)),
    assembly=_lines(
        ".intel_syntax noprefix",
        "_start: xor ebp, ebp; and rsp, -16; call main; mov edi, eax; mov eax, 60; syscall",
        "put: mov rdx, rsi; mov rsi, rdi; mov edi, 1; mov eax, 1; syscall; ret",
        "capture: lea r11, record[rip]",
        *(f"mov [r11+{8 * n}], {r}" for n, r in enumerate(("rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax"))),
        *(f"movups [r11+{56 + 16 * n}], xmm{n}" for n in range(8)),
        "lea r10, [rsp+8]; mov [r11+184], r10; add r11, 192; xor eax, eax",
        f"1: mov r10, [rsp+8+rax]; mov [r11+rax], r10; add rax, 8; cmp rax, {STACK_BYTES}; jb 1b",
        "mov rax, rdi; ret",
        ".set capture_memory, capture",
        "capture_result: push rbx; mov rbx, rdi; lea rdi, hidden[rip]; fninit; call rbx; lea rbx, record[rip]",
        "mov [rbx], rax; mov [rbx+8], rdx; movups [rbx+16], xmm0; movups [rbx+32], xmm1",
        "fstp tbyte ptr [rbx+48]; fstp tbyte ptr [rbx+64]; fninit; pop rbx; ret",
        ".att_syntax prefix",
    ),
    scalars=(
        *_common(8),
        *_WIDE,
        ("long double", "long double", 16, 10, 16),
        ("_Float128", "float", 16, 16, 16),
    ),
    of_gcc=("__int128", "_Float128"),  # clang before 18 splits an __int128 between the last register and the stack
)

_I386 = Machine(
    name="i386",
    gcc=("i686-linux-gnu-gcc", "-msse2"),
    zig_target="x86-linux-musl",
    emulator=("qemu-i386",),
    arguments=tuple((f"xmm{n}", 16) for n in range(3)),
    results=(("eax", 4), ("edx", 4), ("st0", 10), ("xmm0", 16)),
    assembly=_lines(
        ".intel_syntax noprefix",
        "_start: xor ebp, ebp; and esp, -16; call main; mov ebx, eax; mov eax, 1; int 0x80",
        "put: push ebx; mov ebx, 1; mov ecx, [esp+8]; mov edx, [esp+12]; mov eax, 4; int 0x80; pop ebx; ret",
        ".macro keep",
        *(f"movups xmmword ptr record+{16 * n}, xmm{n}" for n in range(3)),
        "lea ecx, [esp+4]; mov dword ptr record+48, ecx; xor eax, eax",
        f"1: mov ecx, [esp+4+eax]; mov dword ptr record[eax+52], ecx; add eax, 4; cmp eax, {STACK_BYTES}; jb 1b",
        ".endm",
        "capture: keep",
        "ret",
        "capture_memory: keep",
        "mov eax, [esp+4]; ret 4",
        "capture_result: push ebp; mov ebp, esp; mov ecx, [ebp+8]; lea eax, hidden",
        "and esp, -16; sub esp, 12; push eax",
        "fninit; call ecx; mov esp, ebp; mov dword ptr record, eax; mov dword ptr record+4, edx",
        "fstp tbyte ptr record+8; fninit; movups xmmword ptr record+18, xmm0; pop ebp; ret",
        ".att_syntax prefix",
    ),
    scalars=(
        *_common(4),
        ("long long", "integer", 8, 8, 4),
        ("double", "float", 8, 8, 4),
        ("long double", "long double", 12, 10, 4),
        ("v16", "vector", 16, 16, 16),
        ("_Float128", "float", 16, 16, 16),
    ),
    of_gcc=("_Float128",),
    of_gcc_in_structs=("v16",),  # clang aligns no struct on the stack to more than a word
    needs=("i686-linux-gnu-gcc", "qemu-i386"),
)

_AARCH64 = Machine(
    name="aarch64",
    gcc=("aarch64-linux-gnu-gcc",),
    zig_target="aarch64-linux-musl",
    emulator=("qemu-aarch64",),
    arguments=(*((f"x{n}", 8) for n in range(9)), *((f"v{n}", 16) for n in range(8))),
    results=(("x0", 8), ("x1", 8), *((f"v{n}", 16) for n in range(4))),
    assembly=_lines(
        ".text",
        "_start: mov x29, #0; bl main; mov x8, #93; svc #0",
        "put: mov x2, x1; mov x1, x0; mov x0, #1; mov x8, #64; svc #0; ret",
        "capture: adrp x16, record; add x16, x16, :lo12:record",
        *(f"str x{n}, [x16, #{8 * n}]" for n in range(9)),
        "add x17, x16, #72",
        *(f"str q{n}, [x17], #16" for n in range(8)),
        "mov x9, sp; str x9, [x17], #8; mov x9, #0",
        f"mov x11, #{STACK_BYTES}",
        "1: ldr x10, [sp, x9]; str x10, [x17, x9]; add x9, x9, #8; cmp x9, x11; b.lo 1b",
        "ret",
        ".set capture_memory, capture",
        "capture_result: stp x29, x30, [sp, #-16]!; mov x9, x0; adrp x8, hidden; add x8, x8, :lo12:hidden; blr x9",
        "adrp x16, record; add x16, x16, :lo12:record; stp x0, x1, [x16], #16",
        *(f"str q{n}, [x16], #16" for n in range(4)),
        "ldp x29, x30, [sp], #16; ret",
    ),
    scalars=(*_common(8), *_WIDE, _QUAD, _V8, ("_Float16", "float", 2, 2, 2)),
    needs=("aarch64-linux-gnu-gcc", "qemu-aarch64"),
)


def _riscv64(name: str, flags: int, abi: str, float_store: str) -> Machine:
    floats = tuple((f"fa{n}", 8) for n in range(8)) if float_store else ()
    return Machine(
        name=name,
        isa_name="riscv64",
        gcc=("riscv64-linux-gnu-gcc", f"-mabi={abi}", "-march=rv64gc"),
        zig_target="riscv64-linux-musl",
        emulator=("qemu-riscv64",),
        arguments=(*((f"a{n}", 8) for n in range(8)), *floats),
        results=(("a0", 8), ("a1", 8), *floats[:2]),
        assembly=_lines(
            ".text",
            "_start: .option push; .option norelax; la gp, __global_pointer$; .option pop; call main; li a7, 93; ecall",
            "put: mv a2, a1; mv a1, a0; li a0, 1; li a7, 64; ecall; ret",
            "capture: la t0, record",
            *(f"sd a{n}, {8 * n}(t0)" for n in range(8)),
            *(f"{float_store} {register}, {64 + 8 * n}(t0)" for n, (register, _) in enumerate(floats)),
            f"addi t0, t0, {64 + 8 * len(floats)}; sd sp, 0(t0); addi t0, t0, 8; mv t1, sp; li t2, {STACK_BYTES}",
            "add t2, t2, sp",
            "1: ld t3, 0(t1); sd t3, 0(t0); addi t0, t0, 8; addi t1, t1, 8; bltu t1, t2, 1b",
            "ret",
            ".set capture_memory, capture",
            "capture_result: addi sp, sp, -16; sd ra, 0(sp); mv t0, a0; la a0, hidden; jalr ra, t0; la t0, record",
            "sd a0, 0(t0); sd a1, 8(t0)",
            *(f"{float_store} {register}, {16 + 8 * n}(t0)" for n, (register, _) in enumerate(floats[:2])),
            "ld ra, 0(sp); addi sp, sp, 16; ret",
        ),
        scalars=(*_common(8), *_WIDE, _QUAD, _V8),
        flags=flags,
        dwarf_without_alignment=("gcc",),
        zig_flags=("-mabi=lp64",) if not float_store else (),
        needs=("riscv64-linux-gnu-gcc", "qemu-riscv64"),
    )


def _arm(name: str, triplet: str, zig_target: str, flags: int, *, vfp: bool) -> Machine:
    doubles = tuple((f"d{n}", 8) for n in range(8)) if vfp else ()
    keep = "vstmia ip!, {d0-d7}" if vfp else ""
    return Machine(
        name=name,
        isa_name="arm",
        gcc=(f"{triplet}-gcc", "-marm"),
        zig_target=zig_target,
        emulator=("qemu-arm",),
        arguments=(*((f"r{n}", 4) for n in range(4)), *doubles),
        results=(*((f"r{n}", 4) for n in range(4)), *doubles),
        assembly=_lines(
            ".arm",
            "_start: bl main; mov r7, #1; svc #0",
            "put: push {r7, lr}; mov r2, r1; mov r1, r0; mov r0, #1; mov r7, #4; svc #0; pop {r7, pc}",
            "capture: ldr ip, =record; stmia ip!, {r0-r3}",
            keep,
            "str sp, [ip], #4; mov r1, #0",
            f"1: ldr r2, [sp, r1]; str r2, [ip, r1]; add r1, r1, #4; cmp r1, #{STACK_BYTES}; blo 1b",
            "bx lr",
            ".ltorg",
            ".set capture_memory, capture",
            "capture_result: push {r4, lr}; mov r4, r0; ldr r0, =hidden; blx r4; ldr ip, =record; stmia ip!, {r0-r3}",
            keep,
            "pop {r4, pc}",
            ".ltorg",
        ),
        scalars=(
            *_common(4),
            ("long long", "integer", 8, 8, 8),
            ("double", "float", 8, 8, 8),
            ("long double", "float", 8, 8, 8),
            _V8,
            ("v16", "vector", 16, 16, 8),
        ),
        flags=flags,
        needs=(f"{triplet}-gcc", "qemu-arm"),
    )


_POWERPC = Machine(
    name="powerpc",
    gcc=("powerpc-linux-gnu-gcc",),
    zig_target="powerpc-linux-musleabihf",
    emulator=("qemu-ppc",),
    arguments=(*((f"r{n}", 4) for n in range(3, 11)), ("cr", 4), *((f"f{n}", 8) for n in range(1, 9))),
    results=(*((f"r{n}", 4) for n in range(3, 11)), ("f1", 8), ("f2", 8)),
    assembly=_lines(
        ".text",
        "_start: stwu 1, -32(1); bl main; li 0, 1; sc",
        "put: mr 5, 4; mr 4, 3; li 3, 1; li 0, 4; sc; blr",
        "capture: lis 11, record@ha; addi 11, 11, record@l",
        *(f"stw {n}, {4 * (n - 3)}(11)" for n in range(3, 11)),
        "mfcr 12; stw 12, 32(11)",
        *(f"stfd {n}, {28 + 8 * n}(11)" for n in range(1, 9)),
        f"stw 1, 100(11); addi 11, 11, 104; mr 12, 1; li 0, {STACK_BYTES // 4}; mtctr 0",
        "1: lwz 0, 0(12); stw 0, 0(11); addi 12, 12, 4; addi 11, 11, 4; bdnz 1b",
        "blr",
        ".set capture_memory, capture",
        "capture_result: mflr 0; stwu 1, -16(1); stw 0, 20(1); mtctr 3; lis 3, hidden@ha; addi 3, 3, hidden@l; bctrl",
        "lis 11, record@ha; addi 11, 11, record@l",
        *(f"stw {n}, {4 * (n - 3)}(11)" for n in range(3, 11)),
        "stfd 1, 32(11); stfd 2, 40(11); lwz 0, 20(1); addi 1, 1, 16; mtlr 0; blr",
    ),
    scalars=(
        *_common(4),
        ("long long", "integer", 8, 8, 8),
        ("double", "float", 8, 8, 8),
        ("long double", "float", 16, 16, 16),
        _V8,
        ("v16", "vector", 16, 16, 16),
    ),
    of_gcc=("long double", "v8", "v16"),  # musl's long double is a double; clang puts vectors into registers otherwise
    is_complex_of_gcc=True,
    needs=("powerpc-linux-gnu-gcc", "qemu-ppc"),
)

MACHINES = (
    _X86_64,
    _I386,
    _AARCH64,
    _riscv64("riscv64", 4, "lp64d", "fsd"),
    _riscv64("riscv64 without floating-point registers", 0, "lp64", ""),
    _arm("arm", "arm-linux-gnueabi", "arm-linux-musleabi", 0x05000200, vfp=False),
    _POWERPC,
    _arm("arm with VFP registers", "arm-linux-gnueabihf", "arm-linux-musleabihf", 0x05000400, vfp=True),
)
