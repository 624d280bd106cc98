"""Frames of real programs, each with the truth about its slots beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass import Frame, Recording, Slot, Snapshot
from stackglass.model import Evidence, Initialised, Role
from tests.needs import require

Record = Callable[..., Recording]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """`record(source, optimise="2", ...)`: builds a C program (or assembly, if it says so) with gcc and records it."""
    require("gcc", "static libc")

    def build(source: str, suffix: str = ".c", **options: Any) -> Recording:
        path = tmp_path / f"program{suffix}"
        path.write_text(source)
        recording: Recording = stackglass.record(path, cc="gcc", **options)
        return recording

    return build


def slot(frame: Frame, name: str) -> Slot:
    """The only slot of that name."""
    (found,) = [slot for slot in frame.slots if slot.name == name]
    return found


def innermost_two(snapshot: Snapshot) -> tuple[Frame, Frame]:
    return snapshot.frames[0], snapshot.frames[1]


def of_role(frame: Frame, role: Role) -> list[Slot]:
    return [slot for slot in frame.slots if slot.role is role]


ADD = """
int add(int a, int b) { return a + b; }
int main(void) { int x = 3; int y = add(x, 4); return y; }
"""


def test_the_prologue_step_by_step(record: Record) -> None:
    """push rbp; mov rbp, rsp; mov [rbp - 4], edi; mov [rbp - 8], esi; ..."""
    recording = record(ADD)
    frames = [recording.at("add:entry").frames[0]]
    step = recording.step
    frames += [recording.snapshot(step + after).frames[0] for after in range(1, 5)]
    assert [frame.size for frame in frames] == [8, 16, 16, 16, 16]
    assert [frame.frame_pointer is not None for frame in frames] == [False, False, True, True, True]
    assert [[parameter.location for parameter in frame.parameters] for frame in frames[:1]] == [
        ["register rdi", "register rsi"]
    ]
    assert [[parameter.value for parameter in frame.parameters] for frame in frames] == [["3", "4"]] * 5
    roles = [[(slot.role, slot.in_red_zone) for slot in frame.slots if slot.name] for frame in frames]
    parameter = (Role.PARAMETER, True)
    assert roles == [[], [], [], [parameter], [parameter] * 2]


def test_parameters_in_the_red_zone(record: Record) -> None:
    frame = record(ADD).at("add").frames[0]
    a, b = slot(frame, "a"), slot(frame, "b")
    assert (a.value, a.type, a.in_red_zone, a.address - frame.low) == ("3", "int", True, -4)
    assert (b.value, b.note) == ("4", "parameter 2, came in esi")
    assert [parameter.came_in for parameter in frame.parameters] == ["edi", "esi"]
    saved = of_role(frame, Role.SAVED_FRAME_POINTER)[0]
    assert (saved.register, saved.points_to and saved.points_to.name) == ("rbp", "main's frame")


EIGHT = """
int sum(int a, int b, int c, int d, int e, int f, int g, long h) { return a + b + c + d + e + f + g + h; }
int main(void) { return sum(1, 2, 3, 4, 5, 6, 7, 8); }
"""


def test_arguments_on_the_stack_lie_in_the_callers_frame(record: Record) -> None:
    inner, outer = innermost_two(record(EIGHT).at("sum"))
    passed = [slot for slot in outer.slots if slot.role is Role.OUTGOING_ARGUMENT]
    assert [(slot.name, slot.value, slot.address - inner.high) for slot in passed] == [("h", "8", 8), ("g", "7", 0)]
    assert [parameter.came_in for parameter in inner.parameters[-2:]] == ["stack", "stack"]
    assert not [slot for slot in inner.slots if slot.name in ("g", "h")]
    rest = next(slot for slot in outer.slots if slot.address == inner.high + 4)
    assert (rest.role, rest.note) == (Role.TEMPORARY, "the rest of argument 7's word")


def test_arguments_are_known_while_they_are_put_in_place(record: Record) -> None:
    recording = record(EIGHT)
    recording.at("sum:entry")
    frame = recording.snapshot(recording.step - 1).frames[0]
    assert frame.function == "main"
    assert {slot.name for slot in of_role(frame, Role.OUTGOING_ARGUMENT)} == {"g", "h"}


BLOCKS = """
int f(int n) {
    int before = 1;
    if (n) { int inner = 42; before += inner; }
    { int other = 7; before += other; }
    int never;
    if (n > 100) never = n, before = never;
    return before;
}
int main(void) { return f(1); }
"""


def test_variables_out_of_scope_keep_their_names(record: Record) -> None:
    frame = record(BLOCKS).at("f:return").frames[0]
    inner = slot(frame, "inner")
    assert inner.note == "out of scope here"
    assert inner.value == "42"


def test_variables_that_were_never_written(record: Record) -> None:
    frame = record(BLOCKS).at("program.c:7").frames[0]
    assert slot(frame, "before").initialised is Initialised.ALL
    never = slot(frame, "never")
    assert (never.initialised, never.in_red_zone) == (Initialised.NONE, True)


SMASHED = """
static void fill(char *p, int n) { for (int i = 0; i < n; i++) p[i] = 'A'; }
int f(int n) { char buffer[8]; fill(buffer, n); return buffer[0]; }
int main(void) { return f(8) + f(12); }
"""


def test_the_canary(record: Record) -> None:
    recording = record(SMASHED, cflags="-fstack-protector-all")
    recording.at("f#1")
    row = recording.calls.row_at(recording.step)
    returned = recording.calls.return_step(row)
    assert returned is not None
    (whole,) = of_role(recording.snapshot(returned - 20).frames[0], Role.CANARY)
    assert (whole.note, whole.size) == (None, 8)
    smashed = recording.at("fill#2:return").frames[1]
    (canary,) = of_role(smashed, Role.CANARY)
    assert canary.note == f"smashed: it should be {whole.value}"
    assert canary.written_by is not None
    assert canary.written_by.function == "fill"


def test_before_it_is_stored_there_is_no_canary(record: Record) -> None:
    frame = record(SMASHED, cflags="-fstack-protector-all").at("f:entry").frames[0]
    assert not of_role(frame, Role.CANARY)


ALLOCA = """
#include <alloca.h>
int f(int n) {
    int squares[n];
    char *text = alloca(n + 10);
    for (int i = 0; i < n; i++) { squares[i] = i * i; text[i] = 'a' + i; }
    return squares[n - 1] + text[0];
}
int main(void) { return f(5); }
"""


def test_room_made_at_run_time(record: Record) -> None:
    frame = record(ALLOCA).at("program.c:7").frames[0]
    squares = slot(frame, "squares")
    assert (squares.type, squares.value, squares.size) == ("int [5]", "{0, 1, 4, 9, 16}", 20)
    text = slot(frame, "text")
    room = of_role(frame, Role.ALLOCA)
    assert squares.note == "variable-length array, 20 bytes allocated at run time"
    assert [(slot.name, hex(slot.address)) for slot in room] == [("squares", hex(squares.address)), (None, text.value)]
    assert room[1].note == f"{room[1].size} bytes allocated at run time"
    assert room[1].bytes[:5] == b"abcde"
    assert room[1].evidence is Evidence.WRITES


STRADDLING = """
int sum(int n) {
    int cells[40];
    for (int i = 0; i < 40; i++) cells[i] = i + n;
    int total = 0;
    for (int i = 0; i < 40; i++) total += cells[i];
    return total;
}
int main(void) { return sum(1); }
"""


def test_an_array_that_straddles_sp_is_split(record: Record) -> None:
    frame = record(STRADDLING).at("program.c:7").frames[0]
    above, below = [slot for slot in frame.slots if slot.name == "cells"]
    assert (above.in_red_zone, below.in_red_zone) == (False, True)
    assert below.end == above.address == frame.low
    assert (below.offset, above.offset) == (0, below.size)
    assert below.size + above.size == 160
    assert above.value == below.value


ASSEMBLY = """
    .globl main, routine
