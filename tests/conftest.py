"""The fixtures of all tests come from rilascio.testing, which pytest finds by its entry point."""

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import Phase, settings

UNSHRUNK = bool(os.environ.get("CI")) and not os.environ.get("RILASCIO_SHRINK")
"""Shrinking a story of the model takes minutes, which CI does not have; whoever mends what failed has them."""
if UNSHRUNK:
    settings.register_profile(
        "unshrunk", settings.default, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target]
    )
    settings.load_profile("unshrunk")


def pytest_configure() -> None:
    """Let commands speak English, and be interrupted where a shell runs the tests in the background, deaf to Ctrl-C."""
    os.environ["RILASCIO_LANGUAGE"] = "en"  # whatever the locale of who runs them is
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say of a random test that failed in CI how to have the same draws shrunk."""
    report = yield
    if UNSHRUNK and report.failed and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        examples = os.environ.get("RILASCIO_EXAMPLES")
        environment = f"CI=true RILASCIO_SHRINK=1 {f'RILASCIO_EXAMPLES={examples} ' if examples else ''}"
        report.sections.append(
            (
                "What failed is not shrunk in CI. The same draws, and shrunk:",
                f'{environment}make test ARGS="{item.nodeid}"',
            )
        )
    return report
