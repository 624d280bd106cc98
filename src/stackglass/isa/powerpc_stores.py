"""What a PowerPC instruction does to registers: capstone 5 doesn't say, so it is told by the mnemonic."""

from __future__ import annotations

from typing import Any

from stackglass.isa.instructions import Store

REGISTER, IMMEDIATE, MEMORY = 1, 2, 3
"""Capstone's operand types."""

STORES = {"stb": 1, "sth": 2, "stw": 4, "stfs": 4, "stfd": 8}
"""Bytes that the plain ones write; 'u' behind them is for those that update their base, 'x' for those with an index."""
LOADS = {"lbz": 1, "lhz": 2, "lha": 2, "lwz": 4, "lfs": 4, "lfd": 8}
_OTHER_STORES = frozenset(("stwcx.", "stwbrx", "sthbrx", "stfiwx", "stvx", "stvxl", "stvebx", "stvehx", "stvewx"))
_SUMS = ("add", "addc", "adde", "addme", "addze", "subf", "subfc", "subfe", "subfme", "subfze", "neg")
OVERFLOWING = frozenset(f"{name}o" for name in (*_SUMS, "mullw", "divw", "divwu"))
"""Arithmetic that notes in xer whether it overflows, without the '.' that compares the result with 0."""
_WORD = 4
_NOT_TARGETS = ("b", "tw", "dcb", "icb", "cmp", "fcmp", "mt", "cr")


def stripped(mnemonic: str) -> tuple[str, bool, bool]:
    """A load's or store's mnemonic without its suffixes, whether it updates its base, and whether it has an index."""
    has_index = mnemonic.endswith("x") and mnemonic not in _OTHER_STORES
    plain = mnemonic[:-1] if has_index else mnemonic
    updates = plain.endswith("u")
    return plain[:-1] if updates else plain, updates, has_index


def stores(raw: Any) -> tuple[Store, ...]:
    """The stores of one instruction. Displacements are from the base register as it is afterwards."""
    name, updates, has_index = stripped(raw.mnemonic)
    if has_index and updates and name in STORES:
        return (Store(raw.reg_name(raw.operands[0].reg), raw.reg_name(raw.operands[1].reg), 0, STORES[name], False),)
    if has_index or not raw.operands or raw.operands[-1].type != MEMORY:
        return ()
    memory, first = raw.operands[-1].mem, raw.operands[0].reg
    base = raw.reg_name(memory.base)
    if base is None:  # an absolute address
        return ()
    if name == "stmw":
        number = int(raw.reg_name(first)[1:])
        names = (f"r{each}" for each in range(number, 32))
        return tuple(Store(each, base, memory.disp + _WORD * at, _WORD, False) for at, each in enumerate(names))
    size = STORES.get(name)
    if size is None:
        return ()
    return (Store(raw.reg_name(first), base, 0 if updates else memory.disp, size, False),)


def string_registers(raw: Any) -> list[str]:
    """The registers that lswi or stswi moves: as many as its bytes need, from the named one on, and around to r0."""
    first, count = int(raw.reg_name(raw.operands[0].reg)[1:]), string_bytes(raw)
    return [f"r{(first + number) % 32}" for number in range(-(-count // _WORD))]


def string_bytes(raw: Any) -> int:
    """How many bytes lswi or stswi moves: 0 in the instruction means 32."""
    return raw.operands[-1].imm or 32


def writes(raw: Any) -> frozenset[str]:
    """The names of the registers that an instruction writes; of the condition register the fields (cr0 to cr7)."""
    mnemonic: str = raw.mnemonic
    found: set[str] = set()
    name, updates, has_index = stripped(mnemonic)
    is_store = name in STORES or name in ("stmw", "stsw", "stswi") or mnemonic in _OTHER_STORES
    first = raw.operands[0] if raw.operands else None
    target = raw.reg_name(first.reg) if first is not None and first.type == REGISTER else None
    if name == "lmw" and target is not None:
        found |= {f"r{number}" for number in range(int(target[1:]), 32)}
    elif mnemonic == "lswi":
        found |= set(string_registers(raw))
    elif mnemonic == "lswx":  # as many as xer says
        found |= {f"r{number}" for number in range(32)}
    elif mnemonic.startswith(_NOT_TARGETS):
        found |= _special(raw)
    elif target is not None and not is_store:
        found.add(target)
    if updates and (is_store or name in LOADS):
        found.add(raw.reg_name(raw.operands[1].reg if has_index else raw.operands[1].mem.base) or "")
    if mnemonic.endswith(".") and not mnemonic.startswith("b"):
        found.add("cr1" if mnemonic.startswith("f") else "cr0")
    if mnemonic.rstrip(".") in OVERFLOWING:
        found.add("xer")
    return frozenset(found)


def _special(raw: Any) -> set[str]:
    """What instructions write that don't name it as a register."""
    mnemonic: str = raw.mnemonic
    if mnemonic.startswith("b"):
        return _of_branch(int.from_bytes(bytes(raw.bytes), "big"))
    word = int.from_bytes(bytes(raw.bytes), "big")
    found = set()
    if mnemonic.startswith(("mtcr", "mtocrf")):
        found |= {f"cr{number}" for number in range(8) if word >> 12 & 0x80 >> number}
    elif mnemonic.startswith(("cmp", "fcmp", "cr", "mcrf", "mcrxr")):  # a field's number, or that of a bit in one
        found.add(f"cr{word >> 23 & 7}")
    if mnemonic == "mcrxr":
        found.add("xer")
    if mnemonic.startswith("mt") and mnemonic[2:] in ("lr", "ctr", "xer"):
        found.add(mnemonic[2:])
    return found


def _of_branch(word: int) -> set[str]:
    """By its bits: capstone takes a branch that is always made (bcl 20, 31) for one that counts."""
    opcode, is_by_ctr = word >> 26, word >> 26 == 19 and word >> 1 & 0x3FF == _BY_CTR
    counts = opcode in _CONDITIONAL and not word >> 21 & _DOES_NOT_COUNT and not is_by_ctr
    return ({"ctr"} if counts else set()) | ({"lr"} if word & 1 else set())


_CONDITIONAL = (16, 19)
_DOES_NOT_COUNT = 0b00100
_BY_CTR = 528
"""The extended opcode of bcctr."""
