"""The parts of the private server (harness.server)."""
