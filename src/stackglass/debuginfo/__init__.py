"""The target's ELF images, symbols, lines, types and variables, over pyelftools. Opens no file: takes bytes."""
