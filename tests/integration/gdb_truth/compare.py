"""What differs between a stop of gdb's and a snapshot of ours, as sentences; none if all agrees.

Stacks lie at different addresses in the two, so places are compared relative to the CFA, and pointers to the stack
relative to SP. Values are compared where their bytes were written in the activation that they belong to.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from stackglass import isa
from stackglass.model import Field, Frame, PointeeKind, Role, Slot, Snapshot, Variable
from stackglass.recording.syntax import characters
from stackglass.stack.numbers import X87_BITS
from tests.integration.gdb_truth.truth import Json

IsWritten = Callable[[int, int, int], bool]
"""Whether all bytes of [low, high) were written in the activation of frame `index`."""

_SAVED = (Role.RETURN_ADDRESS, Role.SAVED_REGISTER, Role.SAVED_FRAME_POINTER)


class Leaf(NamedTuple):
    """A scalar of a value: `offset` and `size` in bytes from the whole's start."""

    offset: int
    size: int
    text: str | None


class Comparison:
    """One stop against one snapshot.

    `in_body`: the innermost frame is whole, neither being made nor given back; `lowest_sp` is the lowest SP that its
    activation ever had.
    """

    def __init__(self, stop: Json, snapshot: Snapshot, is_written: IsWritten, *, in_body: bool, lowest_sp: int) -> None:
        self.stop = stop
        self.snapshot = snapshot
        self.is_written = is_written
        self.in_body = in_body
        self.lowest_sp = lowest_sp
        self.isa = isa.get(snapshot.isa)
        self.gdb_sp: int = stop["sp"]
        self.our_sp = snapshot.stack_pointer[1]
        self.checked = 0

    def differences(self) -> Iterator[str]:
        """Everything that is not the same."""
        physical = [frame for frame in self.stop["frames"] if frame["kind"] == "normal"]
        ours = list(self.snapshot.frames)[: len(physical)]
        if len(ours) != len(physical):
            yield f"{len(physical)} frames up to main, not {len(ours)}"
        for theirs, frame in zip(physical, ours, strict=False):
            for difference in self._frame(theirs, frame):
                yield f"frame {frame.index} ({theirs['function']}): {difference}"

    def _frame(self, theirs: Json, frame: Frame) -> Iterator[str]:
        if frame.pc != theirs["pc"]:
            yield f"pc {frame.pc:#x}, not {theirs['pc']:#x}"
            return
        if frame.cfa is None or theirs["cfa"] is None or frame.cfa - self.our_sp != theirs["cfa"] - self.gdb_sp:
            yield f"CFA is {_offset(frame.cfa, self.our_sp)} from SP, not {_offset(theirs['cfa'], self.gdb_sp)}"
            return
        self.checked += 1
        if theirs["own"]:
            yield from self._names(theirs, frame)
            yield from self._saved(theirs, frame)
            yield from self._variables(theirs, frame)

    # Names and lines

    def _names(self, theirs: Json, frame: Frame) -> Iterator[str]:
        if not same_name(theirs["function"], frame.function):
            yield f"function {frame.function}"
        inlined = [position.function for position in frame.inlined]
        if len(inlined) != len(theirs["inlined"]) or not all(map(same_name, theirs["inlined"], inlined)):
            yield f"inlined calls {inlined}, not {theirs['inlined']}"
        shown = [frame for frame in self.stop["frames"] if frame["kind"] == "inline"]
        if not theirs["inlined"] and not shown and (frame.file, frame.line) != (theirs["file"], theirs["line"]):
            yield f"line {frame.file}:{frame.line}, not {theirs['file']}:{theirs['line']}"
        if frame.index and not theirs["inlined"]:
            site = self.snapshot.frames[frame.index - 1].call_site
            if site is None or site.line != theirs["line"]:
                yield f"called at line {site and site.line}, not {theirs['line']}"

    # Saved registers

    def _saved(self, theirs: Json, frame: Frame) -> Iterator[str]:
        assert frame.cfa is not None
        link = self.isa.return_register or self.isa.pc
        ours = {
            slot.register or link: slot.address - frame.cfa
            for slot in (*frame.slots, *self._kept_above(frame))
            if slot.role in _SAVED and slot.offset == 0 and slot.of_frame in (None, frame.index)
        }
        for name, offset in theirs["saved"].items():
            register = self.isa.full_name(name) or name
            register = link if register == self.isa.pc else register  # RISC-V has no number for it
            if frame.cfa + offset < self.our_sp:
                continue  # gcc's rules leave out that `leave` has given it back
            if register in self.isa.integer_arguments:
                continue  # gcc's rules for ARM have them so in variadic functions, but nobody gives them back
            self.checked += 1
            if ours.get(register) != offset:
                words = "return address" if register == link else register
                yield f"{words} at CFA{_signed(ours.get(register))}, not CFA{offset:+d}"

    def _kept_above(self, frame: Frame) -> Iterator[Slot]:
        """The slots of the next outer frames that are the frame's."""
        outer = list(self.snapshot.frames)[frame.index + 1 : frame.index + 3]
        return (slot for each in outer for slot in each.slots if slot.of_frame == frame.index)

    # Variables

    def _variables(self, theirs: Json, frame: Frame) -> Iterator[str]:
        assert frame.cfa is not None
        if frame.index == 0 and not self.in_body:
            return  # variables have no place yet, or no more, and gdb may take the caller's frame pointer for its own
        found: dict[tuple[str, int], list[list[str]]] = {}
        for variable in theirs["variables"]:
            if variable["static"] or variable["name"] is None:
                continue
            told: list[str] = []
            if variable["place"] == "memory":
                told = list(self._in_memory(variable, theirs, frame))
            elif variable["place"] == "register":
                told = list(self._elsewhere(variable, frame))
            found.setdefault((variable["name"], variable["depth"]), []).append(told)
        for several in found.values():
            if all(several):  # what gcc describes twice, in a copy of a function, is right once
                yield from several[0]

    def _in_memory(self, variable: Json, theirs: Json, frame: Frame) -> Iterator[str]:
        name, size = variable["name"], variable["size"]
        if not self.gdb_sp - self.isa.red_zone <= variable["address"] < self.stop["frames"][-1]["cfa"]:
            return  # not on the stack
        if not variable["parameter"] and variable["address"] < theirs["cfa"] < variable["address"] + size:
            return  # counted from an SP that is yet to be lowered
        if "[" in variable["type"] and self._has_no_length_yet(variable, theirs, frame):
            return
        address = variable["address"] - self.gdb_sp + self.our_sp
        slots = sorted(
            (
                slot
                for other in self.snapshot.frames
                for slot in other.slots
                if slot.name == name and slot.address - slot.offset == address
            ),
            key=lambda slot: slot.address,
        )
        self.checked += 1
        missing = [at for at in range(address, address + size) if not any(s.address <= at < s.end for s in slots)]
        if missing and not self._may_be_missing(missing, name, address, frame):
            known = self._places_of(name, frame)
            where = f"CFA{variable['address'] - theirs['cfa']:+d}"
            yield f"{name}: {len(missing)} of {size} bytes missing at {where}; {name} is at {known or 'no place'}"
            return
        if len(slots) == 1 and not missing:
            yield from self._value(variable, slots[0], frame)

    def _has_no_length_yet(self, variable: Json, theirs: Json, frame: Frame) -> bool:
        """Whether it is an array of variable length that has no memory yet, or whose length gdb guesses."""
        lengths = [v for v in self._told(frame) if v.name.startswith("__vla_expr")]
        if any(self._gdb_guesses(frame, length) for length in lengths):
            return True
        return not variable["parameter"] and variable["address"] >= theirs["cfa"]

    def _may_be_missing(self, missing: Sequence[int], name: str, address: int, frame: Frame) -> bool:
        """Whether bytes of a variable rightly have no slot of its name.

        Below SP only what is written counts as in use; an epilogue has given the frame back; and an optimiser keeps two
        variables in one place, as a lambda does that captured one.
        """
        is_told = any(v.name == name and v.location.split()[:2] == ["stack", hex(address)] for v in self._told(frame))
        if is_told and all(self._is_named(at) for at in missing):
            return True
        if frame.index or missing[-1] >= self.our_sp:
            return False
        given_back = self.lowest_sp - self.isa.red_zone if self.our_sp > self.lowest_sp else self.lowest_sp
        return all(at >= given_back or not self.is_written(0, at, at + 1) for at in missing)

    def _is_named(self, address: int) -> bool:
        return any(
            slot.name is not None and slot.address <= address < slot.end
            for frame in self.snapshot.frames
            for slot in frame.slots
        )

    @staticmethod
    def _told(frame: Frame) -> tuple[Variable, ...]:
        return (*frame.parameters, *frame.register_variables)

    def _places_of(self, name: str, frame: Frame) -> str:
        slots = [slot for slot in frame.slots if slot.name == name]
        places = [f"CFA{slot.address - slot.offset - (frame.cfa or 0):+d} ({slot.role.words})" for slot in slots]
        return ", ".join(places + [each.location for each in self._told(frame) if each.name == name])

    def _value(self, variable: Json, slot: Slot, frame: Frame) -> Iterator[str]:
        ours = dict(leaves(slot.value, slot.fields, slot.size))
        for path, kind, number, *words in variable.get("leaves", ()):
            leaf = ours.get(path)
            if leaf is None:
                if not _within_text(path, ours) and "[]" not in (slot.type or ""):  # of a length that is optimised out
                    yield f"{variable['name']}{path} has no value"
                continue
            low = slot.address + leaf.offset
            if not self.is_written(frame.index, low, low + leaf.size):
                continue
            self.checked += 1
            if not self.same(kind, number, words, leaf.text, leaf.size):
                yield f"{variable['name']}{path} is {leaf.text}, not {words[0] if words else number} ({kind})"
        yield from self._texts(variable, ours, slot, frame)

    def _texts(self, variable: Json, ours: dict[str, Leaf], slot: Slot, frame: Frame) -> Iterator[str]:
        """Character arrays, which are one text with us and numbers with gdb."""
        for path, leaf in ours.items():
            if leaf.text is None or not leaf.text.startswith('"') or leaf.text.count('"') != 2:
                continue
            codes = [n & 0xFF for p, _, n, *_ in variable["leaves"] if re.fullmatch(re.escape(path) + r"\[\d+\]", p)]
            low = slot.address + leaf.offset
            content = characters(leaf.text)[: len(codes)]
            if codes and self.is_written(frame.index, low, low + leaf.size):
                self.checked += 1
                if bytes(codes[: len(content)]) != content or any(codes[len(content) : len(content) + 1]):
                    yield f"{variable['name']}{path} is {leaf.text}, not {bytes(codes)!r}"

    def _elsewhere(self, variable: Json, frame: Frame) -> Iterator[str]:
        """In a register, or a constant."""
        name = variable["name"]
        ours = [v for v in self._told(frame) if v.name == name]
        if not ours:
            yield f"{name} (in a register with gdb) is not there"
            return
        simple = [leaf for leaf in variable.get("leaves", ()) if leaf[0] == ""]
        if not simple:
            return
        if any(self._gdb_guesses(frame, v) for v in ours):
            return
        _, kind, number, *words = simple[0]
        self.checked += 1
        if not any(self.same(kind, number, words, v.value, variable["size"]) for v in ours):
            yield f"{name} is {[v.value for v in ours]} ({ours[0].location}), not {words[0] if words else number}"

    def is_beyond_gdb(self, name: str) -> bool:
        """Whether gdb guesses the innermost frame's variable."""
        frame = self.snapshot.frames[0]
        return any(self._gdb_guesses(frame, each) for each in self._told(frame) if each.name == name)

    def _gdb_guesses(self, frame: Frame, variable: Variable) -> bool:
        """Whether gdb has no way to know such a variable.

        It takes the running function's registers for those of its callers where call-frame information says nothing,
        and what the first of several tail calls was given for what the last one was.
        """
        if frame.tail_called_from and not variable.location.startswith(("register", "stack")):
            return True
        kind, _, register = variable.location.partition(" ")
        full = self.isa.full_name(register)
        if full is not None and self.isa.register(full).bits == X87_BITS:
            return True  # qemu's stub gives gdb those registers in the order that they physically have
        return frame.index > 0 and kind == "register" and (full is None or not self.isa.register(full).callee_saved)

    def same(self, kind: str, number: int | str, words: Sequence[str], text: str | None, size: int) -> bool:
        """Whether gdb's number (`words` name an enumerator) and our text are one value."""
        if text is None:
            return False
        if kind in ("pointer", "reference"):
            return self._same_pointer(int(number), int(text, 16))
        if kind == "enum":
            return text == words[0] or text == str(number) or text.rpartition("::")[2] == words[0]
        if kind == "bool":
            return text == {0: "false", 1: "true"}.get(int(number), str(number))
        if kind == "float":
            return _same_float(float(number), float(text), size)
        if text == "nullptr":
            return int(number) == 0
        if text.startswith("'"):
            return characters(text)[0] == int(number) & 0xFF
        return int(text, 0) == int(number)

    def _same_pointer(self, theirs: int, ours: int) -> bool:
        if theirs == ours or theirs - self.gdb_sp == ours - self.our_sp:
            return True
        main = self.snapshot.frames[len([f for f in self.stop["frames"] if f["kind"] == "normal"]) - 1]
        if ours >= main.high and theirs > self.gdb_sp:
            return True  # what the kernel put above main: other strings, other places
        kind = next((r.kind.value for r in self.snapshot.regions if r.start <= ours < r.end), None)
        return kind == PointeeKind.HEAP.value and (theirs - ours) % (2 * self.isa.word_size) == 0 and theirs > 0


