-- Lots committed to material rows, as they are before the release of their order (R28).
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.material_lot as
select
    t.company_id,
    production_order.order_year,
    production_order.order_number,
    production_order.order_lot,
    t.line,
    lot.lot_code,
    t.quantity
from (
    select
        c.company_id,
        c.production_order_id,
        c.line,
        c.lot_id,
        c.quantity
    from erp.material_lot as c
    where
        not exists (
            select
            from erp.material_lot_before_release as b
            where
                b.company_id = c.company_id and b.production_order_id = c.production_order_id
                and b.line = c.line and b.lot_id = c.lot_id
        )
    union all
    select
        b.company_id,
        b.production_order_id,
        b.line,
        b.lot_id,
        b.quantity
    from erp.material_lot_before_release as b
) as t
left join erp.production_order as production_order
    on
        production_order.company_id = t.company_id
        and production_order.production_order_id = t.production_order_id
left join erp.lot as lot
    on
        lot.company_id = t.company_id
        and lot.lot_id = t.lot_id;

comment on view erp_data.material_lot is 'Lots committed to material rows, as they are before the release of their order (R28), in the columns of material_lot.csv.';
comment on column erp_data.material_lot.company_id is 'The company.';
comment on column erp_data.material_lot.order_year is 'Year of the order.';
comment on column erp_data.material_lot.order_number is 'Number within the year.';
comment on column erp_data.material_lot.order_lot is 'Lot of the order, from 0; a split makes the next (R23).';
comment on column erp_data.material_lot.line is 'The material row.';
comment on column erp_data.material_lot.lot_code is 'Code of the lot, unique within item and variant.';
comment on column erp_data.material_lot.quantity is 'Quantity to take from the lot, in the item''s unit of measure.';
