"""What must hold of a company at any quiet moment, asked of the tables themselves and of no routine that wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from rilascio.errors import HarnessError

Totals = Mapping[tuple[int, int, int], Decimal]
"""The quantity of all lots of an order, by company, year and number."""

# All records that runs ever made, in force or removed.
_RECORDS = """
with every_record as (
    select r.company_id, r.record_date, r.stock_record_id, r.warehouse_id, r.record_number, r.production_order_id,
        r.production_declaration_id, r.run_id, null::bigint as removal_run_id,
        (
            select count(*)
            from erp.stock_movement as m
            where m.company_id = r.company_id and m.record_date = r.record_date
                and m.stock_record_id = r.stock_record_id
        ) as movements
    from erp.stock_record as r
    union all
    select r.company_id, r.record_date, r.stock_record_id, r.warehouse_id, r.record_number, r.production_order_id,
        r.production_declaration_id, r.run_id, r.removal_run_id,
        (
            select count(*)
            from erp.removed_stock_movement as m
            where m.company_id = r.company_id and m.record_date = r.record_date
                and m.stock_record_id = r.stock_record_id
        )
    from erp.removed_stock_record as r
)
"""

# What movements add up to at the end of each day on which a place moved; a lot counts wherever it lies, and a location
# only where its warehouse checks by location and both flags do not allow less than nothing.
BELOW_ZERO = """
select m.company_id, m.warehouse_id, m.item_id, m.lot_id, m.location_id, m.record_date, m.on_hand
from (
    select
        m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, p.location_id, m.record_date,
        sum(sum(m.quantity)) over (
            partition by m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, p.location_id
            order by m.record_date
        ) as on_hand,
        m.lot_id is null and bool_and(w.allow_negative_stock and c.allow_negative_stock) as allowed
    from erp.stock_movement as m
    inner join erp.warehouse as w using (company_id, warehouse_id)
    inner join erp.production_parameter as c using (company_id)
    cross join lateral (
        select case when w.check_location or m.lot_id is not null then m.location_id end as location_id
    ) as p
    group by m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, p.location_id, m.record_date
) as m
where m.on_hand < 0 and not m.allowed
"""

INVARIANTS: Mapping[str, str] = {
    "The balance is the sum of the movements": """
        select *
        from (
            select company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id, sum(quantity) as difference
            from (
                select company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id, quantity
                from erp.stock_movement
                union all
                select company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id, -on_hand
                from erp.stock_balance
            ) as both_sides
            group by 1, 2, 3, 4, 5, 6
        ) as compared
        where difference <> 0
    """,
    "Stock is below zero nowhere where that is forbidden": BELOW_ZERO,
    "A record number is given once per warehouse and day": _RECORDS
    + """
        select company_id, warehouse_id, record_date, record_number, count(*)
        from every_record
        group by 1, 2, 3, 4
        having count(*) > 1
    """,
    "No record number is above its counter": _RECORDS
    + """
        select r.company_id, r.warehouse_id, r.record_date, r.record_number, c.last_number
        from every_record as r
        left join erp.stock_record_counter as c using (company_id, warehouse_id, record_date)
        where c.last_number is null or r.record_number > c.last_number
    """,
    "An order is released once more than restored if it is executive or closed, else as often": """
        select o.company_id, o.production_order_id, o.status, coalesce(r.balance, 0) as balance
        from erp.production_order as o
        full join (
            select company_id, production_order_id,
                count(*) filter (where outcome in ('released', 'split'))
                - count(*) filter (where outcome = 'restored') as balance
            from erp.run_order
            group by 1, 2
        ) as r using (company_id, production_order_id)
        where
            case
                -- a remainder that was merged back; if it was asked besides, it is called restored without a release
                when o.production_order_id is null then r.balance not in (-1, 0)
                else coalesce(r.balance, 0) <> case when o.status in ('executive', 'closed') then 1 else 0 end
            end
    """,
    "The release in force of an order is its last, and its records are those in force": """
        select o.company_id, o.production_order_id, o.status, o.release_run_id, r.stock_record_id, r.run_id
        from erp.production_order as o
        left join erp.stock_record as r
            on r.company_id = o.company_id and r.production_order_id = o.production_order_id
            and r.production_declaration_id is null
        where (o.release_run_id is not null) <> (o.status in ('executive', 'closed'))
            or r.run_id is distinct from o.release_run_id and r.stock_record_id is not null
    """,
    "The history has every record that a run says it made": _RECORDS
    + """
        select o.company_id, o.run_id, o.ordinal, o.outcome, o.record_count, o.movement_count, r.records, r.movements
        from erp.run_order as o
        cross join lateral (
            select count(*) as records, coalesce(sum(r.movements), 0) as movements
            from every_record as r
            where r.company_id = o.company_id and r.run_id = o.run_id
                and r.production_order_id = o.production_order_id
                and r.production_declaration_id is not distinct from o.production_declaration_id
        ) as r
        where o.outcome in ('released', 'split', 'registered')
            and (r.records <> o.record_count or r.movements <> o.movement_count)
    """,
    "The history has every record that a run says it removed": _RECORDS
    + """
        select o.company_id, o.run_id, o.ordinal, o.outcome, o.record_count, o.movement_count, r.records, r.movements
        from erp.run_order as o
        cross join lateral (
            select count(*) as records, coalesce(sum(r.movements), 0) as movements
            from every_record as r
            where r.company_id = o.company_id and r.removal_run_id = o.run_id
                and r.production_order_id = o.production_order_id
                and r.production_declaration_id is not distinct from o.production_declaration_id
        ) as r
        where o.outcome in ('restored', 'rolled_back')
            and (r.records <> o.record_count or r.movements <> o.movement_count)
    """,
    "Nothing was made or removed but by what a run answered": _RECORDS
    + """
        select r.company_id, r.stock_record_id, r.run_id, r.removal_run_id
        from every_record as r
        where r.run_id is not null and not exists (
            select
            from erp.run_order as o
            where o.company_id = r.company_id and o.run_id = r.run_id
                and o.production_order_id = r.production_order_id
                and o.outcome in ('released', 'split', 'registered')
        )
        or r.removal_run_id is not null and not exists (
            select
            from erp.run_order as o
            where o.company_id = r.company_id and o.run_id = r.removal_run_id
                and o.production_order_id = r.production_order_id
                and o.outcome in ('restored', 'rolled_back')
        )
    """,
    "Every run has answered for each of its orders, in their order": """
        select r.company_id, r.run_id, r.kind, count(o.ordinal), r.unknown_count
        from erp.run as r
        left join erp.run_order as o using (company_id, run_id)
        group by 1, 2, 3, 5
        having count(o.ordinal) + r.unknown_count < greatest(max(o.ordinal), 1)
    """,
    "A declaration is there if it was declared and not deleted, registered if registered and not rolled back": """
        select r.company_id, r.production_declaration_id, d.registration_run_id, r.there, r.registered
        from (
            select company_id, production_declaration_id,
                count(*) filter (where outcome = 'declared') - count(*) filter (where outcome = 'deleted') as there,
                count(*) filter (where outcome = 'registered')
                - count(*) filter (where outcome = 'rolled_back') as registered
            from erp.run_order
            where outcome in ('declared', 'deleted', 'registered', 'rolled_back')
            group by 1, 2
        ) as r
        full join erp.production_declaration as d using (company_id, production_declaration_id)
        where r.there is distinct from (d.company_id is not null)::integer
            or r.registered is distinct from (d.registration_run_id is not null)::integer
    """,
    "The records in force of a declaration are those of its registration": """
        select r.company_id, r.stock_record_id, r.run_id, d.production_declaration_id, d.registration_run_id
        from erp.stock_record as r
        inner join erp.production_declaration as d using (company_id, production_declaration_id)
        where r.run_id is distinct from d.registration_run_id
    """,
    "An order is closed while the registration that closed it is in force": """
        select o.company_id, o.production_order_id, o.status
        from erp.production_order as o
        where (o.status = 'closed') <> exists (
            select
            from erp.production_declaration as d
            where d.company_id = o.company_id and d.production_order_id = o.production_order_id
                and d.registration_run_id is not null and d.closed_order
        )
    """,
    "The produced quantity is what the registrations in force counted": """
        select o.company_id, o.production_order_id, o.produced_quantity, d.produced_quantity as counted
        from erp.production_order as o
        cross join lateral (
            select coalesce(sum(d.produced_quantity), 0) as produced_quantity
            from erp.production_declaration as d
            where d.company_id = o.company_id and d.production_order_id = o.production_order_id
                and d.registration_run_id is not null
        ) as d
        where o.produced_quantity <> d.produced_quantity
    """,
    "The declarations of a phase begin with its one opening, and nothing comes after its closing": """
        select company_id, production_order_id, phase, production_declaration_id, kind
        from (
            select *,
                row_number() over phase_in_order as place,
                count(*) over (partition by company_id, production_order_id, phase, sub_phase) as in_all
            from erp.production_declaration
            window phase_in_order as (
                partition by company_id, production_order_id, phase, sub_phase
                order by declared_at, production_declaration_id
            )
        ) as declared
        where (kind = 'opening') <> (place = 1) or kind = 'closing' and place < in_all
    """,
    "Only executive and closed orders have declarations": """
        select o.company_id, o.production_order_id, o.status
        from erp.production_order as o
        inner join erp.production_declaration as d using (company_id, production_order_id)
        where o.status not in ('executive', 'closed')
    """,
    "The state of a job order follows from its orders": """
        select j.company_id, j.job_order_id, j.status
        from erp.job_order as j
        cross join lateral (
            select bool_or(o.status in ('executive', 'closed')) as executive, bool_or(o.status = 'launched') as launched
            from erp.production_order as o
            where o.company_id = j.company_id and o.job_order_id = j.job_order_id
        ) as o
        where j.status <> case
            when j.supply_released or o.executive then 'executive' when o.launched then 'launched' else 'scheduled'
        end
    """,
}
"""Each invariant as a sentence, with the query whose rows break it."""

EXAMPLES = 3


def order_totals(connection: psycopg.Connection[Any]) -> Totals:
    """Return what the orders are for, all lots together: no split and no merge may change it."""
    rows = connection.execute(
        "select company_id, order_year, order_number, sum(quantity) from erp.production_order group by 1, 2, 3"
    ).fetchall()
    return {(company_id, year, number): quantity for company_id, year, number, quantity in rows}


def broken_invariants(connection: psycopg.Connection[Any], before: Totals) -> list[str]:
    """Return a sentence for each invariant that does not hold; `before` are the totals before the first call."""
    defects = []
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        for sentence, query in INVARIANTS.items():
            rows = cursor.execute(query).fetchall()
            if rows:
                defects.append(_sentence(sentence, rows))
    now = order_totals(connection)
    changed = [
        f"order {key}: {before.get(key)}, now {now.get(key)}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
    if changed:
        defects.append(_sentence("The lots of an order number add up to what was ordered", changed))
    return defects + _findings_of_the_product(connection)


def _findings_of_the_product(connection: psycopg.Connection[Any]) -> list[str]:
    """Ask the product's own check too."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(
            "select c.company_id, f.code, f.finding_count, f.examples"
            " from erp.company as c cross join erp_api.check_integrity(c.company_id) as f"
        ).fetchall()
    return [_sentence("The product's own check finds nothing", rows)] if rows else []


def fail_on_defects(defects: list[str]) -> None:
    """Fail with the first of the sentences and how many there are."""
    if defects:
        more = f" And {len(defects) - 1} more." if len(defects) > 1 else ""
        raise HarnessError(f"{defects[0]}{more}", "This is a defect of the product: report it with the seed.")


def _sentence(sentence: str, rows: list[Any]) -> str:
    examples = "; ".join(str(row).removeprefix("Row") for row in rows[:EXAMPLES])
    return f"“{sentence}” does not hold ({len(rows):,} found, as {examples})."