main:
    push %rbp
    mov $7, %ebx
    call routine
    pop %rbp
    xor %eax, %eax
    ret
routine:
    push %rbx
    push %r12
    mov $1, %ebx
    push %rbx
    nop
    pop %rcx
    pop %r12
    pop %rbx
    ret
"""


def test_assembly_without_rules_shows_what_it_saved_by_its_pushes(record: Record) -> None:
    """The third push is of a register that was changed: it saves nothing for anybody."""
    recording = record(ASSEMBLY, suffix=".s", cflags="-g0")
    recording.at("routine:entry")
    inner, outer = innermost_two(recording.snapshot(recording.step + 4))
    assert [(slot.role, slot.register) for slot in inner.slots] == [
        (Role.RETURN_ADDRESS, None),
        (Role.SAVED_REGISTER, "rbx"),
        (Role.SAVED_REGISTER, "r12"),
        (Role.TEMPORARY, None),
    ]
    assert inner.slots[1].value == "0x7"
    assert [slot.role for slot in outer.slots] == [Role.RETURN_ADDRESS, Role.SAVED_FRAME_POINTER]


OPTIMISED = """
__attribute__((noipa)) int callee(int n, int *p) { *p += n; return *p; }
static inline int twice(int x) { return 2 * x; }
__attribute__((noipa)) int worker(int n) {
    int local = twice(n);
    for (int i = 0; i < n; i++) callee(i, &local);
    return local + n;
}
__attribute__((noinline)) int relay(int n) { return worker(n + 1); }
int main(void) { return relay(3) + 1; }
"""


def test_optimised_code(record: Record) -> None:
    frames = record(OPTIMISED, optimise="2").at("callee#2").frames
    callee, worker = frames[0], frames[1]
    n = callee.parameters[0]
    assert (n.name, n.value, n.location) == ("n", "1", "register rdi")
    assert slot(worker, "local").value == "8"
    assert {slot.register for slot in of_role(worker, Role.SAVED_REGISTER)} >= {"rbx"}
    assert [position.function for position in worker.tail_called_from] == ["relay"]
    assert worker.call_site is not None
    assert worker.call_site.function == "main"
    (parameter,) = worker.parameters
    assert parameter.value == "4"


def test_a_saved_registers_slot_outlives_the_register(record: Record) -> None:
    """`pop rbx` gives rbx back, but r12's slot above is still in the frame until it is popped, too."""
    recording = record(OPTIMISED, optimise="2")
    recording.at("worker:return")
    sizes = []
    for back in range(4):
        frame = recording.snapshot(recording.step - (1 if back else 0)).frames[0]
        saved = of_role(frame, Role.SAVED_REGISTER) + of_role(frame, Role.SAVED_FRAME_POINTER)
        sizes.append((frame.size, 8 * (1 + len(saved))))
    assert all(size >= explained for size, explained in sizes)
    assert sizes[0] == (8, 8)


