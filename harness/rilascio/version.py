"""Which build this is: the release, and behind a plus sign how far beyond it the sources are.

`0.1.0` was built from the commit tagged `v0.1.0`; `0.1.0+5.g1a2b3c4d` five commits later, from the commit 1a2b3c4d;
`.dirty` at the end: with changes that are in no commit. The package's metadata keep it, and a checkout asks git. The
build reads this file without the package, so it needs nothing else of ours.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RELEASE = "0.1.0"
"""The last release that was cut, or the one that is about to be."""

_ROOT = Path(__file__).resolve().parents[2]
"""The folder of the checkout, or of the unpacked source distribution; of no meaning in an installed package."""


@cache
def installed_release() -> str:
    """Return the version of this build."""
    if (_ROOT / "pyproject.toml").exists():
        return described()
    try:
        return version("rilascio")
    except PackageNotFoundError:
        return RELEASE


def described(folder: Path = _ROOT) -> str:
    """Return the version of the sources in a folder: as a source distribution states it, or as git describes it."""
    if (stated := folder / "PKG-INFO").exists():
        found = re.search(r"^Version: (.+)$", stated.read_text(encoding="utf-8"), re.MULTILINE)
        return found[1] if found else RELEASE
    if not (folder / ".git").exists():
        return RELEASE
    describe = ["git", "describe", "--tags", "--long", "--always", "--dirty", "--abbrev=8", f"--match=v{RELEASE}"]
    try:
        answer = subprocess.run(describe, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return RELEASE  # no git, or a repository of somebody else that git does not read
    commit = answer.removesuffix("-dirty")
    distance, _, name = commit.removeprefix(f"v{RELEASE}-").rpartition("-g")
    beyond = [part for part in (distance, f"g{name}") if part] if distance != "0" else []
    if answer != commit:
        beyond.append("dirty")
    return "+".join(filter(None, [RELEASE, ".".join(beyond)]))
