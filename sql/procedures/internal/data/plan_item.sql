-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: item.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_item(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.item_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.item_id,
        x.item_code,
        x.item_class,
        x.description,
        x.uom,
        x.quantity_decimals,
        x.tracking,
        x.lot_policy,
        x.expiry_block_days,
        x.phantom,
        x.differs,
        pg_catalog.array_remove(array[
            case when x.row_ctid is not null and x.tracking is distinct from x.old_tracking then 'tracking' end,
            case when x.row_ctid is not null and x.uom is distinct from x.old_uom then 'uom' end,
            case when x.row_ctid is not null and x.quantity_decimals is distinct from x.old_quantity_decimals then 'quantity_decimals' end
        ], null) as guarded,
        pg_catalog.array_remove(array[
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
            m.row_ctid is null or ((m.item_class, m.description, m.uom, m.quantity_decimals, m.tracking, m.lot_policy, m.expiry_block_days, m.phantom) is distinct from (m.old_item_class, m.old_description, m.old_uom, m.old_quantity_decimals, m.old_tracking, m.old_lot_policy, m.old_expiry_block_days, m.old_phantom)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                t.item_id,
                s.item_code,
                (case when s.cells ? 'item_class' then s.item_class when t.row_ctid is null then null else t.item_class collate "C" end) collate "C" as item_class,
                (case when s.cells ? 'description' then coalesce(s.description, ''::text) when t.row_ctid is null then ''::text else t.description collate "C" end) collate "C" as description,
                (case when s.cells ? 'uom' then coalesce(s.uom, 'PC'::text) when t.row_ctid is null then 'PC'::text else t.uom collate "C" end) collate "C" as uom,
                (case when s.cells ? 'quantity_decimals' then coalesce(s.quantity_decimals, 3) when t.row_ctid is null then 3 else t.quantity_decimals end) as quantity_decimals,
                (case when s.cells ? 'tracking' then coalesce(s.tracking, 'none'::text) when t.row_ctid is null then 'none'::text else t.tracking collate "C" end) collate "C" as tracking,
                (case when s.cells ? 'lot_policy' then coalesce(s.lot_policy, 'fifo'::text) when t.row_ctid is null then 'fifo'::text else t.lot_policy collate "C" end) collate "C" as lot_policy,
                (case when s.cells ? 'expiry_block_days' then coalesce(s.expiry_block_days, 0) when t.row_ctid is null then 0 else t.expiry_block_days end) as expiry_block_days,
                (case when s.cells ? 'phantom' then coalesce(s.phantom, false) when t.row_ctid is null then false else t.phantom end) as phantom,
                t.item_class collate "C" as old_item_class,
                t.description collate "C" as old_description,
                t.uom collate "C" as old_uom,
                t.quantity_decimals as old_quantity_decimals,
                t.tracking collate "C" as old_tracking,
                t.lot_policy collate "C" as old_lot_policy,
                t.expiry_block_days as old_expiry_block_days,
                t.phantom as old_phantom
            from erp_internal.read_item(p_rows) as s
            left join lateral (
                select
                    t.ctid as row_ctid,
                    t.item_id,
                    t.item_class,
                    t.description,
                    t.uom,
                    t.quantity_decimals,
                    t.tracking,
                    t.lot_policy,
                    t.expiry_block_days,
                    t.phantom
                from erp.item as t
                where
                    t.company_id = p_company_id and t.item_code = s.item_code
                offset 0
            ) as t on true
        ) as m
        offset 0
    ) as x;
end;
$$;
