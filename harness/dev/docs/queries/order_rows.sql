-- All rows that tell of a production order and of its other lots: what it is, what it moved, what is remembered of it.
-- Besides, the balances of its items and the counters of the day. Whatever is left out is master data.
with own_order as (
    select
        o.company_id,
        o.production_order_id,
        o.job_order_id,
        o.item_id
    from erp.production_order as o
    where o.order_year = %(order_year)s and o.order_number = %(order_number)s
),

own_item as (
    select
        o.company_id,
        o.item_id
    from own_order as o
    union
    select
        m.company_id,
        m.item_id
    from erp.production_order_material as m
    where m.production_order_id in (select o.production_order_id from own_order as o)
),

own_run as (
    select distinct
        r.company_id,
        r.run_id
    from erp.run_order as r
    where r.order_year = %(order_year)s and r.order_number = %(order_number)s
)

select
    'production_order' as table_name,
    to_json(t) as row_value
from erp.production_order as t
where t.order_year = %(order_year)s and t.order_number = %(order_number)s
union all
select
    'production_order_phase',
    to_json(t)
from erp.production_order_phase as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'production_order_material',
    to_json(t)
from erp.production_order_material as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'material_lot',
    to_json(t)
from erp.material_lot as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'job_order',
    to_json(t)
from erp.job_order as t
where t.job_order_id in (select o.job_order_id from own_order as o)
union all
select
    'run',
    to_json(t)
from erp.run as t
where t.run_id in (select r.run_id from own_run as r)
union all
select
    'run_order',
    to_json(t)
from erp.run_order as t
where t.order_year = %(order_year)s and t.order_number = %(order_number)s
union all
select
    'production_order_split',
    to_json(t)
from erp.production_order_split as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'released_material',
    to_json(t)
from erp.released_material as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'material_lot_before_release',
    to_json(t)
from erp.material_lot_before_release as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'production_declaration',
    to_json(t)
from erp.production_declaration as t
where t.production_order_id in (select o.production_order_id from own_order as o)
union all
select
    'stock_record',
    to_json(t)
from erp.stock_record as t
where t.record_date = %(record_date)s
union all
select
    'stock_movement',
    to_json(t)
from erp.stock_movement as t
where t.record_date = %(record_date)s
union all
select
    'stock_balance',
    to_json(t)
from erp.stock_balance as t
where t.item_id in (select i.item_id from own_item as i)
union all
select
    'stock_record_counter',
    to_json(t)
from erp.stock_record_counter as t
where t.record_date = %(record_date)s
union all
select
    'removed_stock_record',
    to_json(t)
from erp.removed_stock_record as t
where t.order_year = %(order_year)s and t.order_number = %(order_number)s
union all
select
    'removed_stock_movement',
    to_json(t)
from erp.removed_stock_movement as t
where t.stock_record_id in (
    select r.stock_record_id
    from erp.removed_stock_record as r
    where r.order_year = %(order_year)s and r.order_number = %(order_number)s
)
