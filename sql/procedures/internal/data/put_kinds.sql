-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Returns the kinds of master data in the order in which they are put: each after those that it names, and job orders
-- before lots, as runs lock them. Each with the columns of its key, those of them that are numbers, and whether it has
-- columns that runs decide by.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.put_kinds()
returns table (turn integer, kind text, key_columns text[], number_columns text[], guarded boolean)
language sql
immutable
parallel safe
begin atomic
    select k.turn, k.kind, k.key_columns, k.number_columns, k.guarded
    from (
        values
        (1, 'company', array['company_code']::text[], array[]::text[], true),
        (2, 'site', array['site_code']::text[], array[]::text[], false),
        (3, 'warehouse', array['warehouse_code']::text[], array[]::text[], true),
        (4, 'location', array['warehouse_code', 'location_code']::text[], array[]::text[], true),
        (5, 'movement_reason', array['warehouse_code', 'reason_code']::text[], array[]::text[], true),
        (6, 'item', array['item_code']::text[], array[]::text[], true),
        (7, 'item_variant', array['item_code', 'variant_code']::text[], array[]::text[], false),
        (8, 'warehouse_rule', array['level', 'site_code', 'item_code', 'section']::text[], array[]::text[], false),
        (9, 'item_location', array['item_code', 'warehouse_code', 'location_code']::text[], array[]::text[], false),
        (10, 'item_mrp_parameter', array['item_code']::text[], array[]::text[], false),
        (11, 'job_order', array['job_year', 'job_number']::text[], array['job_year', 'job_number']::text[], false),
        (12, 'lot', array['item_code', 'variant_code', 'lot_code']::text[], array[]::text[], false)
    ) as k (turn, kind, key_columns, number_columns, guarded);
end;
