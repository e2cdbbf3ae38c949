-- Turns sent rows without faulty cells into values: item_mrp_parameter.
-- Precondition: erp_internal.check_item_mrp_parameter_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_item_mrp_parameter(p_rows erp_internal.sent_row[])
returns setof erp_internal.item_mrp_parameter_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.item_code,
        s.picking_type,
        s.procurement_type,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'picking_type', '') as picking_type,
            nullif(r.cells ->> 'procurement_type', '') as procurement_type,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
