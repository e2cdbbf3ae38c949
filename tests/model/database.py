"""The same world in a database: loaded as a company of its own, called as an operator calls, and read by codes.

What `Company` answers compares with what the model answers, by `==`: rows of answers in the shape of `released`,
`restored`, `planned` and `undone` below, and the situation in the shape of `snapshot.py`.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from harness.dev.companies import insert_rows
from rilascio.loading import company as loader
from rilascio.loading.bad_rows import BadRows
from rilascio.loading.files import FILE, FILES
from rilascio.loading.reader import find_files, read_files
from rilascio.loading.sent_rows import ROWS_PER_CALL
from rilascio.testing import acting_as

from .model import Model
from .orders import Reason, ReleaseRow, RestoreRow
from .snapshot import Snapshot, in_order
from .stock import Movement
from .strategies import (
    TODAY,
    Book,
    Call,
    DropDeclarations,
    InsertDeclaration,
    PreviewRelease,
    PreviewRestore,
    Release,
    Restore,
    SetPeriod,
)
from .world import OpeningStock, OrderKey, World, write_csv

Answer = list[tuple[object, ...]]

NEVER = 9 * 10**18
"""Ids from here on stand for orders that never were."""


# What the model answers, as rows that a database can answer as well ---------------------------------------------------


def released(rows: Iterable[ReleaseRow]) -> Answer:
    return [
        (
            row.ordinal,
            row.key,
            row.outcome,
            row.record_count,
            row.movement_count,
            row.remainder,
            frozenset(row.reasons),
        )
        for row in rows
    ]


def restored(rows: Iterable[RestoreRow]) -> Answer:
    return [
        (row.ordinal, row.key, row.outcome, row.record_count, row.movement_count, row.merged, frozenset(row.reasons))
        for row in rows
    ]


def undone(rows: Iterable[RestoreRow]) -> Answer:
    return [(row.ordinal, row.key, row.outcome, row.movement_count, frozenset(row.reasons)) for row in rows]


def planned(rows: Iterable[ReleaseRow]) -> Answer:
    """A row per planned movement in the order of the lines, at least one per order."""
    answer: Answer = []
    for row in rows:
        of_order = (row.ordinal, row.key, row.outcome, row.feasible_quantity)
        movements = sorted(row.movements, key=lambda one: one.in_line_order)
        if not movements:
            answer.append((*of_order, *[None] * 10, frozenset(row.reasons)))
        for one in movements:
            answer.append(
                (
                    *of_order,
                    *of_movement(one),
                    frozenset(row.reasons),
                )
            )
    return answer


def of_movement(one: Movement) -> tuple[object, ...]:
    """What a preview tells of a movement."""
    return (
        one.material_line,
        one.item_code,
        one.variant_code,
        one.lot_code,
        one.location_code,
        one.warehouse_code,
        one.reason_code,
        one.resolved_by,
        one.quantity,
        one.available if one.quantity < 0 else None,
    )


def answer_of(call: Call, rows: list[ReleaseRow] | list[RestoreRow]) -> Answer:
    """The model's rows in the shape that `Company.carry_out` answers."""
    shape: Any = {Release: released, Restore: restored, PreviewRelease: planned, PreviewRestore: undone}
    return shape[type(call)](rows) if type(call) in shape else []


def reasons_of(text: str) -> frozenset[Reason]:
    """Reasons as the model has them; what is wrong with their form fails here."""
    reasons = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    for reason in reasons:
        assert reason.keys() == {*asdict(Reason("")), "location_code", "message", "hint"}, reason
        assert reason["message"], reason
        del reason["location_code"], reason["message"], reason["hint"]
    return frozenset(Reason(**reason) for reason in reasons)


# Loading --------------------------------------------------------------------------------------------------------------


