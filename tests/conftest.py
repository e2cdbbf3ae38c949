"""The fixtures of all tests come from rilascio.testing, which pytest finds by its entry point."""

import os
import signal


def pytest_configure() -> None:
    """Let commands speak English, and be interrupted where a shell runs the tests in the background, deaf to Ctrl-C."""
    os.environ["RILASCIO_LANGUAGE"] = "en"  # whatever the locale of who runs them is
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
