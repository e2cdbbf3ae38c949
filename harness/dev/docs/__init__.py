"""The documents that the product writes about itself: `make docs`.

Pages of the reference come from the catalog, its comments, the registries and the command line; answers in examples
come from running them on the demo factory. A test compares all of them with what is committed.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from harness.dev import data_puts, data_readers
from harness.dev.data_views import write_views
from harness.dev.docs.commands import commands_page
from harness.dev.docs.csv_files import csv_page
from harness.dev.docs.data_model import data_model_page
from harness.dev.docs.data_schema import data_schema
from harness.dev.docs.examples import example_text, heading_of, operator_role, run_example, scripts
from harness.dev.docs.live_pages import live_page, live_pages
from harness.dev.docs.markdown import catalog_rows
from harness.dev.docs.reference import functions_page, tables_page, views_page
from harness.dev.docs.refusals import errors_page
from harness.dev.sentences import write_catalogs
from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.folders import demo_folder
from rilascio.loading import load

DOCS = Path(__file__).resolve().parents[3] / "docs"


def documents(dsn: str) -> dict[str, str]:
    """Write every document, on a deployed database without companies; return the texts by path below `docs`.

    `dsn` is a superuser's. The demo factory is loaded there and stays.
    """
    company_id = load(dsn, demo_folder()).company_id
    with psycopg.connect(dsn) as connection:
        # so that the examples find a feed: a run is shown after a call that saw it
        connection.execute("select erp_api.next_runs(%s)", [company_id])
    sources = scripts(DOCS / "examples")
    with operator_role(dsn) as role, psycopg.connect(dsn) as connection:
        answers = {name: run_example(connection, role, script) for name, script in sources.items()}
        examples = {name: (heading_of(script), answers[name]) for name, script in sources.items()}
        texts = {
            "reference/functions.md": functions_page(connection, examples),
            "reference/views.md": views_page(connection, "erp_api", examples),
            "reference/data.md": views_page(connection, "erp_data", {}),
            "reference/tables.md": tables_page(connection),
            "reference/errors.md": errors_page(connection),
            "reference/csv.md": csv_page(connection),
            "explanation/data-model.md": data_model_page(connection),
            "data.schema.json": data_schema(connection),
            "reference/cli.md": commands_page(),
            **{f"examples/{name}.out": example_text(script, answers[name]) for name, script in sources.items()},
        }
    for name, text in live_pages(DOCS).items():
        if name not in texts:
            restart_identities(dsn)
            texts[name] = live_page(dsn, text)
    return texts


def restart_identities(dsn: str) -> None:
    """Give every identity the next number after those that are there, as if nothing had been rolled back before."""
    with psycopg.connect(dsn) as connection:
        for column in catalog_rows(connection, "identities"):
            table, name = sql.Identifier("erp", column["table_name"]), sql.Identifier(column["name"])
            connection.execute(
                sql.SQL(
                    "select setval(pg_get_serial_sequence(%s, %s), (select coalesce(max({}), 0) + 1 from {}), false)"
                ).format(name, table),
                [f"erp.{column['table_name']}", column["name"]],
            )


def main() -> None:
    """Write the documents of this checkout on a throwaway server, and say which ones changed."""
    write_catalogs()
    data_readers.write_functions()
    with postgres.throwaway() as running:
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute("create database rilascio")
        deploy(running.dsn("rilascio"))
        with psycopg.connect(running.dsn("rilascio")) as connection:
            write_views(connection)
            data_puts.write_functions(connection)
        deploy(running.dsn("rilascio"))
        texts = documents(running.dsn("rilascio"))
    for name, text in texts.items():
        file = DOCS / name
        same = file.is_file() and file.read_text(encoding="utf-8") == text
        if not same:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        print(f"docs/{name}: {'as it was' if same else 'written'}")
