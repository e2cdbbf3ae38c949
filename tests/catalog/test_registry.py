"""Every rule has a test, and every code a row of the registry, a sentence in every language and a story."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.dev.data_readers import CHILDREN, read_only
from rilascio.errors import SQLSTATES
from rilascio.loading.files import FILES, LATER_FILES
from tests.factory import Factory, needs
from tests.procedures.test_data_refusals import DATA_STORIES
from tests.procedures.test_put_order_refusals import PUT_STORIES
from tests.procedures.test_release_refusals import STORIES as ORDER_STORIES
from tests.procedures.test_stock_refusals import STOCK_STORIES

ROOT = Path(__file__).parents[2]

RULES = {
    int(number)
    for number in re.findall(
        r"^- \*\*R(\d+)\*\*", (ROOT / "docs" / "reference" / "rules.md").read_text("utf-8"), re.MULTILINE
    )
}
"""The numbers of the rules."""

CATALOGS = {
    "reason_catalog": ("code", "message", "hint"),
    "explanation_catalog": ("code", "sentence"),
    "finding_catalog": ("code", "message", "hint"),
    "integrity_catalog": ("code", "message", "hint"),
    "rule_catalog": ("code", "sentence"),
}
"""Every catalog of sentences with its code and its texts; each has a row per code and language."""

LANGUAGES = {"en", "it"}

STORIES = {**ORDER_STORIES, **DATA_STORIES, **PUT_STORIES, **STOCK_STORIES}
"""A story for every reason: of an order or declaration, of sent data, and of stock documents."""

OTHER_WORDS = {
    *("rolled_back", "semi_finished", "unknown_key", "stock_movement", "stock_record", "production_declaration"),
    *("production_order_number_key", "transaction_isolation"),
    *(file.name for file in (*FILES, *LATER_FILES)),
    *(column.name for file in (*FILES, *LATER_FILES) for column in file.columns),
    *(word for file in (*FILES, *LATER_FILES) for column in file.columns for word in column.words),
    *(name for file in (*FILES, *LATER_FILES) for name in (*read_only(file), *CHILDREN.get(file.name, ()))),
}
"""What routines that refuse spell besides codes: kinds, columns, their words, tables, a constraint, a setting."""

OF_DECLARATIONS = {51, 52, 53}
"""Rules that are due as soon as production can be declared."""


def test_every_rule_stands_in_the_name_of_a_test() -> None:
    proven = {
        int(number)
        for path in (ROOT / "tests").rglob("test_*.py")
        if "model" not in path.parts  # they compare with a model of the rules, not with the rules
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
        for number in re.findall(r"_R(\d+)(?=_)", name)
    }
    declared = (ROOT / "sql" / "procedures" / "declare_production.sql").exists()
    assert RULES - proven - (set() if declared else OF_DECLARATIONS) == set()
    assert proven - RULES == set(), "a test names a rule that there is not"


@pytest.fixture
def factory(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    return Factory(rilascio, rilascio_operator)


def codes(connection: psycopg.Connection, severity: str = "%") -> set[str]:
    """Return the codes of the registry of reasons."""
    statement = "select code from erp_internal.reason_catalog() where severity like %s"
    return {code for (code,) in connection.execute(statement, [severity]).fetchall()}


def rewrite(connection: psycopg.Connection, catalog: str, query: str) -> None:
    """Replace a catalog by a query of what it holds (`whole`), until the end of the transaction."""
    name = f"erp_internal.{catalog}"
    [(text, result)] = connection.execute(
        "select pg_get_functiondef(oid), pg_get_function_result(oid) from pg_proc where oid = %s::regprocedure",
        [f"{name}()"],
    ).fetchall()
    connection.execute(text.replace(catalog, f"whole_{catalog}", 1).encode())
    body = query.replace("whole", f"erp_internal.whole_{catalog}() as c")
    connection.execute(
        f"create or replace function {name}() returns {result} language sql immutable begin atomic {body}; end".encode()
    )


@pytest.mark.parametrize(("catalog", "columns"), CATALOGS.items())
def test_R63_every_code_has_its_sentences_in_every_language_once(
    rilascio: psycopg.Connection, catalog: str, columns: tuple[str, ...]
) -> None:
    rows = rilascio.execute(f"select language, {', '.join(columns)} from erp_internal.{catalog}()".encode()).fetchall()
    spoken = sorted((code, language) for language, code, *_ in rows)
    assert spoken == sorted((code, language) for code in {code for code, _ in spoken} for language in LANGUAGES)
    assert all(text for _, _, *texts in rows for text in texts)


def test_R63_the_catalogs_are_all_that_there_are(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute("select proname from pg_proc where proname ~ '_catalog$'").fetchall()
    assert {name for (name,) in rows} == set(CATALOGS)


def test_R63_a_sentence_says_the_same_in_every_language(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute("select code, language, message, hint from erp_internal.reason_catalog()").fetchall()
    english = {code: message for code, language, message, _ in rows if language == "en"}
    for code, language, message, hint in rows:
        assert message.endswith("."), (code, language)
        assert hint.endswith("."), (code, language)
        places, of_english = (sorted(re.findall(r"%\d+\$s", text)) for text in (message, english[code]))
        assert places == of_english, (code, language)


@pytest.mark.parametrize("language", ["", "aa", "fr"])
def test_R63_a_language_more_in_the_catalogs_does_not_become_the_default(factory: Factory, language: str) -> None:
    factory.stock(factory.item("NUT", by_lot=True, lot_policy="manual"), 1, lot="A")
    order = factory.order(needs("NUT", 2), needs(factory.item("BOLT", None)))

    def sentences() -> list[Any]:
        company = [factory.company_id]
        return [
            *(row.reasons for row in factory.preview(order)),
            *(row.reasons for row in factory.restore(order)),
            *factory.call("select * from erp_api.explain_material_source(%s, %s, 1)", [*company, order]),
            *factory.call("select * from erp_api.diagnose_configuration(%s)", company),
            *factory.call("select * from erp_api.check_integrity(%s)", company),
        ]

    factory.connection.execute("set local erp.language = 'en'")
    english = sentences()
    for catalog, (_, *texts) in CATALOGS.items():
        columns = [
            name
            for (name,) in factory.connection.execute(
                "select unnest(proargnames) from pg_proc where oid = %s::regprocedure", [f"erp_internal.{catalog}()"]
            )
        ]
        other = {"language": "'aa'", **{text: f"'aa' || c.{text}" for text in texts}}
        rewrite(
            factory.connection,
            catalog,
            "select * from whole union all select "
            + ", ".join(other.get(name, f"c.{name}") for name in columns)
            + " from whole where c.language = 'it'",
        )
    factory.connection.execute("select set_config('erp.language', %s, true)", [language])
    assert sentences() == english
    assert len(english) > 8


def test_every_reason_has_a_turn_a_severity_and_a_meaning(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute(
        "select distinct precedence, code, severity, meaning from erp_internal.reason_catalog()"
    ).fetchall()
    assert len({precedence for precedence, *_ in rows}) == len({code for _, code, *_ in rows}) == len(rows)
    assert {severity for _, _, severity, _ in rows} == {"refusal", "warning"}
    assert all(meaning.endswith(".") for *_, meaning in rows)
    assert codes(rilascio, "warning") == {"remainder_kept", "merged_back"}


def test_every_reason_is_told_by_a_story(rilascio: psycopg.Connection) -> None:
    assert set(STORIES) == codes(rilascio)


def test_every_code_that_the_product_names_is_in_the_registry(rilascio: psycopg.Connection) -> None:
    """A literal of several words, in a routine that refuses, is a code or a word of another kind."""
    texts = {
        path.name: path.read_text("utf-8")
        for path in (ROOT / "sql" / "procedures" / "internal").rglob("*.sql")
        if not path.name.endswith("_catalog.sql") and path.name not in ("render_reasons.sql", "source_findings.sql")
    }
    refusing = "\n".join(text for text in texts.values() if re.search(r"\b(refus(?:e|als?)|cell_fault)\b", text))
    named = set(re.findall(r"'([a-z]+(?:_[a-z]+)+)'", refusing))
    assert named - codes(rilascio) - OTHER_WORDS == set()
    assert codes(rilascio) - named == set()


@pytest.mark.parametrize("code", sorted(STORIES))
def test_R8_a_reason_that_the_registry_does_not_know_ends_the_call(factory: Factory, code: str) -> None:
    """Refusing is the default: taken out of the registry, no reason becomes a release."""
    rewrite(factory.connection, "reason_catalog", f"select * from whole where c.code <> '{code}'")
    with pytest.raises(psycopg.errors.InternalError_, match=f"Code '{code}'"):
        STORIES[code](factory)


@pytest.mark.parametrize(
    ("catalog", "call"),
    [
        ("explanation_catalog", "explain_material_source(%s, %s, 1)"),
        ("finding_catalog", "diagnose_configuration(%s)"),
        ("integrity_catalog", "check_integrity(%s)"),
    ],
)
def test_R63_what_has_no_sentence_is_not_left_out(factory: Factory, catalog: str, call: str) -> None:
    order = factory.order(needs(factory.item("BOLT", None)))
    company = factory.company_id
    factory.connection.execute("insert into erp.company_member values (%s, 'nobody_of_this_name')", [company])
    arguments = [company, order][: call.count("%s")]
    assert factory.call(f"select * from erp_api.{call}", arguments) != []
    rewrite(factory.connection, catalog, "select * from whole where false")
    with pytest.raises(psycopg.errors.InternalError_, match="is in no catalog of sentences"):
        factory.call(f"select * from erp_api.{call}", arguments)


def test_the_codes_of_exceptions_are_those_that_the_routines_raise() -> None:
    raised = {
        code
        for path in (ROOT / "sql").rglob("*.sql")
        for code in re.findall(r"errcode = '(\w+)'", path.read_text("utf-8"))
    }
    # 40001 is PostgreSQL's own, said where a foreign key would say it in other words; XX000 an error of the product
    assert raised - {"40001", "XX000"} == {state.sqlstate for state in SQLSTATES}


def test_every_exception_has_a_class_of_its_own_and_advice() -> None:
    assert len({state.exception for state in SQLSTATES}) == len(SQLSTATES)
    for state in SQLSTATES:
        assert state.exception.sqlstate == state.sqlstate
        assert state.meaning.endswith(".")
        assert state.what_to_do.endswith(".")
