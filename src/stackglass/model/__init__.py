"""The values that everything else passes around: snapshots, frames, slots, roles, writers. No logic beyond them."""

from stackglass.model.addresses import Address, AddressRange, DwarfRegister, Step
from stackglass.model.calls import Call
from stackglass.model.explanation import (
    Change,
    ChangeKind,
    ExplainedCall,
    ExplainedStep,
    FoldedSteps,
    FoldKind,
    PassedValue,
    Phase,
    PhaseName,
    Picture,
)
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
from stackglass.model.slots import Field, Pointee, Slot, Variable
from stackglass.model.snapshot import Fault, FrameSequence, Location, Region, Snapshot, StartItem

__all__ = [
    "Address",
    "AddressRange",
    "Call",
    "CallSite",
    "Change",
    "ChangeKind",
    "DeadRun",
    "DwarfRegister",
    "EnteredByReturn",
    "Evidence",
    "ExplainedCall",
    "ExplainedStep",
    "Fault",
    "FaultKind",
    "Field",
    "FoldKind",
    "FoldedSteps",
    "FoundBy",
    "Frame",
    "FrameOutline",
    "FrameSequence",
    "Initialised",
    "Location",
    "PassedValue",
    "Phase",
    "PhaseName",
    "Picture",
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
]