@dataclass
class Database:
    """A connection to a deployed database, as superuser, and a role of its clients."""

    connection: psycopg.Connection
    operator: str
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(10**9, 10**4), repr=False)
    _tables: dict[str, set[str]] = field(default_factory=dict, repr=False)

    @contextmanager
    def company(
        self, world: World, *, by_loader: bool = False, rewrite: Callable[[Path], None] | None = None
    ) -> Iterator[Company]:
        """The world as a company, until the end of the block; then it was never there.

        Rows are inserted straight, with ids in an order that says nothing, or (slower) by the loader, from a folder
        that `rewrite` may change.
        """
        with self._loaded(world, by_loader, rewrite) as company_id:
            yield Company(self.connection, self.operator, company_id)

    @contextmanager
    def _loaded(self, world: World, by_loader: bool, rewrite: Callable[[Path], None] | None) -> Iterator[int]:
        with self.connection.transaction(force_rollback=True):
            # what the model has been through already: orders of any status, records with numbers
            self.connection.execute("select erp_internal.set_write_mode('maintenance')")
            company_id = self._load(world, rewrite) if by_loader else self._insert(world)
            self.connection.execute("select erp_internal.set_write_mode('')")
            self.connection.execute("insert into erp.company_member values (%s, %s)", (company_id, self.operator))
            yield company_id

    def _load(self, world: World, rewrite: Callable[[Path], None] | None) -> int:
        """By the loader, within this transaction."""
        with TemporaryDirectory() as folder, self.connection.transaction(), self.connection.cursor() as cursor:
            write_csv(world, Path(folder))
            if rewrite:
                rewrite(Path(folder))
            cursor.execute("set local role erp_owner")
            cursor.execute("set local search_path = pg_catalog, pg_temp")
            bad = BadRows()
            read = read_files(cursor, find_files(Path(folder), bad), bad, _silent)
            call = loader.LoadCall("erp_owner", Path(folder), "world", ROWS_PER_CALL)
            company_id = loader.make_company(cursor, call, read, bad, _silent).company_id
            temporary = "select c.oid::regclass::text from pg_class as c where c.relnamespace = pg_my_temp_schema()"
            tables = [name for (name,) in cursor.execute(f"{temporary} and c.relkind = 'r'").fetchall()]
            cursor.execute(f"drop table {', '.join(tables)} cascade".encode())
            cursor.execute("reset role; reset search_path")
        return company_id

    def _insert(self, world: World) -> int:
        """By the loader's description of the files, without its checks, in a tenth of its time."""
        if not self._tables:
            with self.connection.cursor(row_factory=tuple_row) as cursor:
                cursor.execute(
                    "select c.relname, array_agg(a.attname::text) from pg_class as c join pg_attribute as a"
                    " on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
                    " where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')"
                    " and not c.relispartition group by c.relname"
                )
                self._tables = {name: set(columns) for name, columns in cursor}
        first_id = next(self._ids)
        company_id = first_id // 10**4
        shuffle = random.Random(0)
        found: dict[str, dict[tuple[object, ...], dict[str, Any]]] = {}
        needs = {file.name: {reference.file for reference in file.references} - {file.name} for file in FILES}
        for name in TopologicalSorter(needs).static_order():
            file = FILE[name]
            rows = [{**asdict(row), "company_id": company_id} for row in getattr(world, name)]
            if name == "company":
                rows = [{**row, "company_code": str(company_id)} for row in rows]
            if name == "opening_stock":
                rows = self._opening_movements(world, company_id, first_id)
            if file.identity and name != "company":
                ids = list(range(first_id, first_id + len(rows)))
                shuffle.shuffle(ids)
                rows = [{**row, file.identity: one} for row, one in zip(rows, ids, strict=True)]
            found[name] = {tuple(row[column] for column in file.key): row for row in rows} if file.key else {}
            for row in rows:
                for reference in file.references:
                    key = tuple(row[column] for column in reference.columns)
                    for column, taken in reference.takes.items():
                        row[taken] = found[reference.file].get(key, {}).get(column)
            if name == "opening_stock":
                self._insert_rows("stock_record", _distinct(rows, "stock_record_id"))
                self._insert_rows("stock_record_counter", _counters(rows))
                self._insert_rows("stock_movement", rows)
            for table in file.tables:
                self._insert_rows(table, rows)
        self.connection.execute(
            "select erp_internal.refresh_job_orders(%s, array_agg(job_order_id)) from erp.job_order"
            " where company_id = %s having count(*) > 0",
            (company_id, company_id),
        )
        return company_id

    def _opening_movements(self, world: World, company_id: int, first_id: int) -> list[dict[str, Any]]:
        """The model numbers them as the loader does."""
        movements = Model(world, TODAY).movements
        records = {(row.warehouse_code, row.record_date, row.record_number): row for row in movements}
        ids = {key: first_id + place for place, key in enumerate(records)}
        return [
            {
                "company_id": company_id,
                "record_date": row.record_date,
                "stock_record_id": ids[(row.warehouse_code, row.record_date, row.record_number)],
                "record_number": row.record_number,
                "line": row.line,
                "warehouse_code": row.warehouse_code,
                "reason_code": row.reason_code,
                "item_code": row.item_code,
                "variant_code": row.variant_code,
                "lot_code": row.lot_code,
                "location_code": row.location_code,
                "quantity": row.quantity,
            }
            for row in movements
        ]

    def _insert_rows(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert what there is of the table's columns; those that no row fills have their defaults."""
        filled = {column for row in rows for column, value in row.items() if value is not None} & self._tables[table]
        if filled:
            insert_rows(self.connection, table, [{column: row[column] for column in sorted(filled)} for row in rows])


def _silent(step: str, done: int, whole: int) -> None:
    """No progress is told."""


def _distinct(rows: Iterable[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    return list({row[column]: row for row in rows}.values())


def _counters(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    last: dict[tuple[int, date], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["record_number"]):
        last[(row["warehouse_id"], row["record_date"])] = {**row, "last_number": row["record_number"]}
    return list(last.values())


# Calling --------------------------------------------------------------------------------------------------------------


@dataclass
class Company:
    """A company of the database. `padding` unknown orders go with every call but those that stand or fall together:
    many orders are planned anew by the database, few take plans that it has cached, and both must answer the same."""

    connection: psycopg.Connection
    operator: str
    company_id: int
    padding: int = 0
    _there: dict[int, OrderKey] = field(default_factory=dict)
    _keys: dict[int, OrderKey] = field(default_factory=dict)
    _ids: dict[OrderKey, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._look()

    def carry_out(self, call: Call) -> Answer:
        """Do one call; what it answers (nothing for what is no call of the API)."""
        match call:
            case Release():
                return self.release(call)
            case Restore():
                return self.restore(call)
            case PreviewRelease():
                return self.preview_release(call)
            case PreviewRestore():
                return self.preview_restore(call)
            case InsertDeclaration():
                self._execute(
                    "insert into erp.production_declaration"
                    " (company_id, production_order_id, phase, sub_phase, kind, declared_at)"
                    " select company_id, production_order_id, phase, sub_phase, 'opening', now()"
                    " from erp.production_order_phase where company_id = %s and production_order_id = %s"
                    " order by phase, sub_phase limit 1",
                    self.id_of(call.order),
                )
            case DropDeclarations():
                self._execute(
                    "delete from erp.production_declaration where company_id = %s and production_order_id = %s",
                    self.id_of(call.order),
                )
            case Book():
                self._book(call.stock)
            case SetPeriod():
                self.connection.execute(
                    "update erp.production_parameter set period_start = %s, period_end = %s where company_id = %s",
                    (call.start, call.end, self.company_id),
                )
        return []

    def _book(self, stock: OpeningStock) -> None:
        """Enter stock by hand, in write mode maintenance: a story also takes stock away, with a reason that loads."""
        self.connection.execute("select erp_internal.set_write_mode('maintenance')")
        self.connection.execute(
            """
            with place as (
                select w.company_id, w.warehouse_id, s.movement_reason_id, i.item_id, v.item_variant_id, t.lot_id,
                    l.location_id, %(record_date)s::date as record_date
                from erp.warehouse as w
                join erp.movement_reason as s using (company_id, warehouse_id)
                join erp.item as i using (company_id)
                left join erp.item_variant as v
                    on v.company_id = i.company_id and v.item_id = i.item_id and v.variant_code = %(variant_code)s
                left join erp.lot as t
                    on t.company_id = i.company_id and t.item_id = i.item_id and t.lot_code = %(lot_code)s
                    and t.item_variant_id is not distinct from v.item_variant_id
                left join erp.location as l
                    on l.company_id = w.company_id and l.warehouse_id = w.warehouse_id
                    and l.location_code = %(location_code)s
                where w.company_id = %(company)s and w.warehouse_code = %(warehouse_code)s
                    and s.reason_code = %(reason_code)s and i.item_code = %(item_code)s
            ),
            record as (
                insert into erp.stock_record
                    (company_id, record_date, warehouse_id, movement_reason_id)
                select company_id, record_date, warehouse_id, movement_reason_id from place
                returning stock_record_id
            )
            insert into erp.stock_movement (
                company_id, record_date, stock_record_id, line, warehouse_id, item_id, item_variant_id, lot_id,
                location_id, quantity
            )
            select company_id, record_date, stock_record_id, 1, warehouse_id, item_id, item_variant_id, lot_id,
                location_id, %(quantity)s
            from place, record""",
            {**asdict(stock), "company": self.company_id},
        )
        self.connection.execute("set constraints erp.stock_record_numbered immediate")
        self.connection.execute("set constraints erp.stock_record_numbered deferred")
        self.connection.execute("select erp_internal.set_write_mode('')")

    def release(self, call: Release) -> Answer:
        rows = self._ask(
            "select ordinal, order_id, order_year, order_number, order_lot, outcome, run_id, record_count,"
            " movement_count, remainder_order_id, reasons::text"
            " from erp_api.release_production_orders(%s, %s, %s, %s, %s, p_quantities => %s::numeric[])",
            *self._asked(call.orders, pad=not call.all_or_none),
            call.record_date or TODAY,
            call.on_shortage,
            call.all_or_none,
            self._chosen(call, pad=not call.all_or_none),
        )
        return self._answer(rows)

    def restore(self, call: Restore) -> Answer:
        rows = self._ask(
            "select ordinal, order_id, order_year, order_number, order_lot, outcome, run_id, record_count,"
            " movement_count, merged_order_id, reasons::text from erp_api.restore_production_orders(%s, %s, %s)",
            *self._asked(call.orders, pad=not call.all_or_none),
            call.all_or_none,
        )
        return self._answer(rows)

    def preview_release(self, call: PreviewRelease) -> Answer:
        rows = self._ask(
            "select ordinal, order_id, outcome, feasible_quantity, material_line, item_code, variant_code, lot_code,"
            " location_code, warehouse_code, reason_code, resolved_by, quantity, available_quantity, reasons::text"
            " from erp_api.preview_release(%s, %s, %s, %s, %s::numeric[])",
            *self._asked(call.orders),
            call.record_date or TODAY,
            call.on_shortage,
            self._chosen(call),
        )
        return [
            (ordinal, self._keys[order_id], *values, reasons_of(reasons))
            for ordinal, order_id, *values, reasons in rows
            if order_id in self._keys
        ]

    def preview_restore(self, call: PreviewRestore) -> Answer:
        rows = self._ask(
            "select ordinal, order_id, outcome, movement_count, reasons::text from erp_api.preview_restore(%s, %s)",
            *self._asked(call.orders),
        )
        return [
            (ordinal, self._keys[order_id], outcome, count, reasons_of(reasons))
            for ordinal, order_id, outcome, count, reasons in rows
            if order_id in self._keys
        ]

    def id_of(self, key: OrderKey) -> int:
        """The order's id: the present one, else the one it had, else one that no order has."""
        if key not in self._ids:
            self._ids[key] = NEVER + len(self._ids)
            self._keys[self._ids[key]] = key
        return self._ids[key]

    def _asked(self, keys: Sequence[OrderKey], *, pad: bool = True) -> tuple[int, list[int]]:
        ids = [self.id_of(key) for key in keys]
        return self.company_id, [*ids, *range(2 * NEVER // 3, 2 * NEVER // 3 + self.padding * pad)]

    def _chosen(self, call: Release | PreviewRelease, *, pad: bool = True) -> list[Decimal | None] | None:
        if not call.quantities:
            return None
        return [*(call.quantities.get(key) for key in call.orders), *[None] * (self.padding * pad)]

    def _answer(self, rows: list[tuple[Any, ...]]) -> Answer:
        there = set(self._there)
        self._look()
        assert len({row[6] for row in rows}) == 1
        answer: Answer = []
        for ordinal, order_id, *label, outcome, _, records, movements, other_id, reasons in rows:
            if order_id not in self._keys:  # it is padding
                assert (outcome, records, movements, other_id) == ("refused", 0, 0, None)
                assert reasons_of(reasons) == {Reason("order_not_found")}
                continue
            key = self._keys[order_id]
            assert tuple(label) == (key if order_id in there else (None,) * 3)
            other = None if other_id is None else self._keys[other_id]
            answer.append((ordinal, key, outcome, records, movements, other, reasons_of(reasons)))
        return answer

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with acting_as(self.connection, self.operator):
            return self.connection.execute(query.encode(), values).fetchall()

    def _execute(self, query: str, order_id: int) -> None:
        self.connection.execute(query.encode(), (self.company_id, order_id))

    def _look(self) -> None:
        """Learn which order has which id."""
        self._there = {row[0]: (row[1], row[2], row[3]) for row in self._rows(_ORDERS)}
        self._keys.update(self._there)
        self._ids.update({key: order_id for order_id, key in self._there.items()})

    # What is to be seen ---------------------------------------------------------------------------------------------

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), {"company": self.company_id}).fetchall()

    def snapshot(self) -> Snapshot:
        """The situation, as `Model.snapshot`."""
        return {part: in_order(self._rows(query)) for part, query in _SNAPSHOT.items()}

    def assert_sound(self) -> None:
        """What must hold of any database: the balance is the sum, a record names its order (R19)."""
        assert self._rows(_BALANCE_FAULTS) == []
        assert self._rows(_RECORD_FAULTS) == []

    def everything(self) -> dict[str, list[str]]:
        """R34, byte for byte: every row of the company but runs, history, counters and zeros, without `changed_…`."""
        tables = self._rows(
            "select c.relname from pg_class as c where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')"
            " and not c.relispartition and %(company)s is not null"
            " and c.relname !~ '^(removed_|run)' and c.relname <> 'stock_record_counter'"
        )
        return {
            table: sorted(
                row
                for (row,) in self._rows(
                    f"select (to_jsonb(t) - 'changed_at' - 'changed_by')::text from erp.{table} as t"
                    " where t.company_id = %(company)s" + " and t.on_hand <> 0" * (table == "stock_balance")
                )
            )
            for (table,) in tables
        }


_ORDERS = """
    select production_order_id, order_year, order_number, order_lot
    from erp.production_order where company_id = %(company)s"""

_PLACE = """
    left join erp.item as i on i.company_id = m.company_id and i.item_id = m.item_id
    left join erp.item_variant as v on v.company_id = m.company_id and v.item_variant_id = m.item_variant_id
    left join erp.lot as t on t.company_id = m.company_id and t.lot_id = m.lot_id
    left join erp.location as l on l.company_id = m.company_id and l.location_id = m.location_id
    left join erp.warehouse as w on w.company_id = m.company_id and w.warehouse_id = m.warehouse_id"""

_RECORDED = f"""
    from erp.stock_movement as m
    join erp.stock_record as r using (company_id, record_date, stock_record_id)
    join erp.movement_reason as s
        on s.company_id = r.company_id and s.movement_reason_id = r.movement_reason_id {_PLACE}"""

_SNAPSHOT = {
    "orders": """
        select o.order_year, o.order_number, o.order_lot, o.status, o.quantity, o.quantity_before,
            o.produced_quantity,
            (
                select count(*) from erp.production_declaration as d
                where d.company_id = o.company_id and d.production_order_id = o.production_order_id
            ),
            o.order_type, i.item_code, v.variant_code, o.level, o.start_date, o.end_date, j.job_year, j.job_number,
            o.project, o.firm, o.priority, w.warehouse_code, s.reason_code
        from erp.production_order as o
        join erp.item as i on i.company_id = o.company_id and i.item_id = o.item_id
        left join erp.item_variant as v on v.company_id = o.company_id and v.item_variant_id = o.item_variant_id
        left join erp.job_order as j on j.company_id = o.company_id and j.job_order_id = o.job_order_id
        left join erp.warehouse as w on w.company_id = o.company_id and w.warehouse_id = o.load_warehouse_id
        left join erp.movement_reason as s
            on s.company_id = o.company_id and s.movement_reason_id = o.load_movement_reason_id
        where o.company_id = %(company)s""",
    "phases": """
        select o.order_year, o.order_number, o.order_lot, f.phase, f.sub_phase, nullif(f.description, ''),
            f.department, f.work_center, f.machine, s.site_code, f.external, f.productive, f.movable
        from erp.production_order_phase as f
        join erp.production_order as o using (company_id, production_order_id)
        left join erp.site as s on s.company_id = f.company_id and s.site_id = f.machine_site_id
        where f.company_id = %(company)s""",
    "materials": f"""
        select o.order_year, o.order_number, o.order_lot, m.line, i.item_code, v.variant_code, m.unit_quantity, m.fixed,
            m.scrap_percent, m.picked_quantity, m.movable, m.phase, m.sub_phase, w.warehouse_code, s.reason_code,
            l.location_code, m.priority
        from (select x.*, null::bigint as lot_id from erp.production_order_material as x) as m
        join erp.production_order as o using (company_id, production_order_id)
        left join erp.movement_reason as s
            on s.company_id = m.company_id and s.movement_reason_id = m.movement_reason_id {_PLACE}
        where m.company_id = %(company)s""",
    "commitments": """
        select o.order_year, o.order_number, o.order_lot, c.line, t.lot_code, c.quantity
        from erp.material_lot as c
        join erp.production_order as o using (company_id, production_order_id)
        join erp.lot as t on t.company_id = c.company_id and t.lot_id = c.lot_id
        where c.company_id = %(company)s""",
    "balances": f"""
        select w.warehouse_code, i.item_code, v.variant_code, t.lot_code, l.location_code, m.on_hand
        from erp.stock_balance as m {_PLACE}
        where m.company_id = %(company)s and m.on_hand <> 0""",
    "jobs": "select job_year, job_number, status from erp.job_order where company_id = %(company)s",
    "movements": f"""
        select r.order_year, r.order_number, r.order_lot, r.record_date, w.warehouse_code, s.reason_code,
            r.record_number, m.line, i.item_code, v.variant_code, t.lot_code, l.location_code, m.quantity,
            m.material_line, m.resolved_by, m.counterpart, m.picking_type {_RECORDED}
        where m.company_id = %(company)s and r.production_order_id is not null""",
    "opening_movements": f"""
        select r.record_date, w.warehouse_code, s.reason_code, i.item_code, v.variant_code, t.lot_code,
            l.location_code, m.quantity {_RECORDED}
        where m.company_id = %(company)s and r.production_order_id is null""",
}

_BALANCE_FAULTS = """
    select * from (
        select warehouse_id, item_id, item_variant_id, lot_id, location_id, sum(quantity)
        from erp.stock_movement where company_id = %(company)s group by 1, 2, 3, 4, 5 having sum(quantity) <> 0
        except
        select warehouse_id, item_id, item_variant_id, lot_id, location_id, on_hand
        from erp.stock_balance where company_id = %(company)s
    ) as missing
    union all
    select * from (
        select warehouse_id, item_id, item_variant_id, lot_id, location_id, on_hand
        from erp.stock_balance where company_id = %(company)s and on_hand <> 0
        except
        select warehouse_id, item_id, item_variant_id, lot_id, location_id, sum(quantity)
        from erp.stock_movement where company_id = %(company)s group by 1, 2, 3, 4, 5
    ) as strange"""

_RECORD_FAULTS = """
    select r.stock_record_id
    from erp.stock_record as r
    join erp.production_order as o using (company_id, production_order_id)
    where r.company_id = %(company)s
        and (
            (r.order_year, r.order_number, r.order_lot, r.job_order_id, r.project)
            is distinct from (o.order_year, o.order_number, o.order_lot, o.job_order_id, o.project)
            or (r.production_declaration_id is null and r.run_id is distinct from o.release_run_id)
        )"""
