"""The parts of the soak and of the crash test: a scarce world, random calls, and what must hold afterwards."""
