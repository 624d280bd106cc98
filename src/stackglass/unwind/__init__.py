"""Call-frame information and walking: pure functions of registers, section bytes and `read_memory`."""
