-- Turns sent rows without faulty cells into values: material_lot.
-- Precondition: erp_internal.check_material_lot_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_material_lot(p_rows erp_internal.sent_row[])
returns setof erp_internal.material_lot_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.lot_code,
        s.quantity::numeric as quantity
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'lot_code', '') as lot_code,
            nullif(r.cells ->> 'quantity', '') as quantity
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
