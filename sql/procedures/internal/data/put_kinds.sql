-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Returns the kinds of master data in the order in which they are put: each after those that it names, and job orders
-- before lots, as runs lock them. Each with the columns of its key, and whether it has columns that runs decide by.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.put_kinds()
returns table (turn integer, kind text, key_columns text[], guarded boolean)
language sql
immutable
parallel safe
begin atomic
    select k.turn, k.kind, k.key_columns, k.guarded
    from (
        values
        (1, 'company', array['company_code'], true),
        (2, 'site', array['site_code'], false),
        (3, 'warehouse', array['warehouse_code'], true),
        (4, 'location', array['warehouse_code', 'location_code'], true),
        (5, 'movement_reason', array['warehouse_code', 'reason_code'], true),
        (6, 'item', array['item_code'], true),
        (7, 'item_variant', array['item_code', 'variant_code'], false),
        (8, 'warehouse_rule', array['level', 'site_code', 'item_code', 'section'], false),
        (9, 'item_location', array['item_code', 'warehouse_code', 'location_code'], false),
        (10, 'item_mrp_parameter', array['item_code'], false),
        (11, 'job_order', array['job_year', 'job_number'], false),
        (12, 'lot', array['item_code', 'variant_code', 'lot_code'], false)
    ) as k (turn, kind, key_columns, guarded);
end;
