"""Companies that share a database know nothing of each other (rules, "Who may")."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import scalar_row
from psycopg.types.json import Jsonb

from harness.dev.data_puts.kinds import KINDS
from harness.dev.data_readers import READ_ONLY
from rilascio.errors import NotAMember
from rilascio.testing import make_role
from tests.factory import MAIN, Factory, needs, order_document, order_key, outcomes, phase, report

LONG_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
"""Before it nothing happened but what was entered by hand."""

KEY = uuid.UUID(int=7)
NOBODYS = 777_999_999_999
"""An id that nothing has."""

THEIRS = "7770000"
"""How every id of the other company begins; a shorter word would be found in ids and moments of ours by chance."""


class Shop(NamedTuple):
    """A company in full swing: an order or a declaration of every kind."""

    factory: Factory
    launched: int
    scarce: int
    split: int
    executive: int
    declared: int
    closed: int
    opening: int
    progress: int
    done: int


def furnish(factory: Factory) -> Shop:
    """Give a company stock, rules and orders in every state."""
    factory.site("ROME")
    factory.job(1, site="ROME", customer="Rossi")
    factory.rule("finished", MAIN)
    factory.rule("scrap", MAIN)
    factory.location("A1")
    factory.location("A2", blocked=True)
    nut, glue, pin = (
        factory.item("NUT"),
        factory.item("GLUE", by_lot=True, lot_policy="expiry"),
        factory.item("PIN", "manual"),
    )
    factory.keep(nut, "A1")
    factory.keep(nut, "A2", priority=2)
    factory.stock(nut, 50, location="A1")
    factory.lot(glue, "G1", expiry_date=date(2098, 1, 1))
    factory.lot(glue, "G2", expiry_date=date(2097, 1, 1))
    for lot in ("G1", "G2"):
        factory.stock(glue, 9, lot=lot)
    factory.stock(pin, 70)
    materials = (needs(nut, 2), needs(glue, 1, lots={"G1": 1}), needs(pin, 1))
    factory.variant(nut, "RED")
    factory.stock(nut, 4, variant="RED")
    made = [factory.order(*materials, quantity=3, job=1, phases=[phase(10, site="ROME")]) for _ in range(4)]
    scarce = factory.order(needs(nut, 10), quantity=7)
    launched, executive, declared, closed = made
    assert outcomes(factory.release(executive, declared, closed, key=KEY)) == ["released"] * 3
    opening, progress = factory.declared(declared, report("opening"), report("progress", good=1, scrap=1))
    assert outcomes(factory.register(opening)) == ["registered"]
    split = factory.order(needs(nut, variant="RED"), quantity=6)
    assert outcomes(factory.release(split, launched, on_shortage="split")) == ["split", "released"]
    assert outcomes(factory.restore(launched)) == ["restored"]
    first, done = factory.declared(closed, report("opening"), report("closing", good=3))
    assert outcomes(factory.register(first, done)) == ["registered"] * 2
    factory.connection.execute(
        """
        insert into erp.run_row (company_id, run_id, ordinal, kind, place, key, outcome, reasons)
        select r.company_id, min(r.run_id), 1, 'item', 1, '{"item_code": "NUT"}', 'changed', '[]'
        from erp.run as r where r.company_id = %s and r.kind <> 'hand' group by r.company_id
        """,
        [factory.company_id],
    )
    with factory.maintenance():
        factory.connection.execute(
            """
            insert into erp.stock_document (company_id, document_key, record_date, note, digest, run_id)
            select r.company_id, 'GR-1', '2026-03-02', 'by lorry', sha256('nuts'), min(r.run_id)
            from erp.run as r where r.company_id = %s and r.kind <> 'hand' group by r.company_id
            """,
            [factory.company_id],
        )
    # what a commit would do: the run of what was entered by hand has its turn
    factory.connection.execute("set constraints all immediate; set constraints all deferred")
    with factory.maintenance():
        factory._execute(
            "update erp.run set started_at = %s where company_id = %s and kind = 'hand'",
            [LONG_SINCE - timedelta(days=1), factory.company_id],
        )
    factory.call("select from erp_api.next_runs(%s)", [factory.company_id])
    return Shop(factory, launched, scarce, split, executive, declared, closed, opening, progress, done)


def views(shop: Shop) -> list[str]:
    """Return the names of all views of the interface that show rows of companies, with their schemas."""
    connection = shop.factory.connection
    return [f"{schema}.{view}" for schema in ("erp_api", "erp_data") for view in company_views(connection, schema)]


def company_views(connection: psycopg.Connection, schema: str) -> list[str]:
    """Return the names of a schema's views whose rows name their company."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select c.relname::text from pg_class as c"
            " inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'company_id'"
            " where c.relnamespace = %s::regnamespace and c.relkind = 'v' order by 1",
            [schema],
        ).fetchall()


def named(connection: psycopg.Connection, schema: str, kinds: str) -> list[str]:
    """Return the names of a schema's tables or views."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select relname::text from pg_class where relnamespace = %s::regnamespace and relkind = any(%s)"
            " and not relispartition order by 1",
            [schema, list(kinds)],
        ).fetchall()


def contents(connection: psycopg.Connection, company_id: int) -> dict[str, list[str]]:
    """Return every row of a company, of every table, to the byte."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return {
            name: cursor.execute(
                sql.SQL("select t::text from erp.{} as t where t.company_id = %s order by 1").format(
                    sql.Identifier(name)
                ),
                [company_id],
            ).fetchall()
            for name in named(connection, "erp", "rp")
        }


