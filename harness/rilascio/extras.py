"""What comes with the extras of the distribution, for those who lack one."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata


def install_command(extra: str) -> str:
    """Return the command that installs what an extra brings, for the Python that runs.

    It names the packages themselves: an index may have a project called rilascio that is another one.
    """
    parts = (requirement.partition(";") for requirement in metadata.requires("rilascio") or ())
    packages = [package.strip() for package, _, marker in parts if re.search(rf"extra == ['\"]{extra}['\"]", marker)]
    return shlex.join([sys.executable, "-m", "pip", "install", *packages])
