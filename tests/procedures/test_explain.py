"""Where a material would come from, told level by level (R10, R11, R63)."""

from itertools import product
from typing import Any

import psycopg
import pytest

from rilascio.errors import BadCall, NotAMember
from tests.factory import MAIN, Factory, Row, needs, phase

LEVELS = ["material", "site", "item", "machine", "company"]


def explain(factory: Factory, order: int | None, line: int | None = 1) -> list[Row]:
    """Call `erp_api.explain_material_source`."""
    return factory.call("select * from erp_api.explain_material_source(%s, %s, %s)", [factory.company_id, order, line])


def held(rows: list[Row]) -> list[tuple[Any, ...]]:
    """Return level, section, warehouse and reason of the levels that count."""
    return [(row.level, row.section, row.warehouse_code, row.reason_code) for row in rows if row.applies]


def winner(rows: list[Row]) -> Row:
    """Return the level that wins."""
    [row] = [row for row in rows if row.wins]
    return row


def everywhere(factory: Factory, there: set[str], section: str = "raw_material", **of_material: Any) -> int:
    """Make an order of a NUT that these levels give a warehouse for, named like the level."""
    nut = factory.item("NUT")
    home, machine_site = factory.site("HOME"), factory.site("SHOP")
    for level in LEVELS:
        factory.warehouse(f"OF_{level}")
        factory.stock(nut, 9, warehouse=f"OF_{level}")
    factory.no_rule("raw_material")
    for level, place in (
        ("site", {"site": home}),
        ("item", {"item": nut}),
        ("machine", {"site": machine_site}),
        ("company", {}),
    ):
        if level in there:
            factory.rule(section, f"OF_{level}", **place)  # type: ignore[arg-type]
    own = {"warehouse": "OF_material"} if "material" in there else {}
    return factory.order(
        needs(nut, phase=10, **own, **of_material),
        job=factory.job(1, site=home),
        phases=[phase(10, site=machine_site)],
    )


def test_R10_the_five_levels_are_told_in_the_order_in_which_they_are_asked(factory: Factory) -> None:
    rows = explain(factory, everywhere(factory, set(LEVELS)))
    assert [(row.precedence, row.level) for row in rows] == list(enumerate(LEVELS, 1))
    assert [row.site_code for row in rows] == [None, "HOME", None, "SHOP", None]
    assert held(rows) == [
        ("material", None, "OF_material", "ISS"),
        *((level, "raw_material", f"OF_{level}", "ISS") for level in LEVELS[1:]),
    ]
    assert [row.wins for row in rows] == [True, False, False, False, False]
    assert [row.explanation for row in rows] == [
        "The material row names warehouse OF_material and reason ISS. It is the first level that counts, so it wins.",
        *(
            f"Section raw_material gives warehouse OF_{level} and reason ISS. It counts, but level material comes "
            "before it."
            for level in LEVELS[1:]
        ),
    ]


@pytest.mark.parametrize("there", list(product([False, True], repeat=5)), ids=str)
def test_R10_what_is_explained_is_what_release_does(factory: Factory, there: tuple[bool, ...]) -> None:
    order = everywhere(factory, {level for level, is_there in zip(LEVELS, there, strict=True) if is_there})
    rows = explain(factory, order)
    [planned] = factory.preview(order)
    winners = [(row.level, row.warehouse_code, row.reason_code) for row in rows if row.wins]
    if any(there):
        assert winners == [(planned.resolved_by, planned.warehouse_code, planned.reason_code)]
    else:
        assert (winners, [reason["code"] for reason in planned.reasons]) == ([], ["warehouse_unresolved"])


