"""The values that everything else passes around: snapshots, frames, slots, roles, writers. No logic beyond them.

Those of an explained call are in `model.explanation`, those of the address space in `model.layout`: only who needs them
imports them.
"""

from stackglass.model.addresses import Address, AddressRange, DwarfRegister, Step
from stackglass.model.calls import Call
from stackglass.model.frames import DeadRun, EnteredByReturn, Frame, FrameOutline, ReturnAddress, StackPlace
from stackglass.model.kinds import (
    Evidence,
    FaultKind,
    FoundBy,
    Initialised,
    PointeeKind,
    RegionKind,
    Role,
)
from stackglass.model.positions import CallSite, Position, Writer
from stackglass.model.slots import Field, Pointee, Slot, Variable, WrittenPart, unplaced_bases
from stackglass.model.snapshot import Fault, FrameSequence, Location, Region, Snapshot, StartItem

__all__ = [
    "Address",
    "AddressRange",
    "Call",
    "CallSite",
    "DeadRun",
    "DwarfRegister",
    "EnteredByReturn",
    "Evidence",
    "Fault",
    "FaultKind",
    "Field",
    "FoundBy",
    "Frame",
    "FrameOutline",
    "FrameSequence",
    "Initialised",
    "Location",
    "Pointee",
    "PointeeKind",
    "Position",
    "Region",
    "RegionKind",
    "ReturnAddress",
    "Role",
    "Slot",
    "Snapshot",
    "StackPlace",
    "StartItem",
    "Step",
    "Variable",
    "Writer",
    "WrittenPart",
    "unplaced_bases",
]
