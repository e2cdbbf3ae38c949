"""Checks of the SQL sources that no tool offers by itself: a part of `make lint`.

Every file parses with PostgreSQL's own grammar; yoyo's splitter sees the same statements in a migration as
PostgreSQL does; and plpgsql_check finds nothing in the deployed routines, where that extension is installed.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import pglast
import psycopg
import sqlparse

from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.errors import HarnessError
from rilascio.folders import migrations_folder, sql_folder


def parse_errors(files: Iterable[Path]) -> list[str]:
    """Return a line for every file that PostgreSQL's grammar refuses."""
    problems = []
    for file in files:
        try:
            pglast.parse_sql(file.read_text(encoding="utf-8"))
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


# A trigger's function is checked against each of its tables, with the names of its transition tables.
_ROUTINES = """
select distinct format('%s line %s: %s: %s', p.oid::regprocedure, c.lineno, c.level, c.message)
from pg_catalog.pg_proc as p
join pg_catalog.pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join pg_catalog.pg_trigger as t on t.tgfoid = p.oid
cross join lateral plpgsql_check_function_tb(
    p.oid::regprocedure, coalesce(t.tgrelid, 0), fatal_errors => false,
    -- a function may serve triggers with other transition tables too, which are called so by habit
    oldtable => case when t.oid is not null then coalesce(t.tgoldtable, 'old_rows') end,
    newtable => case when t.oid is not null then coalesce(t.tgnewtable, 'new_rows') end
) as c
where p.pronamespace::regnamespace::text like 'erp%' and (p.prorettype <> 'trigger'::regtype or t.oid is not null)
order by 1
"""


def routine_errors(bindir: Path) -> list[str]:
    """Return what plpgsql_check says about the routines, deployed on a throwaway server of `bindir`."""
    with postgres.throwaway(bindir=bindir) as running:
        deploy(running.dsn())
        with psycopg.connect(running.dsn()) as connection:
            connection.execute("create extension plpgsql_check")
            return [line for (line,) in connection.execute(_ROUTINES)]


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
    files = [*migrations, *sorted(sql_folder().rglob("*.sql"))]
    problems = [*parse_errors(files), *split_errors(migrations)]
    print(f"grammar: {len(files)} files, split: {len(migrations)} migrations")
    bindir = bindir_with_plpgsql_check()
    if problems:
        print("plpgsql_check: skipped, the sources are not in order")
    elif bindir is None:
        print("plpgsql_check: skipped, no PostgreSQL here has it (Debian: postgresql-15-plpgsql-check)")
    else:
        try:
            problems += routine_errors(bindir)
        except HarnessError as error:
            problems.append(f"plpgsql_check: {error.message}")
        print(f"plpgsql_check: routines deployed with {bindir}")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)
