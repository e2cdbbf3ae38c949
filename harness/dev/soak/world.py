"""Two small companies where everything is scarce and everybody wants the same, for calls that meet.

Each has the materials BOLT (plain), STEEL (by lots, fifo, some of them committed), GEAR (with a counterpart
warehouse) and FRAME (a product of its own orders), all automatic, and PAINT and OIL (by lots), manual; the products
FRAME (by lots) and BIKE (made of frames); orders in two phases, three to a job order. Stock covers about half of what
the orders ask.

Company 1 checks STEEL by location. Company 2 splits on shortage, works with WIP management, transfers manual materials
at release, and lets RAW go below zero.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from rilascio.deployment import deploy
from rilascio.postgres import Server

DATABASE = "soak"

OPERATOR = "soak_operator"

COMPANIES = (1, 2)

PHASES = (10, 20)

DAYS = 2
"""Record dates lie so many days around today."""

# Ids of company c begin at 100 c: warehouses RAW, SEMI, WIP, FIN, SCR are 1 to 5, their reasons 10 w + 1 (issue) and
# 10 w + 2 (load); 29 is an issue from SEMI with counterpart SCR.
_CONFIGURATION = """
insert into erp.company (company_id, company_code) values (%(c)s, 'SOAK' || %(c)s);
-- and who watches over the soak
insert into erp.company_member (company_id, member_role) values (%(c)s, 'erp_operator'), (%(c)s, session_user);
insert into erp.production_parameter (
    company_id, wip_management, split_on_shortage, transfer_manual_to_wip, allow_negative_stock,
    over_production_percent, period_start, period_end
)
values (%(c)s, %(c)s = 2, %(c)s = 2, %(c)s = 2, %(c)s = 2, 10, current_date - 400, current_date + 400);

insert into erp.warehouse (company_id, warehouse_id, warehouse_code, allow_negative_stock, check_location)
select %(c)s, %(base)s + w.id, w.code, w.code = 'RAW', w.code = 'RAW' and %(c)s = 1
from (values (1, 'RAW'), (2, 'SEMI'), (3, 'WIP'), (4, 'FIN'), (5, 'SCR')) as w (id, code);

insert into erp.location (company_id, location_id, warehouse_id, location_code)
select %(c)s, %(base)s + n, %(base)s + 1, 'A' || n
from generate_series(1, 2) as n;

insert into erp.movement_reason (company_id, movement_reason_id, warehouse_id, reason_code, direction)
select %(c)s, %(base)s * 10 + w * 10 + r.number, %(base)s + w, r.code, r.direction
from generate_series(1, 5) as w
cross join (values (1, 'ISS', 'issue'), (2, 'LD', 'load')) as r (number, code, direction);
insert into erp.movement_reason (
    company_id, movement_reason_id, warehouse_id, reason_code, direction, counterpart_warehouse_id,
    counterpart_movement_reason_id
)
values (%(c)s, %(base)s * 10 + 29, %(base)s + 2, 'TR', 'issue', %(base)s + 5, %(base)s * 10 + 52);

insert into erp.item (company_id, item_id, item_code, quantity_decimals, tracking)
select %(c)s, %(base)s + i.id, i.code, i.decimals, i.tracking
from (
    values (1, 'BOLT', 0, 'none'), (2, 'STEEL', 3, 'lot'), (3, 'GEAR', 0, 'none'), (4, 'FRAME', 0, 'lot'),
        (5, 'PAINT', 3, 'none'), (6, 'OIL', 3, 'lot'), (7, 'BIKE', 0, 'none')
) as i (id, code, decimals, tracking);
insert into erp.item_mrp_parameter (company_id, item_id, picking_type, procurement_type)
select %(c)s, %(base)s + i, case when i in (5, 6) then 'manual' else 'automatic' end,
    case when i in (3, 4, 7) then 'production' else 'purchase' end
from generate_series(1, 7) as i;
insert into erp.item_location (company_id, item_id, warehouse_id, location_id, priority)
select %(c)s, %(base)s + i, %(base)s + 1, %(base)s + 1, 1
from unnest(array[1, 5]) as i;

insert into erp.warehouse_rule (
    company_id, level, section, warehouse_id, issue_movement_reason_id, semi_finished_issue_movement_reason_id,
    load_movement_reason_id
)
select %(c)s, 'company', r.section, %(base)s + r.w, %(base)s * 10 + r.w * 10 + 1,
    case when r.section = 'wip' then %(base)s * 10 + r.w * 10 + 1 end, %(base)s * 10 + r.w * 10 + 2
from (values ('raw_material', 1), ('semi_finished', 2), ('wip', 3), ('finished', 4), ('scrap', 5)) as r (section, w)
where r.section <> 'wip' or %(c)s = 2;
insert into erp.warehouse_rule (
    company_id, level, item_id, section, warehouse_id, issue_movement_reason_id, load_movement_reason_id
)
values (%(c)s, 'item', %(base)s + 3, 'semi_finished', %(base)s + 2, %(base)s * 10 + 29, %(base)s * 10 + 22);

