-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: item_location.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_item_location(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.item_location_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.item_id,
        x.warehouse_id,
        x.location_id,
        x.priority,
        x.differs,
        '{}'::text[] as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.item_code is not null and x.item_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'item'
                ) end,
            case when x.differs and x.warehouse_code is not null and x.warehouse_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'warehouse_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.warehouse_code::text, 60),
                    p_expected => 'warehouse'
                ) end,
            case when x.differs and x.location_code is not null and x.location_id is null and x.warehouse_id is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'location_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.location_code::text, 60),
                    p_expected => 'location'
                ) end,
            case when x.cells ? 'company_id' and nullif(x.cells ->> 'company_id', '') is distinct from p_company_id::text
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'company_id', p_code => 'read_only_value',
                    p_cell => pg_catalog.left(x.cells ->> 'company_id', 60),
                    p_expected => p_company_id::text
                ) end
        ], null) as faults
    from (
        select
            m.*,
            m.row_ctid is null or (m.priority is distinct from m.old_priority) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                key_item.item_id,
                key_warehouse.warehouse_id,
                key_location.location_id,
                s.item_code,
                s.warehouse_code,
                s.location_code,
                (case when s.cells ? 'priority' then coalesce(s.priority, 0) when t.row_ctid is null then 0 else t.priority end) as priority,
                t.priority as old_priority
            from erp_internal.read_item_location(p_rows) as s
            left join lateral erp_internal.item_by_code(p_company_id, s.item_code) as key_item on true
            left join lateral erp_internal.warehouse_by_code(p_company_id, s.warehouse_code) as key_warehouse on true
            left join lateral erp_internal.location_by_code(p_company_id, key_warehouse.warehouse_id, s.location_code) as key_location on true
            left join lateral (
                select
                    t.ctid as row_ctid,
                    t.priority
                from erp.item_location as t
                where
                    t.company_id = p_company_id and t.item_id = key_item.item_id and t.warehouse_id = key_warehouse.warehouse_id and t.location_id = key_location.location_id
                offset 0
            ) as t on true
        ) as m
        offset 0
    ) as x;
end;
$$;
