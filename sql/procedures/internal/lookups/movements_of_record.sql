-- Returns the movements of a stock record, by line. The key of the table has that order: without it, a plan of the time
-- when the table or a month of it was empty would take any index with the day in it, and read all of the day.
create or replace function erp_internal.movements_of_record(
    p_company_id integer, p_record_date date, p_record_id bigint
)
returns table (
    record_date date,
    stock_record_id bigint,
    line integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    quantity numeric,
    material_line integer,
    picking_type text,
    resolved_by text,
    counterpart boolean,
    picked boolean
)
language sql
stable
begin atomic
    select
        m.record_date,
        m.stock_record_id,
        m.line,
        m.warehouse_id,
        m.item_id,
        m.item_variant_id,
        m.lot_id,
        m.location_id,
        m.quantity,
        m.material_line,
        m.picking_type,
        m.resolved_by,
        m.counterpart,
        m.picked
    from erp.stock_movement as m
    where m.company_id = p_company_id and m.record_date = p_record_date and m.stock_record_id = p_record_id
    order by m.line
    offset 0;
end;
