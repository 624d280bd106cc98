"""The textbook machine: C compiled to a small documented instruction set, and run under three ways of keeping frames.

    program = compile_source("f.c", Strategy())
    machine = Machine(program)
    machine.run(1_000_000)

Words are 4 bytes, little-endian; SP starts at 2^32. Nothing here needs a compiler or an emulator. What makes a
recording of it is `stackglass.record("f.c", isa="textbook")`. docs/design/textbook.md has the instruction set, the
calling convention and the frame layout.
"""
