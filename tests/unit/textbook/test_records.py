"""Activation records on the heap: which are given back, when, and what is still reachable afterwards."""

from __future__ import annotations

import pytest

from stackglass.recording.making import record
from stackglass.textbook import memory
from stackglass.textbook.machine import DEFAULT_STACK_SIZE, Machine
from tests.unit.textbook.running import PROGRAMS, Outcome, compiled, loaded, run

MANY = 30_000


def heap_after(source: str) -> tuple[Machine, str]:
    """The machine after a program with records, and what that printed."""
    machine, output = loaded(compiled(source, "records"))
    machine.run(10_000_000)
    return machine, output.decode()


def heap_bytes(machine: Machine) -> int:
    heap = machine.services.heap
    return heap.end - heap.start


def test_a_record_that_nothing_can_refer_to_goes_at_once() -> None:
    machine, _ = heap_after(
        f"int f(int x) {{ int y = x + 1; return y; }}\n"
        f"int main(void) {{ int s = 0; for (int i = 0; i < {MANY}; i++) s += f(i); return 0; }}"
    )
    records = sum(-(-one.frame_size // 8) * 8 for one in machine.program.functions)
    assert heap_bytes(machine) == records  # main's and one of f's


@pytest.mark.parametrize(
    "body",
    [
        "char b[100]; b[x % 100] = x; return b[0];",
        "int y = x, *p = &y; return *p;",
        "int inner(int z) { return x + z; } return inner(1);",
    ],
    ids=["an array", "a pointer", "a nested function"],
)
def test_others_go_when_nothing_refers_to_them_any_more(body: str) -> None:
    machine, _ = heap_after(
        f"int f(int x) {{ {body} }}\nint main(void) {{ for (int i = 0; i < {MANY}; i++) f(i); return 0; }}"
    )
    assert heap_bytes(machine) < 512 << 10
    assert len(machine.services.records.kept) < MANY


def test_what_something_points_into_stays(capfd: pytest.CaptureFixture[str]) -> None:
    """From a local, a global, a block of malloc's, a closure: each keeps its record while others come and go."""
    source = f"""
    #include <stdio.h>
    #include <stdlib.h>
    int *global;
    int *escape(int x) {{ int here = x; int *p = &here; return p; }}
    int (*counter(int n))(void) {{ int next(void) {{ return n++; }} return next; }}
    int main(void) {{
        int *local = escape(1), **block = malloc(sizeof *block);
        int (*count)(void) = counter(40), behind[2];
        global = escape(2);
        *block = escape(3);
        for (int i = 0; i < {MANY}; i++) {{ escape(i); counter(i); }}
        count();
        printf("%d %d %d %d", *local, *global, **block, count());
        return 0;
    }}
    """
    machine, output = heap_after(source)
    assert output == "1 2 3 41"
    assert heap_bytes(machine) < 512 << 10


def test_records_that_lead_to_each_other_stay() -> None:
    """A list whose nodes are locals of calls that have returned."""
    source = f"""
    #include <stdio.h>
    struct node {{ struct node *next; int value; }};
    struct node *push(struct node *next, int value) {{
        struct node here = {{next, value}};
        struct node *where = &here;
        return where;
    }}
    int main(void) {{
        struct node *list = 0;
        for (int i = 0; i < {MANY}; i++) list = push(list, i);
        long long sum = 0;
        for (struct node *at = list; at; at = at->next) sum += at->value;
        printf("%lld", sum);
        return 0;
    }}
    """
    assert run(source, "records").output == str(MANY * (MANY - 1) // 2)


def test_a_deep_recursion_keeps_its_records() -> None:
    outcome: Outcome = run(
        "int sum(int n) { int a[4]; a[0] = n; return n ? a[0] + sum(n - 1) : 0; }\n"
        "int main(void) { return sum(30000) == 450015000; }",
        "records",
    )
    assert outcome.status == 1


def test_a_heap_full_of_records_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "HEAP_LIMIT", 4 << 20)
    outcome = run("int f(int n) { return n + f(n + 1); } int main(void) { return f(0); }", "records", budget=50_000_000)
    assert outcome.trap is not None
    assert "no room for another activation record: all of the heap is in use" in outcome.trap.words


def test_records_of_calls_in_progress_have_the_room_of_a_stack() -> None:
    source = "int f(int n) { return n ? f(n - 1) + 1 : 0; } int main(void) { return f(%d) == %d; }"
    bytes_each = 12
    fits = DEFAULT_STACK_SIZE // bytes_each - 100
    assert run(source % (fits, fits), "records", budget=50_000_000).status == 1
    outcome = run(source % (fits + 200, 0), "records", budget=50_000_000)
    assert outcome.trap is not None
    assert "calls in progress take up all of the 8,388,608 bytes that a stack would have" in outcome.trap.words


def test_records_that_calls_have_left_are_not_among_them() -> None:
    source = """
    #include <stdlib.h>
    typedef int (*get)(void);
    struct node { get value; struct node *next; };
    get make(int n) { int pad[64]; pad[3] = n; int value(void) { return pad[3]; } return value; }
    int main(void)
    {
        struct node *all = 0;
        for (int i = 0; i < 40000; i++) {
            struct node *one = malloc(sizeof *one);
            one->value = make(i);
            one->next = all;
            all = one;
        }
        return all->value() == 39999;
    }
    """
    assert run(source, "records", budget=50_000_000).status == 1


def test_a_frame_pointer_that_leads_to_no_record_is_told() -> None:
    """The saved FP is written over: the caller gives back what is no record."""
    source = """
    void f(int x) { int *p = &x; p[-1] = p[-1] + 8; }
    int g(int a, int b, int c, int d) { f(1); return 2; }
    int main(void) { return g(1, 2, 3, 4); }
    """
    outcome = run(source, "records")
    assert outcome.trap is not None
    assert "where no activation record is: it was overwritten" in outcome.trap.words


def test_records_given_back_are_shown_as_dead() -> None:
    recording = record(PROGRAMS / "counting.c", isa="textbook", activation="records")
    entry = recording.target.functions_named("count")[0].low
    rows = recording.calls.rows_of({entry})
    steps = [recording.calls.return_step(row) or 0 for row in rows]
    third, second, first = sorted(steps)
    places = [recording.calls.cfa(row) - 16 for row in rows]
    # FREE, which comes before RET, gives a record back.
    left_at: tuple[tuple[int, list[int]], ...] = (
        (third - 2, []),
        (third - 1, places[2:]),
        (third, places[2:]),
        (second, places[1:]),
        (first, places),
    )
    for step, left in left_at:
        dead = list(recording.snapshot(step).below_sp)
        assert [run.address for run in dead] == left
        assert all((run.size, run.left_by) == (16, "count") for run in dead)
    assert [run.returned_at for run in recording.snapshot(first).below_sp] == [first, second, third]
    # The bytes are as they were left: return address, link, left, big.
    words = [int.from_bytes(recording.snapshot(third).below_sp[0].bytes[at : at + 4], "little") for at in (4, 8, 12)]
    assert words == [places[1], 1, 1001]


def test_room_that_was_handed_out_again_is_dead_no_more() -> None:
    source = "#include <stdlib.h>\nint f(int x) { return x; }\nint main(void) { f(1); malloc(16); return 0; }"
    machine, _ = loaded(compiled(source, "records"))
    seen = set()
    while machine.ended is None:
        machine.run(machine.step + 1)
        seen.add(len(machine.services.heap.left))
    assert seen == {0, 1}
    assert not machine.services.heap.left or machine.services.heap.blocks


def test_freed_blocks_of_any_sizes_become_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that grow, each freed before the next: no two have a size in common."""
    monkeypatch.setattr(memory, "HEAP_LIMIT", 4 << 20)
    source = """
    #include <stdlib.h>
    #include <string.h>
    int main(void) {
        char *kept[40];
        int n = 0;
        for (int i = 8; i < 40000; i += 8) {
            char *p = malloc(i), *q = malloc(40000 - i);
            if (!p || !q) return 1;
            memset(p, 1, i);
            memset(q, 2, 40000 - i);
            if (i % 1000 == 0) { kept[n] = malloc(1000); memset(kept[n], n, 1000); n++; }
            for (int j = 0; j < i; j += 1000) if (p[j] != 1) return 2;
            free(p);
            free(q);
        }
        for (int k = 0; k < n; k++) for (int j = 0; j < 1000; j += 10) if (kept[k][j] != k) return 3;
        return 0;
    }
    """
    for activation in ("stack", "records"):
        outcome = run(source, activation)
        assert (outcome.status, outcome.trap) == (0, None)
