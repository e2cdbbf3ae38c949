"""The fixtures of all tests come from harness.testing, which pytest finds by its entry point."""