def test_R10_a_level_that_does_not_count_says_why(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.site("HOME")
    bare = explain(factory, factory.order(needs(nut)))
    assert [row.explanation for row in bare[:4]] == [
        "The material row names no warehouse of its own.",
        "The order has no job order with a site.",
        "The rules of item NUT have no section raw_material.",
        "Neither the material's phase nor the last productive and movable phase has a machine with a site.",
    ]
    placed = factory.order(needs(nut, phase=10), job=factory.job(1, site="HOME"), phases=[phase(10, site="HOME")])
    assert [row.explanation for row in explain(factory, placed) if row.site_code] == [
        "The rules of site HOME have no section raw_material."
    ] * 2


def test_R10_where_no_level_counts_nothing_wins(factory: Factory) -> None:
    nut = factory.item("NUT", procurement="subcontract")
    factory.no_rule("semi_finished")
    rows = explain(factory, factory.order(needs(nut)))
    assert not any(row.applies or row.wins or "No level counts" in row.explanation for row in rows[:-1])
    assert (rows[-1].applies, rows[-1].wins) == (False, False)
    assert rows[-1].explanation == (
        "The rules of the company have no section semi_finished. No level counts; release would refuse the row."
    )


@pytest.mark.parametrize(
    ("phases", "of_material"),
    [
        ([phase(10, site="A"), phase(20, site="B")], {"phase": 10}),
        ([phase(10, site="A"), phase(20, site="B")], {}),
        ([phase(10, site="A"), phase(10, sub_phase=5, site="B")], {}),
        ([phase(10, site="A"), phase(20, site="B", productive=False)], {}),
        ([phase(10, site="A"), phase(20, site="B", movable=False)], {}),
        ([phase(10), phase(20, site="B")], {"phase": 10}),
        ([phase(10, site="A", productive=False, movable=False), phase(20, site="B")], {"phase": 10}),
        ([phase(10, site="A"), phase(20)], {}),
        ([], {}),
    ],
)
def test_R10_the_machine_explained_is_the_one_that_release_asks(
    factory: Factory, phases: list[dict[str, Any]], of_material: dict[str, Any]
) -> None:
    nut = factory.item("NUT")
    for code in ("A", "B"):
        factory.site(code)
        factory.warehouse(code)
        factory.rule("raw_material", code, site=code)
    order = factory.order(needs(nut, **of_material), phases=phases)
    [reason] = factory.release(order)[0].reasons  # there is no stock, so the warehouse is named
    assert winner(explain(factory, order)).warehouse_code == reason["warehouse_code"]


@pytest.mark.parametrize(("procurement", "reason"), [("purchase", "MAT"), ("production", "SEM")])
def test_R11_under_WIP_management_a_level_falls_back_to_its_own_raw_material(
    line_side: Factory, procurement: str, reason: str
) -> None:
    nut = line_side.item("NUT", procurement=procurement)
    line_side.warehouse("ITEMS")
    order = line_side.order(needs(nut))
    assert held(explain(line_side, order)) == [("company", "wip", "LINE", reason)]
    assert explain(line_side, order)[2].explanation == "The rules of item NUT have no section wip / raw_material."
    line_side.rule("raw_material", "ITEMS", item=nut)
    assert held(explain(line_side, order)) == [
        ("item", "raw_material", "ITEMS", "ISS"),
        ("company", "wip", "LINE", reason),
    ]


def test_R9_of_a_transferred_material_the_side_it_is_taken_from_is_told(line_side: Factory) -> None:
    pipe = line_side.item("PIPE", "manual")
    order = line_side.order(needs(pipe))
    assert held(explain(line_side, order)) == [("company", "wip", "LINE", "MAT")]
    line_side.parameters(transfer_manual_to_wip=True)
    assert held(explain(line_side, order)) == [("company", "raw_material", MAIN, "ISS")]


def test_R5_of_a_by_product_the_load_reason_is_told(factory: Factory) -> None:
    order = factory.order(needs(factory.item("SWARF"), -1))
    assert held(explain(factory, order)) == [("company", "raw_material", MAIN, "LOA")]


def test_R12_the_level_that_wins_says_why_release_would_refuse_it(factory: Factory) -> None:
    nut = factory.item("NUT")
    order = factory.order(needs(nut))
    factory.rule("raw_material", MAIN, issue=None)
    assert winner(explain(factory, order)).explanation == (
        "Section raw_material gives warehouse MAIN, but no reason. Release would refuse the row for want of a reason."
    )
    factory.rule("raw_material", MAIN, issue="LOA")
    factory.reason(MAIN, "LOA", "load", usable_in_production=False)
    assert winner(explain(factory, order)).explanation == (
        "Section raw_material gives warehouse MAIN and reason LOA. Release would refuse the row: the reason has the "
        "wrong direction. Release would refuse the row: the reason is not usable in production."
    )


def test_R12_the_last_day_of_the_warehouse_is_told(factory: Factory) -> None:
    factory.change_warehouse(MAIN, valid_until="2027-01-31")
    sentence = winner(explain(factory, factory.order(needs(factory.item("NUT"))))).explanation
    assert sentence.endswith("so it wins. The warehouse is valid until 2027-01-31.")


def test_without_MRP_parameters_no_level_counts(factory: Factory) -> None:
    rows = explain(factory, factory.order(needs(factory.item("NUT", None), warehouse=MAIN)))
    assert not any(row.applies or row.wins for row in rows)
    assert {row.explanation for row in rows} == {
        "Item NUT has no MRP parameters, so no level counts; release would refuse the row."
    }


def test_an_order_that_is_released_is_explained_too(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 1)
    order = factory.order(needs(nut))
    before = explain(factory, order)
    factory.release(order)
    assert explain(factory, order) == before


def test_R63_the_sentences_are_in_the_language_of_the_session(factory: Factory) -> None:
    order = factory.order(needs(factory.item("NUT")))
    english = explain(factory, order)
    factory.connection.execute("set local erp.language = 'it'")
    italian = explain(factory, order)
    assert italian[0].explanation == "La riga del materiale non indica un magazzino."
    assert [row[:-1] for row in italian] == [row[:-1] for row in english]
    factory.connection.execute("set local erp.language = 'de'")
    assert explain(factory, order) == english


def test_R63_every_sentence_is_there_in_every_language_with_the_same_placeholders(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute(
        "select code, array_agg(language order by language),"
        " array_agg(distinct array(select p[1] from regexp_matches(sentence, '%%\\d', 'g') as p order by 1)::text),"
        " bool_and(sentence like '%%.') from erp_internal.explanation_catalog() group by code",
        [],
    ).fetchall()
    assert len(rows) > 10
    assert [(languages, len(places), ends) for _, languages, places, ends in rows] == [(["en", "it"], 1, True)] * len(
        rows
    )


# --- bad calls -------------------------------------------------------------------------------------------------------


def test_an_unknown_order_and_one_of_another_company_get_the_same_answer(
    factory: Factory, rilascio: psycopg.Connection, rilascio_operator: str
) -> None:
    factory.order(needs(factory.item("NUT")))
    other = Factory(rilascio, rilascio_operator, "OTHER")
    theirs = other.order(needs(other.item("NUT")))
    sentence = []
    for order in (theirs, 0):
        with pytest.raises(BadCall) as failure:
            explain(factory, order)
        sentence.append(str(failure.value.diag.message_primary).replace(str(order), "ID"))
    assert sentence == ["The company has no production order with the id ID."] * 2


def test_an_unknown_line_is_a_bad_call_that_names_the_lines(factory: Factory) -> None:
    order = factory.order(needs(factory.item("NUT"), line=10), needs(factory.item("BOLT"), line=20))
    with pytest.raises(BadCall, match=r"^Order 2026/1/0 has no material line 30\.") as failure:
        explain(factory, order, 30)
    assert failure.value.diag.message_hint == "Its material lines are 10, 20."
    with pytest.raises(BadCall, match="no material line null"):
        explain(factory, order, None)
    with pytest.raises(BadCall, match="id null"):
        explain(factory, None)
    with pytest.raises(BadCall) as failure:
        explain(factory, factory.order())
    assert failure.value.diag.message_hint == "It has no materials at all."


def test_a_stranger_learns_nothing(rilascio: psycopg.Connection, rilascio_operator: str) -> None:
    closed = Factory(rilascio, rilascio_operator, member=None)
    order = closed.order(needs(closed.item("NUT")))
    with pytest.raises(NotAMember):
        explain(closed, order)


def test_it_runs_in_a_read_only_transaction(factory: Factory) -> None:
    order = factory.order(needs(factory.item("NUT")))
    factory.connection.execute("set transaction read only")
    assert len(explain(factory, order)) == 5
