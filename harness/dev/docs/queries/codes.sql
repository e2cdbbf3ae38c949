-- What ids stand for, by the name of the column that holds them.
select
    'item_id' as column_name,
    t.item_id::bigint as id,
    t.item_code as code
from erp.item as t
union all
select
    'item_variant_id',
    t.item_variant_id,
    t.variant_code
from erp.item_variant as t
union all
select
    'warehouse_id',
    t.warehouse_id,
    t.warehouse_code
from erp.warehouse as t
union all
select
    'location_id',
    t.location_id,
    t.location_code
from erp.location as t
union all
select
    'lot_id',
    t.lot_id,
    t.lot_code
from erp.lot as t
union all
select
    'site_id',
    t.site_id,
    t.site_code
from erp.site as t
union all
select
    'movement_reason_id',
    t.movement_reason_id,
    t.reason_code
from erp.movement_reason as t
