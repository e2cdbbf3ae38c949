"""Every rule has a test, and every code a sentence, a place in the product and a test."""

import re
from pathlib import Path

import psycopg
import pytest

from harness.errors import REASONS, SQLSTATES
from tests.procedures.test_release_refusals import STORIES

ROOT = Path(__file__).parents[2]
CODES = {reason.code for reason in REASONS}

RULES = {
    int(number)
    for number in re.findall(r"^- \*\*R(\d+)\*\*", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.MULTILINE)
}
"""The numbers of the rules."""

OF_DECLARATIONS = {51, 52, 53}
"""Rules that are due as soon as production can be declared."""


def catalog(connection: psycopg.Connection) -> dict[tuple[str, str], tuple[str, str]]:
    """Return message and hint by code and language."""
    rows = connection.execute("select code, language, message, hint from erp_internal.message_catalog()").fetchall()
    found = {(code, language): (message, hint) for code, language, message, hint in rows}
    assert len(found) == len(rows), "a code has two sentences in a language"
    return found


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


@pytest.mark.parametrize("language", ["en", "it"])
def test_R63_every_reason_has_a_sentence_and_a_hint_in_every_language(
    rilascio: psycopg.Connection, language: str
) -> None:
    found = {code for (code, spoken), texts in catalog(rilascio).items() if spoken == language and all(texts)}
    assert found == CODES


def test_R63_a_sentence_says_the_same_in_every_language(rilascio: psycopg.Connection) -> None:
    for (code, language), (message, hint) in catalog(rilascio).items():
        assert message.endswith("."), (code, language)
        assert hint.endswith("."), (code, language)
        english, _ = catalog(rilascio)[code, "en"]
        assert sorted(re.findall(r"%\d\$s", message)) == sorted(re.findall(r"%\d\$s", english)), (code, language)


def test_every_reason_is_told_by_a_story() -> None:
    assert set(STORIES) == CODES


def test_every_reason_is_given_by_the_product_and_no_other() -> None:
    """The refusals that the routines name are those of the registry."""
    texts = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "sql").rglob("*.sql") if path.name != "message_catalog.sql"
    )
    assert {code for code in CODES if f"'{code}'" not in texts} == set()


def test_the_codes_of_exceptions_are_those_that_the_routines_raise() -> None:
    raised = {
        code
        for path in (ROOT / "sql").rglob("*.sql")
        for code in re.findall(r"errcode = '(\w+)'", path.read_text("utf-8"))
    }
    # 40001 is PostgreSQL's own, said where a foreign key would say it in other words
    assert raised - {"40001"} == {state.sqlstate for state in SQLSTATES}


def test_every_exception_has_a_class_of_its_own_and_advice() -> None:
    assert len({state.exception for state in SQLSTATES}) == len(SQLSTATES)
    for state in SQLSTATES:
        assert state.exception.sqlstate == state.sqlstate
        assert state.meaning.endswith(".")
        assert state.what_to_do.endswith(".")
