"""The tables agree with one another and with what the runs did; how it is said where they do not (R61, R63)."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from rilascio.errors import NotAMember
from rilascio.testing import acting_as
from tests.factory import Factory
from tests.procedures.integrity.busy import Busy, check, found


def test_R61_where_nobody_lied_nothing_is_found(busy: Busy) -> None:
    assert check(busy) == []


def test_a_company_without_anything_is_in_order(factory: Factory) -> None:
    assert check(factory) == []


def test_there_are_five_examples_of_many_and_errors_come_first(busy: Busy) -> None:
    with busy.maintenance():
        busy.stock("POWDER", 1)
    for number in range(7):
        busy.stock(busy.item(f"ITEM{number}"), -1 - number)
    error, warning = check(busy)
    assert (error.severity, error.code, error.finding_count) == ("error", "stock_negative", 7)
    assert [(one["item_code"], one["balance"]) for one in error.examples] == [
        (f"ITEM{number}", -1 - number) for number in (6, 5, 4, 3, 2)
    ]
    assert (warning.severity, warning.code, warning.finding_count) == ("warning", "lot_missing", 1)


def test_R63_sentences_and_hints_are_in_the_language_of_the_session(busy: Busy) -> None:
    with busy.maintenance():
        busy.stock("POWDER", 1)
    [english] = check(busy)
    assert english.message == "Movements of lot items have no lot: no release finds that stock."
    busy.connection.execute("set local erp.language = 'it'")
    [italian] = check(busy)
    assert italian.message == "Movimenti di articoli a lotti senza lotto: nessun rilascio trova quella giacenza."
    assert italian[:4] == english[:4]


def test_what_has_no_sentence_is_an_error_and_never_left_out(busy: Busy) -> None:
    busy.stock(busy.item("SHORT"), -1)
    busy.connection.execute(
        "create or replace function erp_internal.integrity_catalog() returns table (sort_order integer, code text,"
        " severity text, language text, message text, hint text) language sql"
        " as 'select 1, null, null, null, null, null where false'"
    )
    with pytest.raises(psycopg.errors.InternalError, match="Code 'stock_negative' is in no catalog of sentences"):
        check(busy)


@pytest.fixture
def codes_by_language(rilascio: psycopg.Connection) -> Iterator[dict[str, set[tuple[int, str, str]]]]:
    """Give sort order, code and severity of the catalog by language."""
    rows = rilascio.execute(
        "select language, sort_order, code, severity, message, hint"
        " from erp_internal.integrity_catalog() order by sort_order"
    ).fetchall()
    assert all(message.endswith(".") and hint.endswith(".") for *_, message, hint in rows)
    return {spoken: {(p, c, s) for language, p, c, s, *_ in rows if language == spoken} for spoken, *_ in rows}


def test_R63_every_check_has_its_sentences_a_place_in_the_product_and_stands_in_the_comment(
    rilascio: psycopg.Connection, codes_by_language: dict[str, set[tuple[int, str, str]]]
) -> None:
    assert codes_by_language.keys() == {"en", "it"}
    assert codes_by_language["en"] == codes_by_language["it"]
    severities = [severity for _, _, severity in sorted(codes_by_language["en"])]
    assert severities == sorted(severities)
    texts = rilascio.execute(
        "select obj_description('erp_api.check_integrity'::regproc, 'pg_proc'), string_agg(p.prosrc, '')"
        " from pg_proc as p where p.proname like '%\\_violations'"
    ).fetchone()
    assert texts is not None
    for text in texts:
        assert {code for _, code, _ in codes_by_language["en"] if code not in text} == set()


def test_a_stranger_learns_nothing_and_an_unknown_company_is_no_other(
    rilascio: psycopg.Connection, rilascio_operator: str
) -> None:
    closed = Factory(rilascio, rilascio_operator, member=None)
    with pytest.raises(NotAMember):
        check(closed)
    with pytest.raises(NotAMember):
        closed.call("select * from erp_api.check_integrity(%s)", [-1])
    with pytest.raises(NotAMember):
        closed.call("select * from erp_api.check_integrity(null)")


def test_a_reader_may_not_check(rilascio: psycopg.Connection, rilascio_reader: str) -> None:
    with pytest.raises(InsufficientPrivilege), acting_as(rilascio, rilascio_reader):
        rilascio.execute("select * from erp_api.check_integrity(1)")


def test_each_company_sees_its_own(busy: Busy, rilascio: psycopg.Connection, rilascio_operator: str) -> None:
    other = Factory(rilascio, rilascio_operator, "OTHER")
    other.stock(other.item("NUT"), -1)
    assert check(busy) == []
    assert found(other).keys() == {"stock_negative"}


def test_it_runs_in_a_read_only_transaction(busy: Busy) -> None:
    busy.connection.execute("set transaction read only")
    assert check(busy) == []
