"""Releases: the changelog names them, and the bundle of each is kept, so that tests deploy it and go on from there."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

from rilascio.deployment.bundle import Bundle
from rilascio.errors import HarnessError
from rilascio.folders import checkout
from rilascio.version import RELEASE

_HEADING = re.compile(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d\n", re.MULTILINE)


def project() -> Path:
    """Return the checkout."""
    folder = checkout()
    assert folder, "what maintainers run is run in a checkout"
    return folder


def released_versions() -> list[str]:
    """Return the versions that the changelog names, newest first."""
    return _HEADING.findall(_changelog())


def text_of(version: str) -> str:
    """Return what the changelog says of a version, as the text of its tag."""
    _, _, behind = _changelog().partition(f"\n## {version} - ")
    if not behind:
        raise HarnessError(f"CHANGELOG.md does not name {version}.", f"Give it a heading: ## {version} - YYYY-MM-DD")
    body = re.split(r"^## |^\[", behind.partition("\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return f"rilascio {version}\n\n{re.sub(r'^### ', '', body, flags=re.MULTILINE).strip()}\n"


def kept_bundle(version: str) -> Path:
    """Return the file that keeps the bundle of a version."""
    return project() / "tests" / "deploy" / "releases" / f"{version}.tar.xz"


def keep_bundle(version: str = RELEASE) -> Path:
    """Keep the bundle of the checkout as that of a version. The same files give the same bytes."""
    file, bundle = kept_bundle(version), Bundle.shipped()
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:xz", preset=9) as archive:
        for name, folder in (("migrations", bundle.migrations_folder), ("sql", bundle.sql_folder)):
            for source in sorted(folder.rglob("*.sql")):
                content = source.read_bytes()
                entry = tarfile.TarInfo(f"{name}/{source.relative_to(folder)}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return file


def unpack_bundle(version: str, folder: Path) -> Bundle:
    """Unpack the bundle of a version into a folder."""
    with tarfile.open(kept_bundle(version)) as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content, entry.name
            file = folder / entry.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.read())
    return Bundle(folder / "migrations", folder / "sql")


def _changelog() -> str:
    return (project() / "CHANGELOG.md").read_text(encoding="utf-8")
