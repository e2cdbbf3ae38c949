"""A company for the benchmark, made by set-based SQL in an empty database.

2,000 material items, three quarters of them automatic, half purchased and half produced; each order has two phases
and eight materials, six of them automatic. Warehouses come from company rules. Scenarios:

* `plain`: nothing else, and stock for everything;
* `rich`: half of the items have 5 to 10 lots each (fifo), a quarter has an item rule whose issue reason has a
  counterpart warehouse, the orders belong to job orders of three sites, each with a raw material warehouse of its own;
* `scarce`: like `rich`, with stock for the first half of the orders only.
"""

from __future__ import annotations

from typing import Any

import psycopg

SCENARIOS = ("plain", "rich", "scarce")

COMPANY_ID = 1

# Warehouses: 1 raw material, 2 semi-finished, 3 work in progress, 11 to 13 raw material of a site.
# Warehouse w has the reasons 10 w + 1 (issue) and 10 w + 2 (load); 29 is an issue from 2 with counterpart 3.
CONFIGURATION = """
insert into erp.company (company_id, company_code) values (1, 'BENCH');
insert into erp.company_member (company_id, member_role) values (1, 'erp_operator');
insert into erp.production_parameter (company_id, period_start, period_end)
values (1, current_date - 400, current_date + 400);

insert into erp.site (company_id, site_id, site_code) select 1, s, 'SITE' || s from generate_series(1, 3) as s;

insert into erp.warehouse (company_id, warehouse_id, warehouse_code, site_id)
values (1, 1, 'RAW', null), (1, 2, 'SEMI', null), (1, 3, 'WIP', null),
    (1, 11, 'RAW1', 1), (1, 12, 'RAW2', 2), (1, 13, 'RAW3', 3);

insert into erp.movement_reason (company_id, movement_reason_id, warehouse_id, reason_code, direction)
select 1, w.warehouse_id * 10 + r.number, w.warehouse_id, r.code, r.direction
from erp.warehouse as w
cross join (values (1, 'ISS', 'issue'), (2, 'LD', 'load')) as r (number, code, direction);
insert into erp.movement_reason (
    company_id, movement_reason_id, warehouse_id, reason_code, direction, counterpart_warehouse_id,
    counterpart_movement_reason_id
)
values (1, 29, 2, 'TR', 'issue', 3, 32);

insert into erp.warehouse_rule (
    company_id, level, section, warehouse_id, issue_movement_reason_id, load_movement_reason_id
)
values (1, 'company', 'raw_material', 1, 11, 12), (1, 'company', 'semi_finished', 2, 21, 22);
"""

# Item numbers divisible by 4 are not automatic; `place` counts the automatic ones from 0.
_ITEMS = """
create temporary table benchmark_item as
select
    i as item_id,
    i % 4 <> 0 as automatic,
    i / 4 * 3 + i % 4 - 1 as place,
    case when i % 4 <> 0 then (i / 4 * 3 + i % 4 - 1) % 2 = 0 else i % 16 < 8 end as purchased,
    %(rich)s and i % 4 <> 0 and (i / 4 * 3 + i % 4 - 1) / 4 % 2 = 0 as by_lot,
    %(rich)s and i % 4 <> 0 and (i / 4 * 3 + i % 4 - 1) % 4 = 1 as with_counterpart
from generate_series(1, 2000) as i;

insert into erp.item (company_id, item_id, item_code, description, tracking)
select 1, i.item_id, 'M' || lpad(i.item_id::text, 4, '0'), 'Material', case when i.by_lot then 'lot' else 'none' end
from benchmark_item as i
union all
select 1, 2000 + p, 'P' || lpad(p::text, 4, '0'), 'Product', 'none'
from generate_series(1, 50) as p;

insert into erp.item_mrp_parameter (company_id, item_id, picking_type, procurement_type)
select
    1, i.item_id,
    case when i.automatic then 'automatic' when i.item_id % 8 = 0 then 'with_list' else 'manual' end,
    case when i.purchased then 'purchase' else 'production' end
from benchmark_item as i;

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, i.item_id, 'L' || lpad(l::text, 2, '0'), current_date - 60 - l
from benchmark_item as i
cross join lateral generate_series(1, 5 + i.place % 6) as l
where i.by_lot;

insert into erp.warehouse_rule (company_id, level, item_id, section, warehouse_id, issue_movement_reason_id)
select 1, 'item', i.item_id, 'semi_finished', 2, 29
from benchmark_item as i
where i.with_counterpart;

insert into erp.warehouse_rule (company_id, level, site_id, section, warehouse_id, issue_movement_reason_id)
select 1, 'site', s, 'raw_material', 10 + s, (10 + s) * 10 + 1
from generate_series(1, 3) as s
where %(rich)s;
"""

