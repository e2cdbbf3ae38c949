-- Turns sent rows without faulty cells into values: lot.
-- Precondition: erp_internal.check_lot_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_lot(p_rows erp_internal.sent_row[])
returns setof erp_internal.lot_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.item_code,
        s.variant_code,
        s.lot_code,
        s.start_date::date as start_date,
        s.expiry_date::date as expiry_date,
        s.state,
        s.sellable::boolean as sellable,
        s.closed::boolean as closed,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'variant_code', '') as variant_code,
            nullif(r.cells ->> 'lot_code', '') as lot_code,
            nullif(r.cells ->> 'start_date', '') as start_date,
            nullif(r.cells ->> 'expiry_date', '') as expiry_date,
            nullif(r.cells ->> 'state', '') as state,
            nullif(r.cells ->> 'sellable', '') as sellable,
            nullif(r.cells ->> 'closed', '') as closed,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
