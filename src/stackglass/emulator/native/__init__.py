"""The native recorder: plain C, and how it is built."""
