"""The fixtures of all tests come from rilascio.testing, which pytest finds by its entry point."""

import signal


def pytest_configure() -> None:
    """Let tests interrupt their children even where a shell runs the tests in the background, deaf to Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
