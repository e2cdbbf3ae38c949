-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: item_mrp_parameter.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_item_mrp_parameter(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.item_mrp_parameter_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.item_id,
        x.picking_type,
        x.procurement_type,
        x.differs,
        '{}'::text[] as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.picking_type is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'picking_type', p_code => 'value_required',
                    p_cell => null,
                    p_expected => null
                ) end,
            case when x.differs and x.procurement_type is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'procurement_type', p_code => 'value_required',
                    p_cell => null,
                    p_expected => null
                ) end,
            case when x.differs and x.item_code is not null and x.item_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'item'
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
            m.row_ctid is null or ((m.picking_type, m.procurement_type) is distinct from (m.old_picking_type, m.old_procurement_type)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                key_item.item_id,
                s.item_code,
                (case when s.cells ? 'picking_type' then s.picking_type when t.row_ctid is null then null else t.picking_type collate "C" end) collate "C" as picking_type,
                (case when s.cells ? 'procurement_type' then s.procurement_type when t.row_ctid is null then null else t.procurement_type collate "C" end) collate "C" as procurement_type,
                t.picking_type collate "C" as old_picking_type,
                t.procurement_type collate "C" as old_procurement_type
            from erp_internal.read_item_mrp_parameter(p_rows) as s
            left join lateral erp_internal.item_by_code(p_company_id, s.item_code) as key_item on true
            left join lateral (
                select
                    t.ctid as row_ctid,
                    t.picking_type,
                    t.procurement_type
                from erp.item_mrp_parameter as t
                where
                    t.company_id = p_company_id and t.item_id = key_item.item_id
                offset 0
            ) as t on true
        ) as m
        offset 0
    ) as x;
end;
$$;