def leaves(value: str | None, fields: Sequence[Field], size: int) -> Iterator[tuple[str, Leaf]]:
    """The scalars of a slot by their path, as '.corners[1].x'."""
    if not fields:
        yield "", Leaf(0, size, value)
    for field in fields:
        is_nameless = not field.name or field.name == field.type  # an anonymous member, a base class
        name = field.name if field.name.startswith("[") else "" if is_nameless else f".{field.name}"
        for path, leaf in leaves(field.value, field.fields, field.size):
            yield name + path, leaf._replace(offset=field.offset + leaf.offset)


def _within_text(path: str, ours: dict[str, Leaf]) -> bool:
    """Whether the path is an element of a character array, or beyond what is spelt out."""
    array, _, _ = path.rpartition("[")
    text = ours.get(array)
    return text is not None and (text.text or '"').startswith('"')


def same_name(theirs: str | None, ours: str | None) -> bool:
    """Whether two spellings name one function: gdb adds parameters, and compilers name lambdas as they like."""
    if theirs is None or ours is None:
        return theirs is ours
    plain = without_parameters(theirs)
    if plain == ours:
        return True
    if plain != "operator()" and not any(word in plain + ours for word in ("lambda", "$_")):
        return False
    return _last_name(plain) == _last_name(ours)


def _last_name(name: str) -> str:
    """'f' of 'ns::g(int)::f<int>'."""
    return without_parameters(re.sub(r"<[^<>]*(?:<[^<>]*>[^<>]*)*>", "", name)).rpartition("::")[2]


def without_parameters(name: str) -> str:
    """'ns::f' of 'ns::f(int) const', 'operator()' of 'operator()(int)'."""
    name = re.sub(r"\s*(?:const|volatile|&&?|\[clone [^]]*\])+$", "", name)
    if not name.endswith(")") or name.endswith("operator()"):
        return name
    depth = 0
    for at in range(len(name) - 1, -1, -1):
        depth += (name[at] == ")") - (name[at] == "(")
        if depth == 0:
            return name[:at]
    return name


def _same_float(theirs: float, ours: float, size: int) -> bool:
    if theirs != theirs:
        return ours != ours
    if size == 4:
        return struct.pack("<f", theirs) == struct.pack("<f", ours)
    return theirs == ours


def _offset(address: int | None, base: int) -> str:
    return "unknown" if address is None else str(address - base)


def _signed(offset: int | None) -> str:
    return "?" if offset is None else f"{offset:+d}"
