"""The stacks that the tests of the views draw."""

from __future__ import annotations

from stackglass.model import (
    Fault,
    FaultKind,
    Field,
    Initialised,
    Pointee,
    PointeeKind,
    Role,
    Snapshot,
    StartItem,
)
from tests.builders import (
    TOP,
    argument,
    frame,
    ints,
    local,
    padding,
    parameter,
    pointer,
    position,
    returns,
    saves,
    saves_frame_pointer,
    slot,
    stack,
    string,
    temporary,
    text,
    variable_slot,
    wrote,
)

START = [
    StartItem(TOP, 8, "argc", "1", (1).to_bytes(8, "little")),
    StartItem(TOP + 8, 8, "argv[0]", "0x7fffffffe5f0", bytes(8), Pointee(PointeeKind.STRING, TOP + 64, text="./call")),
    StartItem(TOP + 16, 8, "argv[1]", "0", bytes(8)),
    StartItem(TOP + 64, 12, "the text of argv[0]", '"./call"', b"./call\0\0\0\0\0\0"),
]

LIBRARY = [
    frame("_start", "", [temporary(8), slot(8, Role.TEMPORARY, name=None)], library=True, keeps_frame_pointer=False),
    frame(
        "__libc_start_main",
        "",
        [returns(), saves("rbx", 0), saves("r12", 0x403E18), temporary(64), padding(56)],
        library=True,
        keeps_frame_pointer=False,
    ),
]


def call() -> Snapshot:
    """main called calculate, which called add: the picture of design.md."""
    return stack(
        [
            *LIBRARY,
            frame(
                "main",
                "/home/me/call.c:12",
                [
                    returns(),
                    saves_frame_pointer(written_by=wrote(20, "call.c:11", "main")),
                    local("result", "int", 0, initialised=Initialised.NONE),  # rbp-4
                    padding(12),
                ],
            ),
            frame(
                "calculate",
                "/home/me/call.c:8",
                [
                    returns(),
                    saves_frame_pointer(written_by=wrote(26, "call.c:5", "calculate")),
                    local("a", "int", 3, written_by=wrote(29, "call.c:6", "calculate")),  # rbp-4
                    local("b", "int", 4, written_by=wrote(30, "call.c:7", "calculate")),  # rbp-8
                    padding(8),
                ],
            ),
            frame(
                "add",
                "/home/me/call.c:2",
                [returns(), saves_frame_pointer(written_by=wrote(37, "call.c:1", "add"))],
                parameters=[
                    argument("a", "int", "3", came_in="edi"),
                    argument("b", "int", "4", came_in="esi"),
                ],
                red_zone=[
                    parameter("a", "int", 3, note="parameter 1, came in edi", written_by=wrote(39, "call.c:1", "add")),
                    parameter("b", "int", 4, note="parameter 2, came in esi", written_by=wrote(40, "call.c:1", "add")),
                ],
            ),
        ],
        below_sp=[
            (0x98, bytes(range(1, 9)), "__libc_init", 17),
            (0x148, bytes(128), "__libc_start_init", 12),
        ],
        process_start=START,
    )


def composite() -> Snapshot:
    """Structs, arrays, text, pointers, a union, a bit-field and a large buffer."""
    point = (Field("x", "int", 0, 4, "3"), Field("y", "int", 4, 4, "-5"))
    rectangle = (
        Field("origin", "struct point", 0, 8, "{3, -5}", fields=point),
        Field("tag", "char", 8, 1, "'r'"),
        Field("area", "double", 16, 8, "2.5"),
    )
    number = (Field("as_int", "int", 0, 4, "1065353216"), Field("as_float", "float", 0, 4, "1"))
    flags = (Field("ready", "unsigned int", 0, 4, "1"), Field("mode", "unsigned int", 0, 4, "5"))
    return stack(
        [
            frame(
                "main",
                "struct.c:30",
                [
                    returns(),
                    saves_frame_pointer(),
                    slot(
                        24,
                        Role.LOCAL,
                        bytes(range(24)),
                        name="box",
                        type="struct rectangle",
                        value="{{3, -5}, 'r', 2.5}",
                        fields=rectangle,
                        written_by=wrote(88, "struct.c:22", "main"),
                    ),
                    ints("few", [1, 2, 3]),
                    slot(4, Role.LOCAL, b"\0\0\x80\x3f", name="u", type="union number", value="{...}", fields=number),
                    ints("many", range(100)),
                    text("name", 20, b"hello, world"),
                    slot(4, Role.LOCAL, b"\x0b\0\0\0", name="f", type="struct flags", value="{1, 5}", fields=flags),
                    text("buffer", 4096, b"", initialised=Initialised.NONE),
                    pointer("p", "int *", 0x7FFFFFFFE59C, Pointee(PointeeKind.VARIABLE, 0, "few[2] in main")),
                    pointer("s", "const char *", 0x4A2010, string("a string\n")),
                    pointer(
                        "compare",
                        "int (*)(const void *, const void *)",
                        0x401136,
                        Pointee(PointeeKind.FUNCTION, 0x401136, "by_size"),
                    ),
                    slot(16, Role.LOCAL, bytes(16), name="ld", type="long double", value="0"),
                    slot(24, Role.TEMPORARY, bytes(24)),
                    slot(8, Role.CANARY, b"\0abcdefg"),
                    variable_slot(Role.OUTGOING_ARGUMENT, "g", "int", 7, 8, note="argument 7 of sum"),
                ],
                inlined=(position("square", "struct.c:9"),),
                register_variables=(
                    argument("i", "int", "7", "register rbx"),
                    argument("k", "int", None, "optimised out"),
                ),
            )
        ]
    )


def recursion(depth: int = 30) -> Snapshot:
    """down() called itself."""
    return stack(
        [
            *LIBRARY,
            frame("main", "down.c:9", [returns(), saves_frame_pointer()]),
            *(
                frame(
                    "down",
                    "down.c:4",
                    [
                        returns(),
                        saves_frame_pointer(),
                        padding(12),
                        parameter("n", "int", n, note="parameter 1, came in edi"),
                    ],
                    parameters=[argument("n", "int", str(n), came_in="edi")],
                    call_number=n + 1,
                )
                for n in range(depth)
            ),
        ],
        step=30 * depth,
        last_step=60 * depth,
    )


def overrun() -> Snapshot:
    """A buffer overran its return address, and the program crashed on returning to nowhere."""
    nowhere = Pointee(PointeeKind.UNMAPPED, 0x4141414141414141)
    return stack(
        [
            *LIBRARY,
            frame("main", "overrun.c:14", [returns(), saves_frame_pointer()]),
            frame(
                "greet",
                "overrun.c:8",
                [
                    returns(
                        value="0x4141414141414141",
                        bytes=b"AAAAAAAA",
                        points_to=nowhere,
                        written_by=wrote(512, "", "strcpy", 0x420000),
                        overwritten=True,
                    ),
                    saves_frame_pointer(value="0x4141414141414141", bytes=b"AAAAAAAA"),
                    text("name", 16, b"A" * 16),
                ],
                parameters=[
                    argument(
                        "who", "char *", "0x7fffffffe9a0", "register rdi", points_to=string("A" * 60), came_in="rdi"
                    )
                ],
            ),
        ],
        fault=Fault(
            FaultKind.JUMP_TO_NOWHERE,
            "SIGSEGV",
            0x4141414141414141,
            "jump to nowhere: greet returned to 0x4141414141414141, its return address had been overwritten",
        ),
        step=530,
        last_step=530,
        instruction=None,
    )