VARIADIC = """
#include <stdarg.h>
int sum(int n, ...) {
    va_list rest; va_start(rest, n);
    int total = 0;
    while (n--) total += va_arg(rest, int);
    va_end(rest);
    return total;
}
int main(void) { return sum(7, 1, 2, 3, 4, 5, 6, 7); }
"""


def test_arguments_without_a_name(record: Record) -> None:
    inner, outer = innermost_two(record(VARIADIC).at("sum"))
    passed = of_role(outer, Role.OUTGOING_ARGUMENT)
    assert [(slot.name, slot.value, slot.address - inner.high) for slot in passed] == [
        (None, "0x7", 8),
        (None, "0x6", 0),
    ]


STATICS = """
int f(void) { static int calls; auto int n = 1; calls += n; return calls; }
int main(void) { return f() + f(); }
"""


def test_static_locals_are_listed_and_have_no_slot(record: Record) -> None:
    frame = record(STATICS).at("f#2:return").frames[0]
    (calls,) = [variable for variable in frame.register_variables if variable.name == "calls"]
    assert (calls.value, calls.location.split()[0]) == ("2", "static")
    assert frame.call_number == 2


BIG = """
struct big { long a[5]; };
long total(struct big b, struct big *p) { return b.a[4] + p->a[0]; }
int main(void) { struct big b = {{1, 2, 3, 4, 5}}; return (int)total(b, &b); }
"""


