-- Turns sent rows without faulty cells into values: stock_document_line.
-- Precondition: erp_internal.check_stock_document_line_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_stock_document_line(p_rows erp_internal.sent_row[])
returns setof erp_internal.stock_document_line_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.warehouse_code,
        s.reason_code,
        s.item_code,
        s.variant_code,
        s.lot_code,
        s.location_code,
        s.quantity::numeric as quantity,
        s.counted_quantity::numeric as counted_quantity,
        s.load_reason_code,
        s.order_year::integer as order_year,
        s.order_number::integer as order_number,
        s.order_lot::integer as order_lot,
        s.material_line::integer as material_line
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
            nullif(r.cells ->> 'reason_code', '') as reason_code,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'variant_code', '') as variant_code,
            nullif(r.cells ->> 'lot_code', '') as lot_code,
            nullif(r.cells ->> 'location_code', '') as location_code,
            nullif(r.cells ->> 'quantity', '') as quantity,
            nullif(r.cells ->> 'counted_quantity', '') as counted_quantity,
            nullif(r.cells ->> 'load_reason_code', '') as load_reason_code,
            nullif(r.cells ->> 'order_year', '') as order_year,
            nullif(r.cells ->> 'order_number', '') as order_number,
            nullif(r.cells ->> 'order_lot', '') as order_lot,
            nullif(r.cells ->> 'material_line', '') as material_line
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