def tables_with_locked_rows(connection: psycopg.Connection, company_id: int) -> list[str]:
    """Return the tables in which a row of a company is marked as locked."""
    locked = sql.SQL("select exists (select from erp.{} as t where t.company_id = %s and t.xmax <> 0)")
    with connection.cursor(row_factory=scalar_row) as cursor:
        return [
            name
            for name in named(connection, "erp", "rp")
            if cursor.execute(locked.format(sql.Identifier(name)), [company_id]).fetchone()
        ]


@contextmanager
def undone(connection: psycopg.Connection) -> Iterator[None]:
    """Undo what is done meanwhile, the sequences too, so that the same again gives the same ids."""
    marks = connection.execute(
        "select c.oid::regclass::text, pg_sequence_last_value(c.oid) from pg_class as c"
        " where c.relkind = 'S' and c.relnamespace = 'erp'::regnamespace"
    ).fetchall()
    assert marks
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("set local role erp_owner")
            yield
    finally:
        for name, mark in marks:
            connection.execute("select setval(%s::regclass, %s, %s)", [name, mark or 1, mark is not None])


def sent_data(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """Return what is there of every kind, with one row changed, one new and one refused."""
    data = {kind: shop.factory.data(kind) for kind in KINDS}
    data["item"][0] |= {"description": "sent"}
    data["item"].append({"item_code": "SENT", "uom": "KG"})
    data["lot"].append({"item_code": "SENT", "lot_code": "A"})
    return data


def sent_orders(shop: Shop) -> list[dict[str, Any]]:
    """Return orders of every status as they are there, with one changed, one new, one to be deleted and one refused."""
    ids = (shop.launched, shop.scarce, shop.executive, shop.split, shop.declared, shop.closed)
    documents = [
        {name: value for name, value in shop.factory.document(id).items() if name not in READ_ONLY["production_order"]}
        for id in ids
    ]
    documents[1] |= {"project": "SENT"}
    documents[2] |= {"quantity": 77}
    return [*documents, order_document(950, materials=documents[0]["materials"]), order_document(951, delete=True)]


def stock_documents(shop: Shop) -> list[dict[str, Any]]:
    """Return documents that load, issue for an order, count, and are known or refused."""
    sent = shop.factory.document(shop.executive)
    order = {"order_year": sent["order_year"], "order_number": sent["order_number"], "material_line": 1}
    nuts = {"warehouse_code": MAIN, "item_code": "NUT"}
    return [
        {"document_key": key, "record_date": "2026-03-02", "lines": [{**nuts, **line}]}
        for key, line in (
            ("SENT-1", {"reason_code": "LOA", "quantity": 5}),
            ("SENT-2", {"reason_code": "ISS", "quantity": 1, **order}),
            ("SENT-3", {"reason_code": "ISS", "load_reason_code": "LOA", "counted_quantity": 7}),
            ("SENT-4", {"reason_code": "ISS", "quantity": 99999}),
            ("GR-1", {"reason_code": "LOA", "quantity": 5}),
        )
    ]


CALLS: dict[str, Callable[[Shop], list[Any]]] = {
    "diagnose_configuration": lambda s: s.factory.call(
        "select * from erp_api.diagnose_configuration(%s, '2026-03-02')", [s.factory.company_id]
    ),
    "list_companies": lambda s: [
        row
        for row in s.factory.call("select * from erp_api.list_companies()")
        if row.company_id == s.factory.company_id
    ],
    "explain_material_source": lambda s: s.factory.call(
        "select * from erp_api.explain_material_source(%s, %s, 1)", [s.factory.company_id, s.launched]
    ),
    "next_runs": lambda s: s.factory.call("select * from erp_api.next_runs(%s)", [s.factory.company_id]),
    "order_ids": lambda s: s.factory.call(
        "select * from erp_api.order_ids(%s, %s)",
        [s.factory.company_id, sorted(f"{o.order_year}/{o.order_number}" for o in s.factory.select("release_grid"))],
    ),
    "order_feasibility": lambda s: s.factory.call(
        "select * from erp_api.order_feasibility(%s, %s)", [s.factory.company_id, [s.launched, s.scarce, s.executive]]
    ),
    "preview_release": lambda s: s.factory.preview(s.launched, s.scarce, on_shortage="split"),
    "release_production_orders": lambda s: s.factory.release(s.launched, s.scarce, s.closed, on_shortage="split"),
    "repeated": lambda s: s.factory.release(s.executive, s.declared, s.closed, key=KEY),
    "merge_remainders": lambda s: s.factory.merge(s.launched, s.split, s.closed),
    "preview_order_change": lambda s: s.factory.preview_change("close", s.split, s.declared, s.scarce, s.closed),
    "close_production_orders": lambda s: s.factory.close(s.split, s.declared, s.scarce, s.closed),
    "reopen_production_orders": lambda s: s.factory.reopen(s.split, s.executive, s.closed),
    "preview_restore": lambda s: s.factory.preview_restore(s.executive, s.split, s.declared, s.scarce),
    "restore_production_orders": lambda s: s.factory.restore(s.executive, s.split, s.declared, s.scarce),
    "preview_registration": lambda s: s.factory.preview_registration(s.progress, s.done),
    "register_declarations": lambda s: s.factory.register(s.progress, s.done),
    "rollback_declarations": lambda s: s.factory.roll_back(s.done, s.opening),
    "delete_declarations": lambda s: s.factory.undeclare(s.progress, s.done),
    "declare_production": lambda s: s.factory.declare(s.declared, report("closing", good=2, scrap=1)),
    "check_integrity": lambda s: s.factory.call("select * from erp_api.check_integrity(%s)", [s.factory.company_id]),
    "claim_configuration": lambda s: s.factory.write_call(
        "select erp_api.claim_configuration(%s)", [s.factory.company_id]
    ),
    "preview_data": lambda s: s.factory.preview_put(**sent_data(s)),
    "put_data": lambda s: s.factory.put(**sent_data(s)),
    "deleted": lambda s: s.factory.put(
        location=[{**row, "delete": True} for row in s.factory.data("location")],
        item=[{"item_code": "SENT", "tracking": "lot"}, {"item_code": "PIN", "uom": "KG"}],
    ),
    "preview_production_orders": lambda s: s.factory.preview_orders(*sent_orders(s)),
    "put_production_orders": lambda s: s.factory.put_orders(*sent_orders(s)),
    "preview_stock": lambda s: s.factory.preview_stock(*stock_documents(s)),
    "post_stock": lambda s: s.factory.post(*stock_documents(s)),
    "remove_stock": lambda s: s.factory.unpost("SENT-3", "SENT-1", "SENT-4"),
    "archive_production_orders": lambda s: s.factory.archive(s.scarce, s.declared, s.closed),
    "preview_archive_history": lambda s: s.factory.archive_call(
        "select * from erp_api.preview_archive_history(%s, %s)", [s.factory.company_id, LONG_SINCE]
    ),
    "archive_history": lambda s: s.factory.archive_call(
        "select * from erp_api.archive_history(%s, %s)", [s.factory.company_id, LONG_SINCE]
    ),
    "prune_request_keys": lambda s: s.factory.call("select erp_api.prune_request_keys(%s)", [s.factory.company_id]),
}
"""A call of every function, whose answer depends on every kind of row."""


def everything_told(shop: Shop) -> dict[str, list[Any]]:
    """Make every call, one after the other, and select every view before and after."""
    answer: dict[str, list[Any]] = {f"{view} before": selected(shop.factory, view) for view in views(shop)}
    answer |= {name: [tuple(row) for row in call(shop)] for name, call in CALLS.items()}
    return answer | {f"{view} after": selected(shop.factory, view) for view in views(shop)}


def test_R61_no_call_is_taken_for_work_by_hand(factory: Factory) -> None:
    shop = furnish(factory)
    by_hand = [run.run_id for run in factory.select("run_history", by_hand=True) if run.kind == "hand"]
    everything_told(shop)
    assert by_hand
    # the old one was archived
    after = [run.run_id for run in factory.select("run_history", by_hand=True) if run.kind == "hand"]
    assert set(after) < set(by_hand)


def selected(factory: Factory, view: str) -> list[tuple[Any, ...]]:
    """Return what a view tells of the company, in a fixed order."""
    return sorted(
        (tuple(row) for row in factory.call(f"select * from {view} where company_id = %s", [factory.company_id])),
        key=str,
    )


SABOTAGE = """
update erp.production_parameter set period_start = '2000-01-01', period_end = '2000-01-02', wip_management = true,
    split_on_shortage = not split_on_shortage, allow_negative_stock = not allow_negative_stock;
update erp.item set item_code = 'X' || item_code, description = 'theirs', uom = 'XX', quantity_decimals = 0,
    tracking = case tracking when 'lot' then 'none' else 'lot' end, phantom = not phantom;
update erp.item_mrp_parameter set picking_type = 'with_list', procurement_type = 'subcontract';
update erp.warehouse set warehouse_code = 'X' || warehouse_code, valid_until = '2001-01-01',
    allow_negative_stock = not allow_negative_stock, check_location = not check_location;
update erp.location set location_code = 'X' || location_code, blocked = not blocked;
update erp.movement_reason set direction = case direction when 'load' then 'issue' else 'load' end, reason_code = 'X'
    || left(reason_code, 2), usable_in_production = not usable_in_production;
update erp.warehouse_rule set issue_movement_reason_id = null, load_movement_reason_id = null;
update erp.item_location set priority = 1 - priority;
update erp.lot set lot_code = 'X' || lot_code, state = 'unavailable', closed = true, expiry_date = '2001-01-01';
update erp.site set site_code = 'X' || site_code;
update erp.job_order set customer = 'theirs', status = 'scheduled', supply_released = not supply_released;
update erp.production_order set quantity = quantity * 7, produced_quantity = 1, status = 'archived', project = 'theirs',
    order_number = order_number + 500;
update erp.production_order_phase set productive = not productive, movable = not movable, machine = 'theirs';
update erp.production_order_material set unit_quantity = 1000, picked_quantity = 1, movable = not movable;
update erp.material_lot set quantity = quantity + 1000;
update erp.material_lot_before_release set quantity = quantity + 1000;
update erp.production_declaration set good_quantity = 5000, lot_code = 'theirs', kind = 'suspension', note = 'theirs',
    registration_run_id = null, produced_quantity = 0, closed_order = false;
update erp.stock_record set record_number = record_number + 500, record_date = record_date - 5000;
update erp.stock_movement set quantity = -1000, record_date = record_date - 5000;
update erp.stock_balance set on_hand = case when lot_id is null then -5000 else 0 end;
update erp.stock_record_counter set last_number = 900;
update erp.stock_document set note = 'theirs', digest = sha256('theirs'), removal_run_id = run_id;
update erp.run set note = 'theirs', caller_role = 'theirs', arguments = '{}', kind = 'restore';
update erp.run_row set outcome = 'refused', reasons = '[{"code": "theirs"}]', key = '{"item_code": "theirs"}';
update erp.run_order set outcome = 'refused', reasons = '[{"code": "theirs"}]', movement_count = 77;
"""


@pytest.mark.parametrize("unlike", [False, True], ids=["like ours", "unlike ours"])
def test_R40_a_company_whose_ids_are_all_the_same_changes_nothing_for_ours(factory: Factory, unlike: bool) -> None:
    """Every key begins with the company: not even equal ids lead from one company into another, nor a common member."""
    shop = furnish(factory)
    connection = factory.connection
    connection.execute("reset role")
    with undone(connection):
        expected = everything_told(shop)
    assert {name for name, answer in expected.items() if not answer} <= {
        *("erp_api.lock_wait before", "erp_api.lock_wait after", "check_integrity", "next_runs")
    }
    assert {
        row[5] for name in ("release_production_orders", "restore_production_orders") for row in expected[name]
    } == {*("released", "split", "refused", "restored")}

    theirs = copied(connection, factory.company_id)
    if unlike:
        change(connection, theirs, SABOTAGE)
    before, locked_before = contents(connection, theirs), tables_with_locked_rows(connection, theirs)
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    with undone(connection):
        answer = everything_told(shop)
        after = contents(connection, theirs)
        assert tables_with_locked_rows(connection, theirs) == locked_before
    for name in expected:
        assert any_example(answer[name]) == any_example(expected[name]), name
    assert after == before


def test_R3_R40_R50_R61_what_becomes_of_an_order_of_the_same_id_in_another_company_is_no_matter(
    factory: Factory,
) -> None:
    """There it stays executive, by a run that nobody knows; and it was declared by the run that is to come here."""
    factory.variant("BIKE", "RED")
    pin = factory.item("PIN", "manual")
    factory.stock(pin, 9)
    order = factory.order(needs(pin), variant="RED", job=factory.job(1), phases=[phase(10)])
    idle = factory.order()
    assert outcomes(factory.release(order)) == ["released"]
    connection = factory.connection
    connection.execute("reset role")
    theirs = copied(connection, factory.company_id)
    change(
        connection,
        theirs,
        "update erp.production_order set release_run_id = case when release_run_id is not null then 1 end;\n"
        "update erp.run_order set outcome = 'declared', run_id = nextval('erp.run_run_id_seq') + 1,"
        f" production_order_id = {idle};\n",
    )
    before, untouched = contents(connection, theirs), factory.order_row(idle)
    assert before["released_material"]

    factory.undeclare(*factory.declared(order, report("opening")))
    assert factory.order_row(idle) == untouched
    assert outcomes(factory.restore(order)) == ["restored"]
    assert factory.job_status(1) == "launched"
    assert [row.variant_code for row in factory.select("release_grid", order)] == ["RED"]
    assert factory.put_order(order_key(factory.document(order), materials=[])).outcome == "changed"
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []
    assert contents(connection, theirs) == before


def any_example(told: Any) -> Any:
    """Return what was told, whichever of the rows that name something is the example: the first one in the table, where
    rows of what was rolled back have left room."""
    if isinstance(told, str):
        return re.sub(r"such as .*", "such as one of them", told)
    if isinstance(told, dict):
        return {key: any_example(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [any_example(value) for value in told]
    return told


def copied(connection: psycopg.Connection, company_id: int) -> int:
    """Copy a company, row by row, under another id and code; return the id."""
    theirs = company_id + 1_000_000
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        for name in named(connection, "erp", "rp"):
            connection.execute(
                sql.SQL(
                    "insert into erp.{0} select r.* from erp.{0} as t cross join lateral"
                    " jsonb_populate_record(null::erp.{0}, to_jsonb(t) || jsonb_build_object('company_id', {1}::int)"
                    " || case when to_jsonb(t) ? 'company_code' then '{{\"company_code\": \"THEIRS\"}}' else '{{}}' end"
                    "::jsonb) as r where t.company_id = {2}"
                ).format(sql.Identifier(name), theirs, company_id)
            )
        connection.execute("set local session_replication_role = origin")
    return theirs


def change(connection: psycopg.Connection, company_id: int, script: str) -> None:
    """Run the updates of a script on the rows of a company, with all guards asleep."""
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        for statement in script.split(";\n")[:-1]:
            assert connection.execute(f"{statement} where company_id = {company_id}".encode()).rowcount > 0, statement
        connection.execute("set local session_replication_role = origin")


# --- what is asked of another company --------------------------------------------------------------------------------


class Foreigners(NamedTuple):
    """Our company, another one, and a role that is a member of ours alone."""

    ours: Shop
    theirs: Shop
    role: str

    def ask(self, query: str, arguments: Sequence[Any], *known: int) -> str:
        """Call as our member and tell all of the answer or of the error, but for the ids named; undo what it did."""
        connection = self.ours.factory.connection
        with undone(connection):
            try:
                with connection.transaction():
                    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(self.role)))
                    answer = str(connection.execute(query.encode(), arguments).fetchall())
            except psycopg.Error as error:
                answer = str({name: getattr(error.diag, name) for name in DIAGNOSTICS})
        for id in known:
            answer = answer.replace(str(id), "N")
        return answer


DIAGNOSTICS = [name for name in dir(psycopg.errors.Diagnostic) if not name.startswith("_")]


@pytest.fixture
def foreigners(factory: Factory) -> Foreigners:
    """Make both companies; the ids of the other one are such that no other number looks like them."""
    connection = factory.connection
    connection.execute("reset role")
    ours, theirs = make_role(connection, "erp_operator"), make_role(connection, "erp_operator")
    for role in (ours, theirs):
        connection.execute(sql.SQL("grant erp_writer, erp_archivist to {}").format(sql.Identifier(role)))
    mine = furnish(Factory(connection, ours, "OURS", member=ours))
    connection.execute("reset role")
    for name in named(connection, "erp", "S"):
        connection.execute(
            sql.SQL("alter sequence erp.{} restart with {}").format(
                sql.Identifier(name), 777_000_000 if name.startswith("company_") else 777_000_000_000
            )
        )
    other = furnish(Factory(connection, theirs, "THEIRS", member=theirs))
    connection.execute("reset role")
    for name in named(connection, "erp", "S"):
        connection.execute("select setval(%s::regclass, 500000)", [f"erp.{name}"])
    return Foreigners(mine, other, ours)


class Function(NamedTuple):
    """A function of the interface and its arguments: those that must be given, and all."""

    name: str
    needed: list[str]
    arguments: list[str]

    def call(self, company_id: int, ids: Sequence[int], **more: Any) -> tuple[str, list[Any]]:
        """Return its call for some orders or declarations."""
        given = {
            "p_company_id": company_id,
            "p_order_ids": list(ids),
            "p_declaration_ids": list(ids),
            # numbers are of the company named
            "p_orders": ["2026/1"]
            if self.name == "order_ids"
            else Jsonb([{"order_year": 2026, "order_number": 960, "item_code": "BIKE", "quantity": 1}]),
            "p_order_id": ids[0],
            "p_material_line": 1,
            "p_change": "close",
            "p_before": LONG_SINCE,
            "p_declarations": Jsonb([{"order_id": id, "phase": 10, "kind": "opening"} for id in ids]),
            "p_data": Jsonb({"item": [{"item_code": "NUT", "description": "new"}]}),
            "p_documents": Jsonb([{"document_key": "GR-2", "note": "new"}]),
            "p_document_keys": ["GR-1"],
            **more,
        }
        named = [name for name in self.arguments if name in self.needed or name in more]
        return (
            f"select * from erp_api.{self.name}({', '.join(f'{name} => %s' for name in named)})",
            [given[name] for name in named],
        )


def functions(connection: psycopg.Connection) -> list[Function]:
    """Return every function of the interface."""
    rows = connection.execute(
        "select proname::text, proargnames[:pronargs - pronargdefaults], proargnames[:pronargs] from pg_proc"
        " where pronamespace = 'erp_api'::regnamespace order by 1"
    ).fetchall()
    assert len(rows) > 10
    return [Function(*row) for row in rows]


def test_every_function_is_called_here(rilascio: psycopg.Connection) -> None:
    assert {function.name for function in functions(rilascio)} == set(CALLS) - {"repeated", "deleted"}


def test_R8_what_another_company_has_is_as_unknown_as_what_nobody_has(foreigners: Foreigners) -> None:
    """By every function, alone and among our own, answers and errors are the same to the letter."""
    ours, theirs = foreigners.ours, foreigners.theirs
    asked = 0
    for function in functions(ours.factory.connection):
        of_declarations = "p_declaration_ids" in function.arguments
        if of_declarations:
            foreign, own = [theirs.opening, theirs.progress, theirs.done], [ours.progress, ours.done]
        elif {"p_order_ids", "p_order_id", "p_declarations"} & set(function.arguments):
            foreign = [theirs.launched, theirs.scarce, theirs.split, theirs.executive, theirs.declared, theirs.closed]
            own = [ours.launched, ours.executive]
        else:
            continue
        for id in foreign:
            for ids, nobodys in (([id], [NOBODYS]), ([own[0], id, own[1]], [own[0], NOBODYS, own[1]])):
                answer = foreigners.ask(*function.call(ours.factory.company_id, ids), id)
                assert THEIRS not in answer, function.name
                assert answer == foreigners.ask(*function.call(ours.factory.company_id, nobodys), NOBODYS), (
                    function.name
                )
                asked += 1
    assert asked > 60


def test_R61_another_companys_id_gets_the_answer_of_one_that_nobody_has(foreigners: Foreigners) -> None:
    ours, theirs = foreigners.ours, foreigners.theirs
    company_id = theirs.factory.company_id
    for function in functions(ours.factory.connection):
        if not function.arguments:  # it asks of no company, and lists the caller's
            assert "THEIRS" not in foreigners.ask(*function.call(company_id, [theirs.launched]))
            continue
        for id in (theirs.launched, theirs.progress, ours.launched):
            answer = foreigners.ask(*function.call(company_id, [id]), company_id)
            assert "'sqlstate': 'PR004'" in answer
            assert answer == foreigners.ask(*function.call(777_999_999, [id]), 777_999_999), function.name


def test_R60_another_companys_request_key_is_a_new_key(foreigners: Foreigners) -> None:
    """Whether it stands for the same call there, or for another one."""
    ours, theirs = foreigners.ours, foreigners.theirs
    key = uuid.UUID(int=8)
    theirs.factory.connection.execute("set local role erp_owner")
    theirs.factory.release(ours.launched, key=key)
    theirs.factory.connection.execute("reset role")
    taking = [one for one in functions(ours.factory.connection) if "p_request_key" in one.arguments]
    assert len(taking) == 14
    for function in taking:
        ids = [ours.progress] if "p_declaration_ids" in function.arguments else [ours.launched]
        answer = foreigners.ask(*function.call(ours.factory.company_id, ids, p_request_key=key))
        fresh = foreigners.ask(*function.call(ours.factory.company_id, ids, p_request_key=uuid.UUID(int=9)))
        assert "sqlstate" not in answer
        assert answer == fresh, function.name


def test_R51_a_lot_of_another_company_is_not_ours(factory: Factory) -> None:
    """A lot code that only another company has is a new lot, and that company's stays as it is."""
    closed = Factory(factory.connection, factory.operator, "THEIRS")
    closed.item("BOAT", procurement="production", by_lot=True)
    closed.lot("BOAT", "L1", start_date=date(2021, 1, 1))
    before = contents(factory.connection, closed.company_id)
    factory.item("BOAT", procurement="production", by_lot=True)
    factory.rule("finished", MAIN)
    order = factory.order(item="BOAT", phases=[phase(10)])
    factory.release(order)
    ids = factory.declared(order, report("opening"), report("closing", good=1, lot_code="L1"))
    assert outcomes(factory.register(*ids)) == ["registered", "registered"]
    [lot] = factory.table("lot")
    assert (lot["lot_code"], lot["start_date"] == "2021-01-01") == ("L1", False)
    assert contents(factory.connection, closed.company_id) == before


def test_R40_no_view_tells_anything_of_another_company(foreigners: Foreigners) -> None:
    ours, theirs = foreigners.ours, foreigners.theirs
    for view in views(ours):
        answer = foreigners.ask(f"select * from {view}", [])
        assert "sqlstate" not in answer
        assert view == "erp_api.lock_wait" or str(ours.factory.company_id) in answer
        assert THEIRS not in answer, view
        assert theirs.factory.operator not in answer, view
        nobodys = foreigners.ask(f"select * from {view} where company_id = %s", [theirs.factory.company_id])
        assert nobodys == "[]"


def test_R43_a_view_whose_rows_name_no_company_reads_no_table(foreigners: Foreigners) -> None:
    connection = foreigners.ours.factory.connection
    others = [
        f"{schema}.{view}"
        for schema in ("erp_api", "erp_data")
        for view in set(named(connection, schema, "v")) - set(company_views(connection, schema))
    ]
    assert others == ["erp_api.reason_code"]
    read = connection.execute(
        "select d.refobjid::regclass::text from pg_rewrite as r"
        " inner join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid"
        " where r.ev_class = %s::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class",
        others,
    )
    assert read.fetchall() == []
    answer = foreigners.ask("select * from erp_api.reason_code", [])
    assert "period_closed" in answer
    assert THEIRS not in answer


def test_R40_a_function_in_a_condition_sees_no_row_of_another_company(foreigners: Foreigners) -> None:
    """However cheap it says it is, it is asked of nothing but what the view shows."""
    connection = foreigners.ours.factory.connection
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(foreigners.role)))
    connection.execute("create temporary table seen (view_name text, told text)")
    connection.execute(
        "create function pg_temp.peep(p_view text, p_row text) returns boolean language plpgsql cost 0.0000001 as"
        " 'begin insert into pg_temp.seen values (p_view, p_row); return true; end'"
    )
    shown = [view for view in views(foreigners.ours) if view != "erp_api.lock_wait"]
    for view in shown:
        for column in ("v.company_id::text", "v::text"):
            connection.execute(f"select count(*) from {view} as v where pg_temp.peep(%s, {column})".encode(), [view])
    seen = connection.execute("select view_name, told from pg_temp.seen").fetchall()
    assert {view for view, _ in seen} == set(shown)
    assert [answer for _, answer in seen if THEIRS in answer] == []