def test_a_struct_passed_by_value_is_the_callers_slot(record: Record) -> None:
    inner, outer = innermost_two(record(BIG).at("total"))
    (passed,) = of_role(outer, Role.OUTGOING_ARGUMENT)
    assert (passed.name, passed.type, passed.size, passed.address) == ("b", "struct big", 40, inner.high)
    local = next(slot for slot in outer.slots if slot.role is Role.LOCAL)
    assert (local.name, local.value) == ("b", passed.value)
    p = slot(inner, "p")
    assert p.points_to is not None
    assert (p.points_to.name, p.points_to.address) == ("b in main", local.address)


POINTERS = """
#include <stdlib.h>
int counter = 3;
static void target(void) {}
char *leave(void) { char gone[16] = "gone"; char *volatile p = gone; return p; }
int main(void) {
    int x = 5;
    int *to_x = &x, *to_counter = &counter, *nothing = 0, *wild = (int *)0x10;
    int *to_heap = malloc(8);
    char text[8] = "hi", *to_text = text;
    const char *literal = "literal";
    void (*function)(void) = target;
    char *dead = leave();
    return *to_x + *to_counter + *to_text + *literal + (dead == 0) + (nothing == 0) + (wild == 0);
}
"""


@pytest.mark.parametrize(
    ("name", "kind", "leads_to"),
    [
        ("to_x", "variable", "x in main"),
        ("to_counter", "variable", "counter"),
        ("nothing", "null", None),
        ("wild", "unmapped", None),
        ("to_heap", "heap", None),
        ("to_text", "string", "text in main"),
        ("literal", "string", None),
        ("function", "function", "target"),
        ("dead", "dead", "leave"),
    ],
)
def test_what_pointers_lead_to(tmp_path_factory: pytest.TempPathFactory, name: str, kind: str, leads_to: str) -> None:
    pointee = slot(_pointers(tmp_path_factory), name).points_to
    assert pointee is not None
    assert (pointee.kind.value, pointee.name) == (kind, leads_to)


_made: dict[str, Frame] = {}


def _pointers(factory: pytest.TempPathFactory) -> Frame:
    if "pointers" not in _made:
        require("gcc", "static libc")
        path = factory.mktemp("pointers") / "pointers.c"
        path.write_text(POINTERS)
        _made["pointers"] = stackglass.record(path, cc="gcc").at("pointers.c:14").frames[0]
    return _made["pointers"]


LOST = """
static void nowhere(char *p) { for (int i = 0; i < 64; i++) p[i] = 'A'; }
static int victim(int n) { int kept = n; char buffer[8]; nowhere(buffer); return kept; }
int main(void) { int before = 9; return victim(before); }
"""


def test_a_jump_to_nowhere_leaves_the_frame_as_it_was(record: Record) -> None:
    recording = record(LOST)
    assert recording.fault is not None
    frame = recording.at("crash").frames[0]
    assert frame.function == "main"
    assert (frame.file, frame.line) == (None, None)
    assert frame.pc == 0x4141414141414141
    assert [slot.register for slot in of_role(frame, Role.SAVED_FRAME_POINTER)] == ["rbp"]
    assert slot(frame, "before").type == "int"
    (top,) = of_role(frame, Role.RETURN_ADDRESS)
    assert top.address == frame.high - 8


def test_a_deep_recursion_is_not_decoded_for_one_frame(record: Record) -> None:
    source = "int down(int n) { return n ? 1 + down(n - 1) : 0; }\nint main(void) { return down(20000) & 1; }\n"
    frames = record(source).at("deepest").frames
    assert len(frames) > 20_000
    main = next(index for index in range(len(frames) - 10, len(frames)) if frames.outline(index).function == "main")
    assert frames[main - 1].parameters[0].value == "20000"
    assert frames[main - 1].call_number == 1
    assert frames[0].parameters[0].value == "0"
