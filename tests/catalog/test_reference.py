"""The documents say what the product is: those it writes itself are up to date, and what they tell to type works."""

from __future__ import annotations

import inspect
import re
import secrets
import shlex
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict

from harness.dev import docs
from harness.dev.docs import data_model
from harness.dev.docs.examples import scripts, statements_of
from harness.dev.docs.order_rows import TABLES
from harness.dev.docs.reference import views_page
from rilascio.cli import main
from rilascio.deployment import catalog
from rilascio.errors import HarnessError
from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.testing import DatabaseServer
from tests.layout import in_one_piece

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(file for folder in (".github", "docs", "harness", "tests") for file in (ROOT / folder).rglob("*.md")),
    ]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")


# --- what the product writes itself ----------------------------------------------------------------------------------


@in_one_piece
def test_the_committed_documents_are_those_that_make_docs_writes(rilascio_database: str) -> None:
    texts = docs.documents(rilascio_database)
    for name, text in texts.items():
        assert (docs.DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name} is old: run make docs"
    outputs = {file.relative_to(docs.DOCS).as_posix() for file in docs.DOCS.glob("examples/*.out")}
    assert outputs == {name for name in texts if name.startswith("examples/")}


def test_the_reference_leaves_out_no_function_view_or_table(rilascio: psycopg.Connection) -> None:
    pages = ("functions", "views", "data", "tables")
    text = "\n".join((docs.DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8") for page in pages)
    named = rilascio.execute(
        """
        select n.nspname || '.' || c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('erp', 'erp_api', 'erp_data') and c.relkind in ('r', 'p', 'v') and not c.relispartition
        union all
        select 'erp_api.' || p.proname from pg_proc as p where p.pronamespace = 'erp_api'::regnamespace
        """
    ).fetchall()
    assert sorted(re.findall(r"^## (erp\S*)$", text, re.MULTILINE)) == sorted(name for (name,) in named)


def test_every_function_and_view_has_an_example(rilascio: psycopg.Connection) -> None:
    named = rilascio.execute(
        """
        select p.proname from pg_proc as p where p.pronamespace = 'erp_api'::regnamespace
        union
        select c.relname from pg_class as c where c.relnamespace = 'erp_api'::regnamespace and c.relkind = 'v'
        """
    ).fetchall()
    assert {name for (name,) in named} - scripts(docs.DOCS / "examples").keys() == set()


def test_every_command_is_documented() -> None:
    text = (docs.DOCS / "reference" / "cli.md").read_text(encoding="utf-8")

    def paths(command: click.Command, path: str) -> Iterator[str]:
        yield path
        for name, below in getattr(command, "commands", {}).items():
            yield from paths(below, f"{path} {name}")

    assert sorted(re.findall(r"^## (rilascio.*)$", text, re.MULTILINE)) == sorted(paths(main, "rilascio"))


def test_the_life_of_an_order_looks_into_every_table_that_names_an_order(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute(
        """
        select distinct c.relname from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid
        where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and a.attname in ('production_order_id', 'stock_record_id', 'run_id', 'registration_run_id')
        """
    ).fetchall()
    # a lot names the run that made it; this order's item has none; rows, documents and the feed are of no order
    assert {name for (name,) in rows} - set(TABLES) == {"lot", "run_place", "run_row", "stock_document"}


def test_R34_what_the_life_of_an_order_leaves_behind_is_history_and_zeros() -> None:
    text = (docs.DOCS / "explanation" / "life-of-an-order.md").read_text(encoding="utf-8")
    left = text.partition("## What is left of it")[2]
    tables = dict(re.findall(r"^\*\*(\w+), \w+\*\*\n\n(.*?)\n\n", left, re.MULTILINE | re.DOTALL))
    assert tables.keys() == {
        "run",
        "run_order",
        "removed_stock_record",
        "removed_stock_movement",
        "stock_balance",
        "stock_record_counter",
    }
    assert all(row.endswith("| 0 |") for row in tables["stock_balance"].splitlines()[2:])


def test_a_table_without_a_cluster_is_told_in_a_sentence(
    rilascio: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is what somebody reads who made a table and runs `make docs`."""
    monkeypatch.delitem(data_model.CLUSTERS, "Declarations")
    with pytest.raises(HarnessError, match=r"differ in production_declaration\.") as error:
        data_model.data_model_page(rilascio)
    assert "Put each table into a cluster" in str(error.value.hint)


def test_a_column_without_a_comment_is_told_in_a_sentence(rilascio: psycopg.Connection) -> None:
    rilascio.execute("comment on column erp_api.release_grid.firm is null")
    with pytest.raises(HarnessError, match="no comment on firm"):
        views_page(rilascio, "erp_api", {})


@pytest.mark.parametrize(
    ("table", "column", "diagram"),
    [("production_order", "status", 0), ("production_declaration", "kind", 1)],
)
def test_the_diagrams_of_states_show_those_that_a_constraint_knows(
    rilascio: psycopg.Connection, table: str, column: str, diagram: int
) -> None:
    [(definition,)] = rilascio.execute(
        """
        select pg_get_constraintdef(c.oid) from pg_constraint as c
        where c.conrelid = format('erp.%%I', %s::text)::regclass and c.conname = %s
        """,
        [table, f"{table}_{column}_known"],
    )
    text = (docs.DOCS / "explanation" / "states.md").read_text(encoding="utf-8")
    picture = [body for language, body in blocks(text) if language == "mermaid"][diagram]
    shown = set(re.findall(r"(\w+) -->", picture)) | set(re.findall(r"--> (\w+)", picture))
    assert shown == set(re.findall(r"'(\w+)'", definition))


def test_the_picture_of_a_release_calls_what_there_is(rilascio: psycopg.Connection) -> None:
    design = (docs.DOCS / "explanation" / "design.md").read_text(encoding="utf-8")
    picture = next(body for language, body in blocks(design) if language == "mermaid")
    called = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", picture))
    routines = rilascio.execute(
        "select proname from pg_proc where pronamespace in ('erp_api'::regnamespace, 'erp_internal'::regnamespace)"
    ).fetchall()
    assert len(called) > 10
    assert called - {name for (name,) in routines} == set()


def test_everything_that_clients_and_dbas_see_has_a_comment(rilascio: psycopg.Connection) -> None:
    assert catalog.missing_comments(rilascio) == []


# --- the rules -------------------------------------------------------------------------------------------------------


def test_the_rules_explain_every_number_that_the_sources_name() -> None:
    explained = re.findall(r"^- \*\*(R\d+)\*\*", RULES, re.MULTILINE)
    assert len(explained) == len(set(explained))
    named = {
        (number, file.name)
        for file in (*(ROOT / "sql").rglob("*.sql"), *(ROOT / "migrations").glob("*.sql"))
        for number in re.findall(r"\bR\d+\b", file.read_text(encoding="utf-8"))
    } | {
        (number, file.name)
        for file in (ROOT / "tests").rglob("test_*.py")
        for number in re.findall(r"\bdef test_(R\d+)_", file.read_text(encoding="utf-8"))
    }
    assert {(number, file) for number, file in named if number not in explained} == set()


def test_the_design_names_files_that_exist() -> None:
    design = (ROOT / "docs" / "explanation" / "design.md").read_text(encoding="utf-8")
    named = re.findall(r"`(internal/\w+|views|views/internal|triggers)/(\w+)`", design)
    assert len(named) > 40
    for place, name in named:
        folder = ROOT / "sql" / (f"procedures/{place}" if place.startswith("internal/") else place)
        assert (folder / f"{name}.sql").is_file(), f"{place}/{name}"


def test_the_recipes_name_what_there_is() -> None:
    recipes = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"`([\w.]+/[\w./]*)`", recipes) if not re.search("[A-Z]{4}", name)]
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []
    sources = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("migrations", "sql", "tests/factory", "tests/views", "tests/model")
        for kind in ("*.sql", "*.py")
        for file in (ROOT / folder).rglob(kind)
    )
    words = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", recipes))
    assert {word for word in words if not re.search(rf"\b{word}\b", sources)} == set()


# --- links and commands ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = document.parent / name if name else document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, (
                target
            )


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield every code block of a Markdown text with its language."""
    yield from re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def examples() -> dict[str, str]:
    """Return the answers of each example by its statements, as a document quotes them."""
    found = {}
    for name, script in scripts(docs.DOCS / "examples").items():
        answers = (docs.DOCS / "examples" / f"{name}.out").read_text(encoding="utf-8").partition("\n")[2]
        for statement in statements_of(script):
            answers = answers.replace(f"{statement}\n", "", 1)
        found["\n\n".join(statements_of(script))] = re.sub(r"\n{3,}", "\n\n", answers).strip()
    return found


def test_the_readme_shows_examples_with_the_answers_that_they_gave() -> None:
    quoted = [(language, text.strip()) for language, text in blocks(README)]
    known = examples()
    shown = [i for i, (language, text) in enumerate(quoted) if language == "sql" and text in known]
    assert len(shown) >= 3
    assert [quoted[i + 1] for i in shown] == [("text", known[quoted[i][1]]) for i in shown]
    assert sum(language == "text" for language, _ in quoted) == len(shown)


@pytest.fixture
def empty_database(rilascio_server: DatabaseServer) -> Iterator[str]:
    """Give the URL of a database that holds nothing."""
    with rilascio_server.database(f"rilascio_readme_{secrets.token_hex(4)}") as dsn:
        yield dsn


def test_the_readme_can_be_typed_from_top_to_bottom(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("RILASCIO_DSN", empty_database)
    # the roles of the README belong to the whole server: here they bear names of their own
    names = {role: f"{role}_{secrets.token_hex(4)}" for role in ("anna", "planners")}
    known, last, typed = examples(), [], 0
    with psycopg.connect(empty_database, autocommit=True) as connection:
        try:
            for language, text in blocks(README):
                if language == "sql" and text.strip() not in known:
                    connection.execute(renamed(text, names).encode())
                for line in text.splitlines() if language == "sh" else ():
                    command, *arguments = shlex.split(renamed(line, names), comments=True) or [""]
                    if command == "rilascio":
                        # a way back comes last, whatever stands below it
                        typed += 1
                        (last.append if arguments[0] == "revert" else type_in)(arguments)
                    elif command == "make":
                        assert re.search(rf"^[\w ]*\b{arguments[0]}\b[\w ]*:", (ROOT / "Makefile").read_text(), re.M)
                    else:
                        assert command in ("", "export"), line
            for arguments in last:
                type_in([*arguments, "--yes"])
        finally:
            for name in names.values():
                connection.execute(f"drop role if exists {name}".encode())
    assert typed >= 10


def renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b(anna|planners)\b", lambda found: names[found[1]], text)


def type_in(arguments: list[str]) -> None:
    """Call a command; 3 is what it answers if an order is refused or would be."""
    result = CliRunner().invoke(main, arguments, prog_name="rilascio")
    expected = (0, 3) if arguments[0] in ("doctor", "preview", "release", "restore") else (0,)
    assert result.exit_code in expected, f"rilascio {shlex.join(arguments)}\n{result.output}"


def test_the_commands_that_the_documents_name_exist() -> None:
    for document in DOCUMENTS:
        for name in re.findall(r"`rilascio ([a-z][a-z-]*)", document.read_text(encoding="utf-8")):
            assert main.get_command(click.Context(main), name), f"{document.name}: rilascio {name}"


def test_what_the_documents_tell_to_type_is_understood() -> None:
    understood = 0
    for document in DOCUMENTS:
        for language, text in blocks(document.read_text(encoding="utf-8")):
            for line in text.replace("\\\n", "").splitlines() if language == "sh" else ():
                program, *arguments = shlex.split(line, comments=True) or [""]
                if program == "rilascio":
                    command: click.Command = main
                    while isinstance(command, click.Group):
                        command = command.commands[arguments.pop(0)]
                    command.make_context(line, arguments)
                    understood += 1
    assert understood > 20


def test_the_tests_of_the_readme_pass(request: pytest.FixtureRequest) -> None:
    ran = 0
    for language, text in blocks(README):
        if language == "python":
            names: dict[str, Any] = {}
            exec(compile(text, "README.md", "exec"), names)
            for name, test in names.items():
                if name.startswith("test_"):
                    test(**{wanted: request.getfixturevalue(wanted) for wanted in inspect.signature(test).parameters})
                    ran += 1
    assert ran == 2


def test_the_retry_of_the_how_to_sends_a_call_again_and_gets_its_answer_once(
    rilascio_database: str, rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = rilascio_login("erp_operator")
    load(rilascio_database, demo_folder(), members=[str(conninfo_to_dict(operator)["user"])])
    how_to = (docs.DOCS / "how-to" / "clients.md").read_text(encoding="utf-8")
    [text] = [text for language, text in blocks(how_to) if language == "python"]
    names: dict[str, Any] = {}
    exec(compile(text, "clients.md", "exec"), names)
    faults = [psycopg.errors.SerializationFailure(), psycopg.OperationalError("server closed the connection")]
    connect = psycopg.connect

    def sometimes(dsn: str) -> psycopg.Connection:
        if faults:
            raise faults.pop()
        return connect(dsn)

    monkeypatch.setattr(psycopg, "connect", sometimes)
    key = uuid.uuid4()
    first, again = (names["release"](operator, 1, [26, 129], key) for _ in range(2))
    assert [row[5] for row in first] == ["released", "refused"]
    assert again == first
    faults += [psycopg.errors.QueryCanceled()]
    with pytest.raises(psycopg.errors.QueryCanceled):
        names["release"](operator, 1, [26], uuid.uuid4())