insert into erp.lot (company_id, lot_id, item_id, lot_code, start_date)
select %(c)s, %(base)s + i * 10 + l, %(base)s + i, 'L' || l, current_date - 90 + l
from unnest(array[2, 4, 6]) as i
cross join generate_series(1, 3) as l;
select setval(pg_get_serial_sequence('erp.lot', 'lot_id'), 1000, false);
"""

# Odd numbers make FRAME (level 2), even ones BIKE.
_ORDERS = """
insert into erp.job_order (company_id, job_order_id, job_year, job_number, status)
select %(c)s, %(base)s + j, 2026, j, 'launched'
from generate_series(0, %(orders)s / 3) as j;

insert into erp.production_order (
    company_id, order_year, order_number, item_id, quantity, level, start_date, end_date, job_order_id
)
select %(c)s, 2026, n, %(base)s + case n %% 2 when 0 then 7 else 4 end, 3 + n %% 5, 1 + n %% 2,
    current_date, current_date + 10, %(base)s + n / 3
from generate_series(1, %(orders)s) as n
order by n;

insert into erp.production_order_phase (company_id, production_order_id, phase, description)
select o.company_id, o.production_order_id, p, 'Phase'
from erp.production_order as o
cross join unnest(%(phases)s::integer[]) as p
where o.company_id = %(c)s;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, fixed, scrap_percent, phase, sub_phase
)
select o.company_id, o.production_order_id, m.line, %(base)s + m.i, m.unit_quantity, m.fixed, m.scrap_percent,
    case when m.line %% 2 = 0 then 10 end, case when m.line %% 2 = 0 then 0 end
from erp.production_order as o
cross join (
    values (1, 1, 4, false, 0), (2, 2, 1.5, false, 5), (3, 3, 2, false, 0), (4, 4, 1, false, 0),
        (5, 5, 0.5, false, 0), (6, 6, 0.25, true, 10)
) as m (line, i, unit_quantity, fixed, scrap_percent)
where o.company_id = %(c)s and (m.i <> 4 or o.order_number %% 2 = 0);

insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
select o.company_id, o.production_order_id, 2, %(base)s + 2, %(base)s + 21 + o.order_number %% 3, 1.25
from erp.production_order as o
where o.company_id = %(c)s and o.order_number %% 4 = 0;
"""

# Half of what all orders together need, of each item, in one load record of its warehouse.
_STOCK = """
with need as (
    select m.item_id, sum(m.unit_quantity * o.quantity) / 2 as quantity
    from erp.production_order as o
    inner join erp.production_order_material as m using (company_id, production_order_id)
    where o.company_id = %(c)s
    group by m.item_id
),

place as (
    select
        n.item_id - %(base)s as i, w.id as w, n.item_id, l.lot_id, p.location_id,
        ceil(n.quantity / count(*) over (partition by n.item_id, w.id)) as quantity
    from need as n
    inner join unnest(array[1, 1, 2, 2, 1, 1]) with ordinality as v (raw, i) on v.i = n.item_id - %(base)s
    cross join lateral (
        select v.raw as id
        union
        select 3
        where %(c)s = 2
    ) as w
    left join erp.lot as l on l.company_id = %(c)s and l.item_id = n.item_id
    left join erp.location as p
        on p.company_id = %(c)s and w.id = 1 and (n.item_id = %(base)s + 2 or p.location_id = %(base)s + 1)
),

record as (
    insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
    select distinct %(c)s, current_date - 30, %(base)s + p.w, %(base)s * 10 + p.w * 10 + 2
    from place as p
    returning company_id, record_date, stock_record_id, warehouse_id
)

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, location_id, quantity
)
select
    r.company_id, r.record_date, r.stock_record_id,
    row_number() over (partition by r.warehouse_id order by p.item_id, p.lot_id, p.location_id),
    r.warehouse_id, p.item_id, p.lot_id, p.location_id, p.quantity
from place as p
inner join record as r on r.warehouse_id = %(base)s + p.w;
"""


def create_companies(running: Server, orders: int) -> None:
    """Make the database of a throwaway server, with the companies and a login that may act in both."""
    with psycopg.connect(running.dsn(), autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    deploy(running.dsn(DATABASE))
    with psycopg.connect(running.dsn(DATABASE), autocommit=True) as connection:
        build(connection, orders)
        connection.execute(sql.SQL("create role {} login in role erp_operator").format(sql.Identifier(OPERATOR)))


def build(connection: psycopg.Connection[Any], orders: int) -> None:
    """Make the companies with so many launched orders each, in an empty deployed database."""
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        for company_id in COMPANIES:
            parameters = {"c": company_id, "base": company_id * 100, "orders": orders, "phases": list(PHASES)}
            for statements in (_CONFIGURATION, _ORDERS, _STOCK):
                cursor.execute(statements, parameters)
        # whoever builds them within a transaction of its own reads the numbers too
        cursor.execute("set constraints erp.stock_record_numbered immediate")
        cursor.execute("set constraints erp.stock_record_numbered deferred")
