"""Putting master data: rows are made, changed and deleted by their keys (R70, R72-R74)."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue
from psycopg.types.json import Jsonb

from harness.dev.data_puts.kinds import KINDS
from rilascio.errors import NotAMember, RequestKeyReused
from tests.factory import MAIN, Factory, codes, needs, outcomes

KEY = uuid.UUID("0f1e0a52-0c0c-4b86-9f0e-3c1f4c7a3c11")


def furnished(factory: Factory) -> Factory:
    """Give a company rows of every kind, each with a value in every column."""
    factory.put(
        company=[{"time_zone": "Europe/Rome", "over_production_percent": "2.50", "description": "Acme"}],
        site=[{"site_code": "ROME", "description": "The plant"}],
        warehouse=[{"warehouse_code": "LINE", "site_code": "ROME", "valid_until": "2099-12-31"}],
        location=[{"warehouse_code": "LINE", "location_code": "A", "blocked": False}],
        movement_reason=[
            {"warehouse_code": "LINE", "reason_code": "OUT", "direction": "issue", "default_location_code": "A"},
            {
                **{"warehouse_code": "LINE", "reason_code": "IN", "direction": "load"},
                **{"counterpart_warehouse_code": "LINE", "counterpart_reason_code": "OUT"},
            },
        ],
        item=[{"item_code": "POWDER", "tracking": "lot", "item_class": "chemicals", "expiry_block_days": 3}],
        item_variant=[{"item_code": "POWDER", "variant_code": "RED", "description": "red"}],
        warehouse_rule=[
            {"level": "company", "section": "wip", "warehouse_code": "LINE", "issue_reason_code": "OUT"},
            {"level": "site", "site_code": "ROME", "section": "scrap", "warehouse_code": "LINE"},
            {"level": "item", "item_code": "POWDER", "section": "wip", "warehouse_code": "LINE"},
        ],
        item_location=[{"item_code": "POWDER", "warehouse_code": "LINE", "location_code": "A", "priority": 2}],
        item_mrp_parameter=[{"item_code": "POWDER", "picking_type": "manual", "procurement_type": "purchase"}],
        job_order=[{"job_year": 2026, "job_number": 7, "site_code": "ROME", "customer": "Rossi"}],
        lot=[
            {"item_code": "POWDER", "lot_code": "A", "expiry_date": "2027-01-31"},
            {"item_code": "POWDER", "lot_code": "A", "variant_code": "RED", "sellable": False},
        ],
    )
    return factory


def everything(factory: Factory) -> dict[str, list[dict[str, Any]]]:
    """Select all master data of the company, as it can be put."""
    return {kind: factory.data(kind) for kind in KINDS}


def test_R70_what_is_selected_can_be_put_and_is_unchanged(factory: Factory) -> None:
    data = everything(furnished(factory))
    assert all(data.values())
    before = factory.snapshot(leaving_out={"run"})
    rows = factory.put(**data)
    assert {row.outcome for row in rows} == {"unchanged"}
    assert [row.ordinal for row in rows] == list(range(1, sum(map(len, data.values())) + 1))
    assert factory.snapshot(leaving_out={"run"}) == before
    assert factory.select("run_row_history", order_by="run_id desc, ordinal")[0].run_id != rows[0].run_id


def test_R70_texts_as_a_csv_file_has_them_are_unchanged_too(factory: Factory) -> None:
    data = {
        kind: [
            {
                column: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                for column, value in row.items()
            }
            for row in rows
        ]
        for kind, rows in everything(furnished(factory)).items()
    }
    assert {row.outcome for row in factory.put(**data)} == {"unchanged"}


def test_R70_what_is_selected_makes_another_company_of_the_same_data(factory: Factory) -> None:
    data = everything(furnished(factory))
    for rows in data.values():
        for row in rows:
            del row["company_id"]
    data["company"][0].pop("company_code")
    other = Factory(factory.connection, factory.operator, "OTHER")
    assert {row.outcome for row in other.put(**data)} == {"created", "changed", "unchanged"}
    copy = everything(other)
    for rows in copy.values():
        for row in rows:
            del row["company_id"]
    copy["company"][0].pop("company_code")
    assert copy == data


def test_R70_an_absent_key_leaves_the_column_and_null_sets_the_default(factory: Factory) -> None:
    furnished(factory)
    rows = factory.put(item=[{"item_code": "POWDER", "uom": "KG", "item_class": None, "expiry_block_days": ""}])
    assert outcomes(rows) == ["changed"]
    powder = next(row for row in factory.data("item") if row["item_code"] == "POWDER")
    assert (powder["uom"], powder["item_class"], powder["expiry_block_days"], powder["tracking"]) == (
        *("KG", None, 0, "lot"),
    )


def test_R70_a_new_row_has_the_defaults(factory: Factory) -> None:
    [row] = factory.put(item=[{"item_code": "NUT"}])
    assert (row.ordinal, row.kind, row.place, row.key, row.outcome, row.reasons) == (
        *(1, "item", 1, {"item_code": "NUT"}, "created", []),
    )
    nut = next(row for row in factory.data("item") if row["item_code"] == "NUT")
    assert (nut["uom"], nut["quantity_decimals"], nut["tracking"], nut["description"]) == ("PC", 3, "none", "")


def test_R70_rows_are_answered_by_kind_in_the_order_in_which_they_are_served(factory: Factory) -> None:
    rows = factory.put(
        lot=[{"item_code": "POWDER", "lot_code": "A"}],
        item=[{"item_code": "NUT"}, {"item_code": "POWDER", "tracking": "lot"}],
        site=[{"site_code": "ROME"}],
    )
    assert [(row.ordinal, row.kind, row.place) for row in rows] == [
        *[(1, "site", 1), (2, "item", 1), (3, "item", 2), (4, "lot", 1)]
    ]
    assert outcomes(rows) == ["created"] * 4
    assert rows[3].key == {"item_code": "POWDER", "lot_code": "A", "variant_code": None}


def test_R70_a_counterpart_may_be_a_row_of_the_same_call(factory: Factory) -> None:
    def reason(code: str, direction: str, other: str) -> dict[str, str]:
        return {
            **{"warehouse_code": MAIN, "reason_code": code, "direction": direction},
            **{"counterpart_warehouse_code": MAIN, "counterpart_reason_code": other},
        }

    rows = factory.put(
        movement_reason=[
            *[reason("A", "issue", "B"), reason("B", "load", "A"), reason("C", "issue", "D"), reason("D", "load", "E")],
            {"warehouse_code": MAIN, "reason_code": "E", "direction": "away"},
            reason("F", "issue", "F"),
        ]
    )
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("created", []),
        ("created", []),
        ("refused", ["unknown_reference"]),
        ("refused", ["unknown_reference"]),
        ("refused", ["unknown_word"]),
        ("created", []),
    ]
    made = {row["reason_code"]: row["counterpart_reason_code"] for row in factory.data("movement_reason")}
    assert made == {"ISS": None, "LOA": None, "A": "B", "B": "A", "F": "F"}


def test_R70_a_new_counterpart_warehouse_keeps_the_code_of_the_reason(factory: Factory) -> None:
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=(MAIN, "LOA"))
    changed = {"warehouse_code": MAIN, "reason_code": "ISS", "counterpart_warehouse_code": "LINE"}
    assert outcomes(factory.put(movement_reason=[changed])) == ["changed"]
    counterparts = {
        (row["warehouse_code"], row["reason_code"]): (row["counterpart_warehouse_code"], row["counterpart_reason_code"])
        for row in factory.data("movement_reason")
    }
    assert counterparts[MAIN, "ISS"] == ("LINE", "LOA")


def test_R50_a_supply_release_that_is_put_makes_its_job_order_executive(factory: Factory) -> None:
    job = {"job_year": 2026, "job_number": 7}
    factory.put(job_order=[job])
    factory.put(job_order=[{**job, "supply_released": True}, {"job_year": 2026, "job_number": 8, "supply_released": 1}])
    assert [row["status"] for row in factory.data("job_order")] == ["executive"]
    factory.put(job_order=[{**job, "supply_released": False, "status": "executive"}])
    assert [row["status"] for row in factory.data("job_order")] == ["scheduled"]


def test_R70_a_company_is_the_callers_own(factory: Factory) -> None:
    assert outcomes(factory.put(company=[{"company_code": "ACME", "description": "Acme"}])) == ["changed"]
    [row] = factory.put(company=[{"company_code": "OTHER", "description": "Other"}])
    assert (row.outcome, codes(row), row.key) == ("refused", ["unknown_reference"], {"company_code": "ACME"})
    assert [row["description"] for row in factory.data("company")] == ["Acme"]


# --- deletion --------------------------------------------------------------------------------------------------------


def test_R72_rows_are_deleted_after_all_that_is_put_and_dependents_first(factory: Factory) -> None:
    data = everything(furnished(factory))
    for kind, rows in data.items():
        if kind != "company":
            for row in rows:
                row["delete"] = True
    data["lot"].append({"item_code": "POWDER", "lot_code": "B"})
    rows = factory.put(**data)
    refused = {(row.kind, row.key.get("item_code")): row for row in rows if row.outcome == "refused"}
    assert set(refused) == {("item", "POWDER")}
    [reason] = refused["item", "POWDER"].reasons
    assert (reason["code"], reason["item_code"], reason["required"]) == ("still_used", "POWDER", 1)
    assert "POWDER B" in reason["message"]
    assert {kind for kind, rows in everything(factory).items() if rows} == {"company", "item", "lot"}
    again = factory.put(**{kind: rows for kind, rows in data.items() if kind not in ("item", "lot")})
    assert {row.outcome for row in again} == {"unchanged"}


def test_R72_reasons_that_name_each_other_go_together_or_not_at_all(factory: Factory) -> None:
    def reason(code: str, other: str) -> dict[str, str]:
        return {
            **{"warehouse_code": MAIN, "reason_code": code, "direction": "issue"},
            **{"counterpart_warehouse_code": MAIN, "counterpart_reason_code": other},
        }

    pairs = [reason("A", "B"), reason("B", "A"), reason("C", "D"), reason("D", "C")]
    factory.put(movement_reason=pairs)
    factory.rule("scrap", MAIN, issue="ISS", load=None)
    factory.put(warehouse_rule=[{"level": "company", "section": "scrap", "issue_reason_code": "C"}])
    rows = factory.put(movement_reason=[{**pair, "delete": True} for pair in pairs])
    assert [(row.outcome, codes(row)) for row in rows] == [
        *[("deleted", []), ("deleted", []), ("refused", ["still_used"]), ("refused", ["still_used"])]
    ]


def test_R72_balance_rows_at_zero_and_counters_go_with_what_is_deleted(factory: Factory) -> None:
    factory.warehouse("LINE")
    factory.item("NUT", None)
    factory.location("A", warehouse="LINE")
    factory.stock("NUT", 5, warehouse="LINE", location="A")
    gone = {
        "item": [{"item_code": "NUT", "delete": True}],
        "location": [{"warehouse_code": "LINE", "location_code": "A", "delete": True}],
    }
    assert outcomes(factory.put(**gone)) == ["refused"] * 2
    factory.connection.execute("delete from erp.stock_movement")
    factory.connection.execute("delete from erp.stock_record")
    gone["movement_reason"] = [
        {"warehouse_code": "LINE", "reason_code": code, "delete": True} for code in ("ISS", "LOA")
    ]
    gone["warehouse"] = [{"warehouse_code": "LINE", "delete": True}]
    assert outcomes(factory.put(**gone)) == ["deleted"] * 5
    assert factory.table("stock_balance") == []


def test_R72_what_history_names_stays(factory: Factory) -> None:
    factory.item("NUT", None)
    factory.put(item_mrp_parameter=[{"item_code": "NUT", "picking_type": "automatic", "procurement_type": "purchase"}])
    factory.stock("NUT", 5)
    order = factory.order(needs("NUT"))
    factory.release(order)
    factory.restore(order)
    factory.connection.execute("delete from erp.production_order_material")
    factory.connection.execute("delete from erp.stock_movement")
    factory.connection.execute("delete from erp.stock_record")
    rows = factory.put(
        item=[{"item_code": "NUT", "delete": True}],
        item_mrp_parameter=[{"item_code": "NUT", "delete": True}],
        movement_reason=[{"warehouse_code": MAIN, "reason_code": "ISS", "delete": True}],
    )
    assert {row.kind: [reason["message"].split(" (")[0] for reason in row.reasons] for row in rows} == {
        "item": ["It is still named by removed_stock_movement"],
        "item_mrp_parameter": [],
        "movement_reason": ["It is still named by removed_stock_record", "It is still named by warehouse_rule"],
    }


def test_R73_a_key_that_comes_twice_is_refused_the_second_time(factory: Factory) -> None:
    rows = factory.put(
        item=[{"item_code": "NUT", "uom": "KG"}, {"item_code": "NUT", "delete": True}],
        job_order=[{"job_year": 2026, "job_number": 7}, {"job_year": "2026", "job_number": "+7"}],
        company=[{"description": "A"}, {"description": "B"}],
    )
    assert [(row.kind, row.outcome, codes(row)) for row in rows] == [
        ("company", "changed", []),
        ("company", "refused", ["duplicate_key"]),
        ("item", "created", []),
        ("item", "refused", ["duplicate_key"]),
        ("job_order", "created", []),
        ("job_order", "refused", ["duplicate_key"]),
    ]
    assert "row 1" in rows[1].reasons[0]["message"]


# --- runs and repeats ------------------------------------------------------------------------------------------------

SENT = {"item": [{"item_code": "NUT"}, {"item_code": "BIKE"}, {"item_code": "BOLT", "tracking": "serial"}]}


def test_R74_a_run_keeps_the_digest_and_the_counts_of_what_it_was_sent(factory: Factory) -> None:
    rows = factory.put(**SENT, note="nightly")
    [run] = factory.select("run_history")
    [text] = factory.call("select %s::jsonb::text as text", [Jsonb(SENT)])
    assert run.arguments == {
        "sha256": hashlib.sha256(text.text.encode()).hexdigest(),
        "counts": {"item": 3},
        "all_or_none": False,
    }
    assert (run.kind, run.note, run.row_count, run.created_count, run.refused_count, run.order_count) == (
        *("data", "nightly", 2, 1, 1, 0),
    )
    kept = factory.select("run_row_history", order_by="ordinal")
    assert [(row.ordinal, row.place, row.key, row.outcome, row.reasons, row.note) for row in kept] == [
        (row.ordinal, row.place, row.key, row.outcome, row.reasons, "nightly")
        for row in rows
        if row.outcome != "unchanged"
    ]


def test_R60_data_put_again_with_its_key_answers_the_same_and_changes_nothing(factory: Factory) -> None:
    first = factory.put(**SENT, key=KEY)
    assert outcomes(first) == ["created", "unchanged", "refused"]
    factory.put(item=[{"item_code": "NUT", "delete": True}, {"item_code": "BIKE", "uom": "KG"}])
    before = factory.snapshot(leaving_out=set())
    assert factory.put(**SENT, key=KEY) == first
    assert factory.snapshot(leaving_out=set()) == before


@pytest.mark.parametrize(
    "other",
    [
        {"item": [{"item_code": "NUT", "uom": "KG"}, *SENT["item"][1:]]},
        {"item": SENT["item"][:2]},
        {"all_or_none": True},
        {"note": "again"},
    ],
    ids=["a cell", "a row less", "all or none", "note"],
)
def test_R60_other_data_with_a_key_is_refused(factory: Factory, other: dict[str, Any]) -> None:
    factory.put(**SENT, key=KEY)
    with pytest.raises(RequestKeyReused, match=str(KEY)):
        factory.put(**(SENT | other), key=KEY)


def test_R60_data_put_again_after_its_key_is_forgotten_is_unchanged(factory: Factory) -> None:
    factory.put(**SENT, key=KEY)
    with factory.maintenance():
        factory.connection.execute("update erp.run set started_at = now() - interval '100 days'")
    factory.write_call("select erp_api.prune_request_keys(%s)", [factory.company_id])
    assert outcomes(factory.put(**SENT, key=KEY)) == ["unchanged", "unchanged", "refused"]


def test_R74_a_preview_answers_as_the_call_and_leaves_nothing(factory: Factory) -> None:
    data = everything(furnished(factory))
    data["item"][0] |= {"description": "changed", "delete": False}
    data["lot"][0] |= {"delete": True}
    data["site"] += [{"site_code": "MILAN"}, {"site_code": ""}]
    before = factory.snapshot(leaving_out=set())
    preview = factory.preview_put(**data)
    assert factory.snapshot(leaving_out=set()) == before
    rows = factory.put(**data)
    assert [(row.ordinal, row.kind, row.key, row.outcome, row.reasons) for row in rows] == [
        (row.ordinal, row.kind, row.key, row.outcome, row.reasons) for row in preview
    ]
    assert {row.outcome for row in rows} == {"created", "changed", "deleted", "unchanged", "refused"}


# --- bad calls and roles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "p_data is null or no JSON object"),
        ([], "p_data is null or no JSON object"),
        ("item", "p_data is null or no JSON object"),
        ({}, "p_data has no row"),
        ({"item": []}, "p_data has no row"),
        ({"item": {"item_code": "NUT"}}, "item of p_data is no JSON array"),
        ({"items": []}, "p_data has the unknown key items"),
        ({"production_order": [{}]}, "p_data has the unknown key production_order"),
        ({"item": [{"item_code": "NUT"}, 7]}, "Row 2 of item is no JSON object"),
        ({"item": [{"item_code": "NUT", "colour": "red"}]}, "Row 1 of item has the unknown key colour"),
        ({"company": [{"delete": True}]}, "Row 1 of company has the unknown key delete"),
    ],
    ids=str,
)
@pytest.mark.parametrize("function", ["put_data", "preview_data"])
def test_R70_what_is_no_data_is_a_bad_call(factory: Factory, function: str, data: Any, said: str) -> None:
    with pytest.raises(InvalidParameterValue, match=said) as error:
        factory.write_call(f"select * from erp_api.{function}(%s, %s)", [factory.company_id, Jsonb(data)])
    assert error.value.diag.message_hint
    assert factory.table("run") == []


def test_R70_more_than_200000_rows_are_a_bad_call(factory: Factory) -> None:
    with pytest.raises(InvalidParameterValue, match="200001 rows; a call takes at most 200000"):
        factory.put(item=[{}] * 200_000, site=[{}])


def test_R70_what_another_company_has_is_unknown(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    other.item("POWDER", by_lot=True)
    other.warehouse("LINE")
    rows = factory.put(
        lot=[{"item_code": "POWDER", "lot_code": "A"}],
        location=[{"warehouse_code": "LINE", "location_code": "A"}],
        item=[{"item_code": "POWDER", "delete": True}],
    )
    assert [(row.kind, row.outcome, codes(row)) for row in rows] == [
        ("location", "refused", ["unknown_reference"]),
        ("item", "unchanged", []),
        ("lot", "refused", ["unknown_reference"]),
    ]


def test_R20_an_item_in_use_may_have_more_decimals_whatever_other_items_have(factory: Factory) -> None:
    nut = factory.item("NUT", decimals=1)
    factory.item("GOLD", decimals=4)
    factory.stock(nut, 5)
    assert outcomes(factory.put(item=[{"item_code": nut, "quantity_decimals": 2}])) == ["changed"]
    [row] = factory.put(item=[{"item_code": nut, "quantity_decimals": 1}])
    assert codes(row) == ["item_moved"]


def test_R70_a_row_of_another_company_is_not_put_into_this_one(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    [row] = factory.put(item=[{"item_code": "NUT", "company_id": other.company_id}])
    assert codes(row) == ["read_only_value"]


@pytest.mark.parametrize("function", ["put_data", "preview_data"])
def test_R61_whoever_releases_puts_no_data_and_the_other_way_round(factory: Factory, function: str) -> None:
    call = f"select * from erp_api.{function}(%s, %s)"
    arguments = [factory.company_id, Jsonb(SENT)]
    with pytest.raises(InsufficientPrivilege, match="permission denied for function"):
        factory.call(call, arguments)
    assert factory.write_call(call, arguments)
    order = factory.order()
    for releasing in ("release_production_orders", "restore_production_orders", "preview_release"):
        with pytest.raises(InsufficientPrivilege, match="permission denied for function"):
            factory.write_call(f"select * from erp_api.{releasing}(%s, %s)", [factory.company_id, [order]])


def test_R61_an_unknown_company_gets_the_answer_of_a_foreign_one(factory: Factory) -> None:
    closed = Factory(factory.connection, factory.operator, "CLOSED", member=None)
    for company_id in (closed.company_id, 999_999_999, None):
        with pytest.raises(NotAMember, match="is unknown, or role erp_writer is not a member of it"):
            factory.write_call("select * from erp_api.put_data(%s, %s)", [company_id, Jsonb(SENT)])


def test_R70_a_hostile_text_is_data(factory: Factory) -> None:
    text = "'; drop table erp.item; -- \u202e %s %1$s \\ \" 'NUT'"
    rows = factory.put(item=[{"item_code": text, "description": text, "tracking": text}, {"item_code": text + "2"}])
    assert [codes(row) for row in rows] == [["unknown_word"], []]
    assert rows[0].key == {"item_code": text}
    assert json.dumps(text, ensure_ascii=False)[1:-1].split("\\")[0] in rows[0].reasons[0]["message"]