_ORDERS = """
insert into erp.job_order (company_id, job_order_id, job_year, job_number, site_id, status)
select 1, j, 2026, j, 1 + j % 3, 'launched'
from generate_series(1, (%(orders)s + 9) / 10) as j
where %(rich)s;

insert into erp.production_order (
    company_id, order_year, order_number, item_id, quantity, start_date, end_date, job_order_id
)
select
    1, 2026, n, 2001 + n % 50, 10 + n % 91, current_date, current_date + 10,
    case when %(rich)s then (n + 9) / 10 end
from generate_series(1, %(orders)s) as n
order by n;

insert into erp.production_order_phase (company_id, production_order_id, phase, description, machine)
select 1, o.production_order_id, p, 'Phase', 'MACHINE'
from erp.production_order as o
cross join (values (10), (20)) as v (p)
order by o.production_order_id, p;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, scrap_percent, phase, sub_phase
)
select
    1, o.production_order_id, k,
    case
        when k <= 6 then d.number % 1500 / 3 * 4 + d.number % 3 + 1
        when k = 7 then 8 * (1 + d.number % 250)
        else 8 * (d.number % 250) + 4
    end,
    1 + d.number % 5 * 0.5, case when k % 3 = 0 then 5 else 0 end, case when k % 2 = 0 then 20 else 10 end, 0
from erp.production_order as o
cross join generate_series(1, 8) as k
cross join lateral (select (hashint8extended(o.order_number, k) & 1073741823)::integer as number) as d
order by o.production_order_id, k;
"""

_STOCK = """
create temporary table benchmark_stock as
with source as (
    select i.*, w.warehouse_id
    from benchmark_item as i
    cross join erp.warehouse as w
    where
        i.automatic
        and case
            when not i.purchased then w.warehouse_id = 2
            when %(rich)s then w.warehouse_id > 10
            else w.warehouse_id = 1
        end
),

need as (
    select
        m.item_id,
        case when not i.purchased then 2 when %(rich)s then 10 + j.site_id else 1 end as warehouse_id,
        sum(round(m.unit_quantity * o.quantity * (1 + m.scrap_percent / 100), 3)) as quantity
    from erp.production_order as o
    inner join erp.production_order_material as m using (company_id, production_order_id)
    inner join benchmark_item as i on i.item_id = m.item_id
    left join erp.job_order as j on j.company_id = o.company_id and j.job_order_id = o.job_order_id
    where i.automatic and (not %(scarce)s or o.order_number <= %(orders)s / 2)
    group by 1, 2
)

select
    s.warehouse_id, s.item_id, l.lot_id,
    case
        when %(scarce)s then ceil(coalesce(n.quantity, 0) * 1000 / count(*) over item) / 1000
        else ceil(coalesce(n.quantity, 0) * 1.2 / count(*) over item) + 100
    end as quantity
from source as s
left join need as n on n.warehouse_id = s.warehouse_id and n.item_id = s.item_id
left join erp.lot as l on l.company_id = 1 and l.item_id = s.item_id
window item as (partition by s.warehouse_id, s.item_id);

with record as (
    insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
    select distinct 1, current_date - 30, s.warehouse_id, s.warehouse_id * 10 + 2
    from benchmark_stock as s
    returning company_id, record_date, stock_record_id, warehouse_id
)

insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, quantity)
select
    r.company_id, r.record_date, r.stock_record_id,
    row_number() over (partition by r.warehouse_id order by s.item_id, s.lot_id),
    r.warehouse_id, s.item_id, s.lot_id, s.quantity
from benchmark_stock as s
inner join record as r on r.warehouse_id = s.warehouse_id
where s.quantity > 0
order by r.warehouse_id, s.item_id, s.lot_id;

drop table benchmark_item, benchmark_stock;
"""


def build(connection: psycopg.Connection[Any], scenario: str, orders: int) -> None:
    """Make the company of a scenario with so many launched orders, in an empty deployed database."""
    parameters = {"orders": orders, "rich": scenario != "plain", "scarce": scenario == "scarce"}
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        for statements in (CONFIGURATION, _ITEMS, _ORDERS, _STOCK):
            cursor.execute(statements.replace(" % ", " %% "), parameters)
