"""Checks of the SQL sources that no tool offers by itself: a part of `make lint`.

Every file parses with PostgreSQL's own grammar, and no line of it is too long; yoyo's splitter sees the same statements
in a migration as PostgreSQL does; a file of `sql/procedures` holds the routine of its name; the lines `-- requires:`
name what has to be there, and nothing else; rows are built by name; no long query stands in Python; and plpgsql_check
finds nothing in the deployed routines, where that extension is installed.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pglast
import psycopg
import sqlparse

from harness.dev.embedded_queries import embedded_query_errors
from harness.dev.requirements import requirement_errors
from harness.dev.row_names import plan_types, row_errors
from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.deployment.bundle import Bundle, Source
from rilascio.deployment.definitions import read_definitions
from rilascio.errors import HarnessError
from rilascio.folders import migrations_folder, sql_folder
from rilascio.queries import read_query

HARNESS = Path(__file__).resolve().parents[1]

_PARAMETER = re.compile(r"%\(\w+\)s")


LINE_LENGTH = 120


def parse_errors(files: Iterable[Path]) -> list[str]:
    """Return a line for every file that PostgreSQL's grammar refuses; parameters of psycopg stand for values."""
    problems = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        try:
            pglast.parse_sql(_PARAMETER.sub("$1", text) if file.is_relative_to(HARNESS) else text)
        except pglast.parser.ParseError as error:
            problems.append(f"{file}: {error}")
    return problems


def split_errors(files: Iterable[Path]) -> list[str]:
    """Return a line for every migration that yoyo would cut at other places than PostgreSQL."""
    problems = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        # yoyo drops pieces without a statement, such as a comment at the end.
        ours = [piece for piece in sqlparse.split(text) if sqlparse.format(piece, strip_comments=True).strip("; \n")]
        theirs = pglast.split(text)
        if len(ours) != len(theirs):
            problems.append(f"{file}: yoyo sees {len(ours)} statements, PostgreSQL {len(theirs)}")
    return problems


def line_errors(files: Iterable[Path]) -> list[str]:
    """Return a line for every line that is too long, in bodies of routines too, where sqlfluff does not look.

    The sentence of a `comment on` stays in one line, and so do those of the catalogs of sentences.
    """
    problems = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        if "noqa: disable=layout.long_lines" not in text:
            for number, line in enumerate(text.splitlines(), 1):
                if len(line) > LINE_LENGTH and not line.startswith("comment on "):
                    problems.append(f"{file} line {number}: {len(line)} characters")
    return problems


def name_errors(sources: Iterable[Source]) -> list[str]:
    """Return a line for every file of `sql/procedures` that holds anything but the routine of its name."""
    problems = []
    for source in sources:
        if source.name.startswith(("internal/", "procedures/")):
            names = [definition.name for definition in read_definitions([source])]
            if names != [source.path.stem]:
                problems.append(f"{source.path}: holds {', '.join(names) or 'nothing'}")
    return problems


def deployment_errors(bindir: Path | None, sources: Iterable[Source]) -> list[str]:
    """Return what a deployed database says of the sources, plpgsql_check too where there is a `bindir` that has it."""
    with postgres.throwaway(bindir=bindir) as running:
        deploy(running.dsn())
        with psycopg.connect(running.dsn()) as connection:
            problems = [*requirement_errors(connection, sources), *row_errors(sources, plan_types(connection))]
            if bindir:
                connection.execute("create extension plpgsql_check")
                problems += [line for (line,) in connection.execute(read_query(__file__, "plpgsql_check"))]
            return problems


def bindir_with_plpgsql_check() -> Path | None:
    """Return the newest packaged PostgreSQL that has the extension."""
    for bindir in postgres.packaged_bindirs():
        version = bindir.parent.name.removeprefix("pgsql-")
        shares = (Path(f"/usr/share/postgresql/{version}"), bindir.parent / "share")
        if any((share / "extension" / "plpgsql_check.control").is_file() for share in shares):
            return bindir
    return None


def main() -> None:
    """Run every check, say which were skipped, and exit with 1 if something was found."""
    migrations = sorted(migrations_folder().rglob("*.sql"))
    files = [*migrations, *sorted(sql_folder().rglob("*.sql")), *sorted(HARNESS.rglob("*.sql"))]
    problems = [
        *parse_errors(files),
        *split_errors(migrations),
        *line_errors(files),
        *embedded_query_errors(sorted(HARNESS.rglob("*.py"))),
    ]
    print(f"grammar: {len(files)} files, split: {len(migrations)} migrations")
    bindir = bindir_with_plpgsql_check()
    if problems:
        print("names, requirements, rows, plpgsql_check: skipped, the sources are not in order")
    else:
        try:
            sources = Bundle.shipped().sources()
            problems = [*name_errors(sources), *deployment_errors(bindir, sources)]
            print(f"names, requirements, rows: {len(sources)} sources")
        except HarnessError as error:
            problems.append(f"deployment: {error.message}")
        if bindir is None:
            print("plpgsql_check: skipped, no PostgreSQL here has it (Debian: postgresql-15-plpgsql-check)")
        else:
            print(f"plpgsql_check: routines deployed with {bindir}")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)
