"""Checks of triggers: no hand changes what belongs to an order past the rules (R20)."""

from __future__ import annotations

import psycopg

from tests.catalog.security.common import Breach, Check, found


def rows_of_orders_open_to_hands(connection: psycopg.Connection) -> list[str]:
    """Tables that name an order, or what belongs to one, and the changes that no trigger of theirs judges.

    Who names an order is found by the foreign keys, from table to table. Each statement that may change such rows
    must fire a trigger, always or as origin, whose function protects.
    """
    return found(
        connection,
        """
        with recursive of_order as (
            select 'erp.production_order'::regclass::oid as oid
            union
            select o.conrelid
            from of_order as r
            inner join pg_constraint as o on o.confrelid = r.oid and o.contype = 'f'
            inner join pg_class as c on c.oid = o.conrelid
            where c.relnamespace = 'erp'::regnamespace and not c.relispartition
        )
        select r.oid::regclass || ': ' || e.name
        from of_order as r
        cross join (values (4, 'insert'), (8, 'delete'), (16, 'update')) as e (bit, name)
        where
            not exists (
                select
                from pg_trigger as t
                inner join pg_proc as p on p.oid = t.tgfoid
                where
                    t.tgrelid = r.oid and not t.tgisinternal and t.tgenabled in ('O', 'A')
                    and t.tgtype & e.bit > 0 and t.tgqual is null and p.proname like 'protect\\_%%'
            )
        order by 1
        """,
    )


CHECKS: list[Check] = [rows_of_orders_open_to_hands]

BREACHES: list[Breach] = [
    (
        rows_of_orders_open_to_hands,
        "drop trigger material_lot_update_protected on erp.material_lot",
        "erp.material_lot: update",
    ),
    (
        rows_of_orders_open_to_hands,
        "alter table erp.production_order_phase disable trigger production_order_phase_delete_protected",
        "erp.production_order_phase: delete",
    ),
    (
        rows_of_orders_open_to_hands,
        "create table erp.fresh (company_id integer, record_date date, stock_record_id bigint,"
        " foreign key (company_id, record_date, stock_record_id) references erp.stock_record"
        " (company_id, record_date, stock_record_id))",
        "erp.fresh: insert",
    ),
]
