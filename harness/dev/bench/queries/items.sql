-- Item numbers divisible by 4 are not automatic; `automatic_number` counts the automatic ones from 0.
create temporary table benchmark_item as
select
    i as item_id,
    mod(i, 4) <> 0 as automatic,
    i / 4 * 3 + mod(i, 4) - 1 as automatic_number,
    case when mod(i, 4) <> 0 then mod(i / 4 * 3 + mod(i, 4) - 1, 2) = 0 else mod(i, 16) < 8 end as purchased,
    %(rich)s and mod(i, 4) <> 0 and mod((i / 4 * 3 + mod(i, 4) - 1) / 4, 2) = 0 as by_lot,
    %(rich)s and mod(i, 4) <> 0 and mod(i / 4 * 3 + mod(i, 4) - 1, 4) = 1 as with_counterpart
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
    case when i.automatic then 'automatic' when mod(i.item_id, 8) = 0 then 'with_list' else 'manual' end,
    case when i.purchased then 'purchase' else 'production' end
from benchmark_item as i;

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, i.item_id, 'L' || lpad(l::text, 2, '0'), current_date - 60 - l
from benchmark_item as i
cross join lateral generate_series(1, 5 + mod(i.automatic_number, 6)) as l
where i.by_lot;

insert into erp.warehouse_rule (company_id, level, item_id, section, warehouse_id, issue_movement_reason_id)
select 1, 'item', i.item_id, 'semi_finished', 2, 29
from benchmark_item as i
where i.with_counterpart;

insert into erp.warehouse_rule (company_id, level, site_id, section, warehouse_id, issue_movement_reason_id)
select 1, 'site', s, 'raw_material', 10 + s, (10 + s) * 10 + 1
from generate_series(1, 3) as s
where %(rich)s;
