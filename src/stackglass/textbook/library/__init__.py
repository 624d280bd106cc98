"""The textbook machine's C library: what `LIB` instructions do. Each is one step of the program."""
