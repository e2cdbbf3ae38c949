"""The files of a release: migrations, and the sources of routines, triggers, views and grants."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from rilascio.deployment.common import SOURCE_FOLDERS
from rilascio.errors import HarnessError
from rilascio.folders import migrations_folder, sql_folder


@dataclass(frozen=True)
class Migration:
    """A file `NNNN_verb_noun.sql` with its way back. `id` is the name without suffix, as yoyo knows it."""

    id: str
    path: Path
    checksum: str

    @property
    def way_back(self) -> str:
        """The text of the file that undoes it."""
        return _read(self.path.with_suffix(".rollback.sql"))


@dataclass(frozen=True)
class Source:
    """A file under `sql/`, with the names of the files that it wants applied before it."""

    name: str
    path: Path
    text: str
    requires: tuple[str, ...]

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the content, line ends aside."""
        return checksum_of(self.text)


@dataclass(frozen=True)
class Bundle:
    """The two folders a deployment reads."""

    migrations_folder: Path
    sql_folder: Path

    @classmethod
    def shipped(cls) -> Bundle:
        """Return the bundle of this release: the checkout's folders, or those inside the installed package."""
        return cls(migrations_folder(), sql_folder())

    def migrations(self) -> list[Migration]:
        """Return the migrations in order; a missing folder or way back, or a misnamed file, is an error."""
        folder = _existing(self.migrations_folder)
        found: dict[str, Migration] = {}
        files = sorted(folder.iterdir())
        names = {file.name for file in files}
        for file in files:
            if file.name.endswith(".rollback.sql"):
                if file.name.replace(".rollback.sql", ".sql") not in names:
                    raise HarnessError(
                        f"{file} leads back from a migration that does not exist.",
                        "Name it after its migration, or delete it.",
                    )
            elif file.suffix in (".sql", ".py"):
                if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", file.name):
                    raise HarnessError(f"{file} is not named like a migration.", "Name it NNNN_verb_noun.sql.")
                number = file.name[:4]
                if number in found:
                    raise HarnessError(
                        f"Two migrations bear the number {number}: {found[number].id} and {file.stem}.",
                        "Give the newer one the next free number.",
                    )
                if f"{file.stem}.rollback.sql" not in names:
                    raise HarnessError(
                        f"Migration {file.stem} has no way back.",
                        f"Write {file.stem}.rollback.sql beside it.",
                    )
                found[number] = Migration(file.stem, file, checksum_of(_read(file)))
        return list(found.values())

    def sources(self) -> list[Source]:
        """Return the files of `sql/` in the order in which they are applied.

        Helpers, triggers, views and routines by name, except that a file comes after those it names in lines like
        `-- requires: internal/lookups/first_lots`; last `grants.sql`.
        """
        folder = _existing(self.sql_folder)
        named: dict[str, Source] = {}
        for file in sorted(folder.rglob("*.sql")):
            path = file.relative_to(folder).with_suffix("").as_posix()
            subfolder = next((p for p in SOURCE_FOLDERS if path.startswith(f"{p}/")), "")
            nested = "/" in path.removeprefix(f"{subfolder}/")
            if (not subfolder and path != "grants") or (nested and SOURCE_FOLDERS[subfolder] != "internal"):
                raise HarnessError(
                    f"{file} lies where no deployment looks.",
                    f"Move it to one of {', '.join(SOURCE_FOLDERS)} under {folder}.",
                )
            name = SOURCE_FOLDERS[subfolder] + path.removeprefix(subfolder) if subfolder else path
            text = _read(file)
            wanted = re.findall(r"^--\s*requires:\s*(.+?)\s*$", text, re.MULTILINE)
            named[name] = Source(name, file, text, tuple(re.findall(r"[^,\s]+", " ".join(wanted))))
        if "grants" not in named:
            raise HarnessError(f"{folder / 'grants.sql'} is missing.", "Reinstall rilascio, or restore the file.")
        last = named.pop("grants")
        order = list(SOURCE_FOLDERS.values())
        default = sorted(named.values(), key=lambda s: (order.index(s.name.split("/")[0]), s.name))
        return [*_sorted(default), last]


def _sorted(sources: list[Source]) -> Iterator[Source]:
    """Yield sources after what they require, otherwise in the order given."""
    position = {source.name: index for index, source in enumerate(sources)}
    for source in sources:
        if unknown := [name for name in source.requires if name not in position]:
            raise HarnessError(
                f"{source.path} requires {unknown[0]}, which does not exist.",
                "Name a file as internal/ROOM/…, triggers/…, views/…, views/data/…, views/internal/… or procedures/…, "
                "without .sql.",
            )
    sorter = TopologicalSorter({source.name: source.requires for source in sources})
    try:
        sorter.prepare()
    except CycleError as cycle:
        raise HarnessError(
            f"These sources require each other: {' → '.join(cycle.args[1])}.",
            "Take one of the -- requires lines out.",
        ) from None
    ready: list[int] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, position[name])
        source = sources[heapq.heappop(ready)]
        yield source
        sorter.done(source.name)


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise HarnessError(f"The folder {folder} is missing.", "Reinstall rilascio, or restore the folder.")
    return folder


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise HarnessError(f"{file} is not UTF-8 text.", "Save the file as UTF-8.") from None


def checksum_of(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
