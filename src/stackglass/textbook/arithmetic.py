"""Arithmetic on words and long longs as Python expressions."""

from __future__ import annotations

PYTHON = {"ADD": "+", "SUB": "-", "MUL": "*", "AND": "&", "OR": "|", "XOR": "^"}
"""Python's operators of operations that it does the same way."""


def arithmetic(op: str, x: str, y: str, bits: int) -> tuple[str, bool]:
    """`x op y` in Python, and whether the result may be too large for the type."""
    mask = (1 << bits + 1) - 1
    if op in ("ADD", "SUB", "MUL"):
        return f"{x} {PYTHON[op]} {y}", True
    if op in PYTHON:
        return f"{x} {PYTHON[op]} {y}", False
    if op == "SHL":
        return f"{x} << ({y} & {bits})", True
    if op == "SHR":
        return f"{x} >> ({y} & {bits})", False
    if op == "SHRU":
        return f"({x} & {mask}) >> ({y} & {bits})", True
    if op in ("DIVU", "MODU"):
        return f"({x} & {mask}) {'//' if op == 'DIVU' else '%'} ({y} & {mask})", True
    return f"{'divided' if op == 'DIV' else 'remainder'}({x}, {y}, {-1 << bits})", False
