"""The bundle of this release, to be changed at will."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from rilascio.deployment.bundle import Bundle


class ReleaseFolder:
    """The bundle of this release in a folder of its own, to be changed at will."""

    def __init__(self, folder: Path) -> None:
        shipped = Bundle.shipped()
        self.folder = folder
        shutil.copytree(shipped.migrations_folder, folder / "migrations")
        shutil.copytree(shipped.sql_folder, folder / "sql")
        self.bundle = Bundle(folder / "migrations", folder / "sql")

    def change(self, name: str, pattern: str = "", new: str = "") -> None:
        """Replace a pattern everywhere in a source, or only give the source another checksum."""
        file = self.folder / "sql" / f"{name}.sql"
        text = file.read_text()
        assert re.search(pattern, text), name
        file.write_text(f"{re.sub(pattern, new, text) if pattern else text}\n-- again\n")