# --- who is a member -------------------------------------------------------------------------------------------------


def companies(connection: psycopg.Connection) -> set[str]:
    """Return the codes of the companies that the acting role sees."""
    return {row[0] for row in connection.execute("select company_code from erp_api.my_companies").fetchall()}


def test_R61_membership_goes_through_roles_and_ends_with_them(factory: Factory) -> None:
    """Also through a role that does not inherit."""
    connection = factory.connection
    connection.execute("reset role")
    group, team, person = (make_role(connection, "erp_operator") for _ in range(3))
    connection.execute(f"alter role {team} noinherit; grant {group} to {team}; grant {team} to {person}".encode())
    shop = Factory(connection, person, "TEAMWORK", member=group)
    order = shop.order()

    assert outcomes(shop.release(order)) == ["released"]
    shop.operator = group
    assert len(shop.select("restore_grid")) == 1

    connection.execute("reset role")
    connection.execute(f"revoke {group} from {team}".encode())
    shop.operator = person
    connection.execute("set local role erp_owner")
    assert shop.select("restore_grid") == []
    with pytest.raises(NotAMember, match="is not a member"):
        shop.restore(order)
    shop.operator = group
    connection.execute("set local role erp_owner")
    assert outcomes(shop.restore(order)) == ["restored"]
    connection.execute("delete from erp.company_member where company_id = %s", [shop.company_id])
    with pytest.raises(NotAMember, match="is not a member"):
        shop.restore(order)


