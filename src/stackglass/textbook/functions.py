"""The code and the frame of one function while it is being generated."""

from __future__ import annotations

from dataclasses import dataclass, field

from stackglass.textbook.activation import LINKS, Strategy, epilogue, prologue
from stackglass.textbook.instructions import (
    FrameSize,
    Instruction,
    Label,
    Operand,
    Temporary,
    imm,
    mem,
    reg,
)
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import FrameVariable, Static, Variable
from stackglass.textbook.types import WORD, CType, Function, Integer


@dataclass(slots=True, eq=False)
class Block:
    """A block of a function: its variables, and the code that they are in view of."""

    start: Label
    end: Label
    variables: list[Variable] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    enumerations: list[Integer] = field(default_factory=list)


class FunctionCode:
    """One function: its instructions so far, and the layout of its frame.

    `outer` is the function that a nested one is defined in. `prologue_end` is where the body begins.
    """

    def __init__(self, symbol: Static, name: str, strategy: Strategy, outer: FunctionCode | None) -> None:
        assert isinstance(symbol.type, Function)
        self.symbol = symbol
        self.name = name
        self.type: Function = symbol.type
        self.outer = outer
        self.strategy = strategy
        self.is_library = False
        self.line: int | None = None
        self.file: str | None = None
        self.frame = Static(f"{symbol.label}.frame", symbol.type)
        self.size = FrameSize()
        self.parameters: list[Variable] = []
        self.static_link: FrameVariable | None = None
        self.result_pointer: FrameVariable | None = None
        self.unnamed_arguments: FrameVariable | None = None
        self.epilogue = Label()
        self.prologue_end = Label()
        self.epilogue_start = Label()
        self.block = Block(Label(), Label())
        self.labels: dict[str, Label] = {}
        self.placed_labels: set[str] = set()
        self.gotos: dict[str, object] = {}
        """Where the first goto to each label is."""
        self.called: list[Static] = []
        self.variables: list[FrameVariable] = []
        """What has a place in the frame, but for temporaries."""
        self.hidden: list[FrameVariable] = []
        """What the compiler keeps in the frame and a reader should see: the static link, closures."""
        self.parameter_stores: list[Instruction | None] = []
        """For each parameter, the instruction that stores it where it belongs."""
        self.prologue: list[Instruction] = []
        self.ending: list[Instruction] = []
        self.items: list[Instruction | Label] = []
        self.moves_stack_pointer = False
        """Whether it makes room below its frame while it runs."""
        self._offset = LINKS
        self._temporaries: list[Temporary] = []
        self._free: list[Temporary] = []
        self._starts_statement = True

    # ---- the frame ----

    def variable(self, name: str, type_: CType, line: int | None, *, is_parameter: bool = False) -> FrameVariable:
        """The next place of the frame, in whole words, and aligned as its type is."""
        align = max(WORD, type_.align)
        self._offset = -(-self._offset // align) * align
        made = FrameVariable(name, type_, self, self._offset, line, is_parameter)
        self._offset += -(-type_.size // WORD) * WORD
        self.variables.append(made)
        return made

    def temporary(self, size: int) -> Temporary:
        """Room behind the variables, until it is released."""
        size = -(-size // WORD) * WORD
        for one in self._free:
            if one.size == size:
                self._free.remove(one)
                return one
        made = Temporary(size)
        self._temporaries.append(made)
        return made

    def release(self, temporary: Temporary) -> None:
        """Gives room back."""
        self._free.append(temporary)

    # ---- instructions ----

    def at_line(self, coord: object) -> None:
        """What follows is a statement at `coord`."""
        self._go_to(coord)
        self._starts_statement = True

    def ends_at(self, coord: object) -> None:
        """What follows has the line of the closing brace, which is reached where the epilogue begins."""
        self._go_to(coord)
        self._starts_statement = False

    def _go_to(self, coord: object) -> None:
        line, file = getattr(coord, "line", None), getattr(coord, "file", None)
        if line is not None:
            self.line, self.file = int(line), str(file) if file else self.file

    def emit(self, instruction: Instruction) -> None:
        """Adds an instruction of the current line."""
        instruction.line, instruction.file = self.line, self.file
        instruction.starts_statement = self._starts_statement
        self._starts_statement = False
        self.items.append(instruction)

    def jump(self, op: str, target: Label) -> None:
        """Adds a jump."""
        self.emit(Instruction(op, target=target))

    def place(self, label: Label) -> None:
        """Lets a label stand for what comes next."""
        self.items.append(label)

    def call(self, function: Static) -> None:
        """Adds a call of a function by its name."""
        self.called.append(function)
        self.emit(Instruction("CALL", target=function))

    def copy(self, size: int, source: str, destination: str) -> None:
        """Copies bytes from where one register points to where another does."""
        self.emit(Instruction("COPY", imm(size), reg(destination), through=source))

    # ---- enclosing functions ----

    def frame_of(self, variable: FrameVariable, depth: int) -> str:
        """Follows static links to the frame that holds a variable; gives the register that points to it."""
        self._follow_links(variable.owner, f"R{depth}")
        return f"R{depth}"

    def pass_static_link(self, function: Static) -> None:
        """Puts into SL the frame that a nested function's names are looked up in."""
        if function.nested is self:
            self.emit(Instruction("MOVE", reg("FP"), reg("SL")))
        else:
            self._follow_links(function.nested, "SL")

    def _follow_links(self, owner: object, register: str) -> None:
        at: FunctionCode | None = self
        base = "FP"
        while at is not owner:
            assert at is not None and at.static_link is not None
            self.emit(Instruction("MOVE", mem(base, at.static_link.offset), reg(register)))
            base, at = register, at.outer

    def variable_arguments(self, coord: object) -> Operand:
        """Where the unnamed arguments are kept. Trouble where the function has none."""
        if self.unnamed_arguments is None:
            raise wrong(coord, f"va_start in '{self.name}', which takes no variable arguments")
        return mem("FP", self.unnamed_arguments.offset)

    # ---- the end ----

    def insert(self, marker: Label, instructions: list[Instruction]) -> None:
        """Puts instructions where a label was placed."""
        at = self.items.index(marker) + 1
        line = next((one.line for one in self.items[at:] if isinstance(one, Instruction)), self.line)
        for one in instructions:
            one.line, one.file = line, self.file
        self.items[at:at] = instructions

    def finish(self, opening: list[Instruction], first_line: int | None) -> None:
        """Settles the frame, and puts prologue and epilogue around the body."""
        for one in self._temporaries:
            one.offset = self._offset
            self._offset += one.size
        self.size.size = self.frame_size
        begin = prologue(self.strategy, self.frame, self.size)
        for one_instruction in begin + opening:
            one_instruction.line, one_instruction.file = first_line, self.file
        begin[0].starts_statement = True
        end = epilogue(
            self.strategy,
            self.size,
            gives_back=not self._may_be_referred_to(),
            moves_stack_pointer=self.moves_stack_pointer,
        )
        for one_instruction in end:
            one_instruction.line, one_instruction.file = self.line, self.file
        end[0].starts_statement = True
        self.prologue, self.ending = begin, end
        self.items = [*begin, *opening, self.prologue_end, *self.items, self.epilogue, self.epilogue_start, *end]

    def _may_be_referred_to(self) -> bool:
        """Whether the code so far puts an address within its frame anywhere: then something may lead into the frame
        when the function has returned."""
        for one in self.items:
            if isinstance(one, Instruction) and one.source is not None:
                within = one.op == "ADDR" and one.source.register == "FP"
                if within or (one.op == "MOVE" and one.source == reg("FP")):
                    return True
        return False

    def mentioned(self) -> set[Static]:
        """The functions and data that its code refers to."""
        found = set()
        for instruction in self.instructions:
            for part in (instruction.target, instruction.source, instruction.destination):
                symbol = part.symbol if isinstance(part, Operand) else part
                if isinstance(symbol, Static):
                    found.add(symbol)
        return found

    @property
    def frame_size(self) -> int:
        """Bytes of the frame so far."""
        return self._offset

    @property
    def instructions(self) -> list[Instruction]:
        """The instructions, without labels."""
        return [one for one in self.items if isinstance(one, Instruction)]
