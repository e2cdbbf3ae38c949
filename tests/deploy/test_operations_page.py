"""Who follows docs/how-to/operations.md from top to bottom is told nothing wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rilascio import postgres
from tests.wheel import PROJECT, build_wheel, clean_environment

PAGE = PROJECT / "docs" / "how-to" / "operations.md"

NO_QUESTIONS_LEFT = {
    "the roles": "select array_agg(rolname::text) from pg_roles where rolname like 'erp%'",
    "the schemas": "select array_agg(nspname::text) from pg_namespace where nspname like 'erp%'",
}


def blocks() -> list[tuple[str, str, str]]:
    """Return what the page tells to type: the heading above it, the kind of the block, and its text."""
    found, heading = [], ""
    for block in re.finditer(r"^#+ (?P<heading>[^\n]*)$|^```(?P<kind>sh|sql)[ a-z]*\n(?P<text>.*?)^```$",
                             PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):  # fmt: skip
        if block["heading"]:
            heading = block["heading"]
        else:
            found.append((heading, block["kind"], block["text"]))
    return found


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A server of its own: roles are made and dropped."""
    with postgres.throwaway() as server:
        yield server


def environment(server: postgres.Server, database: str) -> dict[str, str]:
    """Return the environment of somebody who has the server's programs, and names it as to psql."""
    where = conninfo_to_dict(server.dsn())
    named = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    return {
        **clean_environment(),
        **{variable: str(where[name]) for variable, name in named.items()},
        "PGDATABASE": database,
        "PATH": f"{server.bindir}:{os.environ['PATH']}",
    }


def typed(text: str, folder: Path, settings: dict[str, str], *, found: bool = False) -> str:
    """Type a block into a shell; a command that fails is an error, though it may have `found` something."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if "No matching distribution" in done.stdout:
        pytest.skip("needs a package index")
    assert done.returncode in ((0, 3) if found else (0,)), f"{text}\n{done.stdout}"
    return done.stdout


def test_the_page_is_typed_from_top_to_bottom(server: postgres.Server, tmp_path: Path) -> None:
    database = "factory"
    settings = environment(server, database)
    wheel = build_wheel(tmp_path)
    (tmp_path / "harness").symlink_to(PROJECT / "harness")
    steps = blocks()
    assert len(steps) > 25
    answers: dict[str, str] = {}
    for heading, kind, text in steps:
        if kind == "sh":
            text = text.replace("/opt/rilascio", str(tmp_path / "rilascio")).replace("/path/to/rilascio", str(wheel))
            for part in text.splitlines() if heading == "Watch" else [text]:
                told = typed(part, tmp_path, settings, found=heading == "Watch")
                answers[heading] = answers.get(heading, "") + told
            if heading == "Install the command":
                settings["PATH"] = f"{tmp_path / 'rilascio' / 'bin'}:{settings['PATH']}"
        else:
            with psycopg.connect(make_conninfo(server.dsn(), dbname=database), autocommit=True) as connection:
                connection.execute(text.encode())
    assert re.search(r"^rilascio,? .*\d+\.\d+", answers["Install the command"], re.MULTILINE)
    assert "Deployed release" in answers["Deploy"]
    assert "The database is current." in answers["Upgrade"]
    assert answers["Back up, and put back"].endswith("Nothing is found.\n")
    assert answers["One company"].endswith("Nothing is found.\n")
    assert "erp.production_order_material: 2,350 rows" in answers["Go back, or uninstall"]
    with psycopg.connect(make_conninfo(server.dsn(), dbname=database)) as connection:
        left = {what: connection.execute(query.encode()).fetchone() for what, query in NO_QUESTIONS_LEFT.items()}
    assert left["the schemas"] == (None,)
    # the copy of the dump has them still
    assert left["the roles"] != (None,)
    assert "roles kept" in answers["Go back, or uninstall"]
    assert "the database factory_again" in answers["Go back, or uninstall"]


def test_a_company_that_was_put_back_is_what_it_was(server: postgres.Server, tmp_path: Path) -> None:
    """Whatever happened to it meanwhile, and nothing of other companies."""
    settings = environment(server, "postgres")
    settings["PATH"] = f"{Path(sys.executable).parent}:{settings['PATH']}"
    typed(f"rilascio deploy\nrilascio load {PROJECT}/harness/rilascio/demo_factory", tmp_path, settings)
    one_company = [text for heading, kind, text in blocks() if heading == "One company" and kind == "sh"]
    state = (
        "select erp_meta_state from (select string_agg(t::text, ',' order by t::text) as erp_meta_state from {} as t) q"
    )

    def rows() -> dict[str, object]:
        with psycopg.connect(server.dsn()) as connection:
            tables = connection.execute(
                "select c.oid::regclass::text from pg_class as c where c.relnamespace = 'erp'::regnamespace"
                " and c.relkind = 'r'"
            ).fetchall()
            return {table: connection.execute(state.format(table).encode()).fetchone() for (table,) in tables}

    typed(one_company[0], tmp_path, settings)
    before = rows()
    released = typed("rilascio release 2026/24 2026/46 --record-date 2026-11-23 --yes || true", tmp_path, settings)
    assert "released" in released
    assert rows() != before
    typed(one_company[1], tmp_path, settings)
    assert rows() == before