def test_R61_who_acts_under_one_of_its_roles_has_the_companies_of_that_role_alone(factory: Factory) -> None:
    connection = factory.connection
    connection.execute("reset role")
    first, second, person = (make_role(connection, "erp_operator") for _ in range(3))
    connection.execute(f"grant {first}, {second} to {person}".encode())
    for code, role in (("FIRST", first), ("SECOND", second), ("NOBODYS", "someone who is gone")):
        Factory(connection, person, code, member=role)
        connection.execute("reset role")
    connection.execute(f"set local session authorization {person}".encode())
    assert companies(connection) == {"FIRST", "SECOND"} | {"ACME"}
    connection.execute(f"set local role {first}".encode())
    assert companies(connection) == {"FIRST", "ACME"}
    connection.execute(f"set local role {second}".encode())
    assert companies(connection) == {"SECOND", "ACME"}
    connection.execute("set local role none")
    assert companies(connection) == {"FIRST", "SECOND"} | {"ACME"}
    connection.execute("set local session authorization default")


def test_R61_a_members_function_or_view_lends_its_membership_to_nobody(foreigners: Foreigners) -> None:
    """Who reads and acts is the role that asks, not the owner of what it asks through. Only a function that says so
    (security definer) reads as its owner; nothing acts as another."""
    ours, theirs, role = foreigners
    connection = ours.factory.connection
    member = theirs.factory.operator
    connection.execute(f"create schema lending authorization {member}".encode())
    connection.execute(f"set local role {member}".encode())
    connection.execute(
        "create view lending.company as table erp_api.my_companies;"
        "create function lending.companies() returns setof text language sql security definer as"
        " 'select company_code from erp_api.my_companies';"
        "create function lending.restore() returns setof text language sql security definer as"
        f" 'select outcome from erp_api.restore_production_orders({theirs.factory.company_id}, array[{theirs.split}])';"
        "grant usage on schema lending to public; grant select on lending.company to public"
    )
    assert connection.execute("select outcome from lending.restore() as r (outcome)").fetchall() == [("restored",)]
    connection.execute("reset role")
    assert foreigners.ask("select company_code from lending.company order by 1", []) == "[('ACME',), ('OURS',)]"
    assert foreigners.ask("select lending.companies() order by 1", []) == "[('ACME',), ('THEIRS',)]"
    assert "PR004" in foreigners.ask("select lending.restore()", [])
    assert role != member


def test_R43_a_company_that_is_made_while_a_member_of_every_other_one_reads_is_not_shown(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    """Neither by what is still being read, nor by a statement that was prepared when there was no such company."""
    factory, observer = committed
    ours = [factory.order() for _ in range(3)]
    dsn = rilascio_login("erp_reader")
    factory.connection.execute("reset role")
    login = str(conninfo_to_dict(dsn)["user"])
    for (company_id,) in factory.connection.execute("select company_id from erp.company").fetchall():
        factory.connection.execute("insert into erp.company_member values (%s, %s)", [company_id, login])
    factory.connection.commit()
    with psycopg.connect(dsn, autocommit=True, row_factory=scalar_row) as reader:
        reader.execute("prepare orders as select order_id from erp_api.release_grid order by order_id")
        reader.execute("set plan_cache_mode = force_generic_plan")
        assert reader.execute("execute orders").fetchall() == ours
        with reader.transaction(), reader.cursor("reading") as reading:
            reading.execute("select order_id from erp_api.release_grid order by order_id")
            first = reading.fetchone()
            Factory(factory.connection, "erp_operator", "LATER", member="erp_operator").order()
            factory.connection.commit()
            assert [first, *reading.fetchall()] == ours
        assert reader.execute("execute orders").fetchall() == ours
    count = observer.execute("select count(*) from erp.production_order").fetchone()
    assert count == (len(ours) + 1,)


def test_R42_only_who_is_no_member_of_some_company_has_each_row_looked_at(factory: Factory) -> None:
    def looks() -> list[int]:
        """Return how often it was asked which companies a row may be of, before the query of a member was answered."""
        [(plan,)] = factory.call("explain (analyze, verbose, format json) select count(*) from erp_api.release_grid")
        asking = [node for node in all_nodes(plan[0]["Plan"]) if "company_flags" in str(node.get("Output"))]
        return [node["Actual Loops"] for node in asking]

    factory.order()
    assert set(looks()) == {0}
    Factory(factory.connection, factory.operator, "THEIRS", member="somebody else")
    assert max(looks()) == 1


def all_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from all_nodes(child)


# --- what plans tell -------------------------------------------------------------------------------------------------

NAMES = {
    "company": ["company_code", "description"],
    "item": ["item_code", "item_class", "description", "uom"],
    "item_variant": ["variant_code"],
    "job_order": ["job_type", "customer"],
    "location": ["location_code"],
    "lot": ["lot_code"],
    "movement_reason": ["reason_code"],
    "production_declaration": ["lot_code", "note"],
    "production_order": ["order_type", "project", "firm", "created_by", "changed_by"],
    "production_order_phase": ["description", "department", "work_center", "machine"],
    "removed_stock_movement": ["lot_code"],
    "run": ["session_role", "caller_role", "application_name", "note"],
    "site": ["site_code"],
    "warehouse": ["warehouse_code"],
}
"""Columns of free text, by table."""

PROBES = ["< 'M'", "< any('{M}')", "is null"]
"""Predicates that PostgreSQL takes for cheap and tight-lipped, and so may ask before a policy."""

COUNTS = ("Actual Rows", "Actual Loops", "Rows Removed by Filter", "Rows Removed by Join Filter")

STEPS = ("Node Type", "Relation Name", "Index Name", "Index Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter")
"""What says how a plan goes about it: figures of two plans that go about it in other ways say nothing."""


def named_after(letter: str) -> str:
    """Return a script that lets every free text begin with a letter, for `change`."""
    return "".join(
        f"update erp.{table} set "
        + ", ".join(f"{column} = '{letter}' || substr(coalesce({column}, 'x'), 2)" for column in columns)
        + ";\n"
        for table, columns in NAMES.items()
    )


def steps_and_counts(plan: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return how a plan goes about it and what it tells of rows, node by node."""
    answer = [(tuple(plan.get(step) for step in STEPS), tuple(plan.get(count) for count in COUNTS))]
    return answer + [one for child in plan.get("Plans", ()) for one in steps_and_counts(child)]


def plans(dsn: str, settings: Sequence[str]) -> dict[str, list[Any]]:
    """Return what the plans tell of rows to a login that spells out every text of every view."""
    answer = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        texts = connection.execute(
            "select c.oid::regclass::text, a.attname::text from pg_class as c"
            " inner join pg_attribute as a on a.attrelid = c.oid"
            " where c.relnamespace::regnamespace::text in ('erp_api', 'erp_data') and c.relkind = 'v'"
            " and a.atttypid = 'text'::regtype"
            " and c.relname <> 'lock_wait' and a.attnum > 0"
        ).fetchall()
        assert len(texts) > 50
        # what is switched off is dear to the planner, so dear that a server with LLVM would compile every plan
        for setting in [*settings, "jit"]:
            connection.execute(f"set {setting} = off".encode())
        # who of several workers reads which rows is chance
        connection.execute("set max_parallel_workers_per_gather = 0")
        for view, column in texts:
            for probe in PROBES:
                query = f"select * from {view} where {column} {probe}"
                row = connection.execute(f"explain (analyze, format json, timing off) {query}".encode()).fetchone()
                assert row is not None
                answer[query] = steps_and_counts(row[0][0]["Plan"])
    return answer


@pytest.mark.parametrize(
    "settings",
    [
        ["enable_indexscan", "enable_bitmapscan", "enable_nestloop"],
        ["enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"],
    ],
    ids=["whole tables", "by index"],
)
def test_R43_no_plan_tells_the_texts_of_another_company(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str], settings: list[str]
) -> None:
    """Who spells out a text by `<` sees in EXPLAIN how many rows a filter let through: of its own companies alone."""
    factory, observer = committed
    furnish(factory)
    connection = factory.connection
    connection.execute("reset role")
    theirs = copied(connection, factory.company_id)
    dsn = rilascio_login("erp_reader")
    login = str(conninfo_to_dict(dsn)["user"])
    connection.execute("delete from erp.company_member where company_id = %s", [theirs])
    connection.execute("insert into erp.company_member values (%s, %s)", [factory.company_id, login])
    for table in named(connection, "erp", "r"):  # new statistics in between would make other plans
        connection.execute(f"alter table erp.{table} set (autovacuum_enabled = false)".encode())
    connection.commit()

    def name(company_id: int, *letters: str) -> None:
        for letter in letters:
            change(connection, company_id, named_after(letter))
            connection.commit()
            for table in NAMES:  # so that plans stay as they are, and joins that end at the first match find it as soon
                cluster(observer, table)

    name(theirs, "Z", "A", "Z")
    later = plans(dsn, settings)
    name(theirs, "A")
    compared, answer = compare(plans(dsn, settings), later)
    assert compared > 0.5 * len(later)
    assert answer == []
    name(factory.company_id, "A")
    compared, answer = compare(plans(dsn, settings), later)
    assert compared > 0.5 * len(later)
    assert answer


def cluster(observer: psycopg.Connection, table: str) -> None:
    """Write a table anew in the order of its key, without the old versions of its rows.

    While somebody may still see these, such as a session that is just beginning, they stay, and plans cost more.
    """
    counts = f"""
        select sum(c.reltuples), (select count(*) from erp.{table})
        from pg_class as c
        where
            c.relkind = 'r' and (
                c.oid = 'erp.{table}'::regclass
                or c.oid in (select p.relid from pg_partition_tree('erp.{table}') as p)
            )
    """
    deadline = monotonic() + 120
    while monotonic() < deadline:
        observer.execute(f"cluster erp.{table} using {table}_pkey".encode())
        row = observer.execute(counts.encode()).fetchone()
        if row and row[0] == row[1]:
            return
    pytest.fail(f"old rows of {table} stayed")


def compare(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> tuple[int, list[str]]:
    """Count the queries whose plans go about it in the same way, as a table that grows may change it, and name those of
    them that tell other figures."""
    same = [query for query in one if [steps for steps, _ in one[query]] == [steps for steps, _ in other[query]]]
    return len(same), [query for query in same if one[query] != other[query]]
