-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: lot.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_lot(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.lot_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.lot_id,
        x.item_id,
        x.item_variant_id,
        x.lot_code,
        x.start_date,
        x.expiry_date,
        x.state,
        x.sellable,
        x.closed,
        x.differs,
        '{}'::text[] as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.item_code is not null and x.item_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'item'
                ) end,
            case when x.differs and x.variant_code is not null and x.item_variant_id is null and x.item_id is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'variant_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.variant_code::text, 60),
                    p_expected => 'item_variant'
                ) end,
            case when x.differs and x.taken_tracking = 'none'
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'the item is not a lot item (tracking is none)'
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
            m.row_ctid is null or ((m.start_date, m.expiry_date, m.state, m.sellable, m.closed) is distinct from (m.old_start_date, m.old_expiry_date, m.old_state, m.old_sellable, m.old_closed)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                t.lot_id,
                key_item.item_id,
                key_item.tracking as taken_tracking,
                key_item_variant.item_variant_id,
                s.item_code,
                s.variant_code,
                s.lot_code,
                (case when s.cells ? 'start_date' then s.start_date when t.row_ctid is null then null else t.start_date end) as start_date,
                (case when s.cells ? 'expiry_date' then s.expiry_date when t.row_ctid is null then null else t.expiry_date end) as expiry_date,
                (case when s.cells ? 'state' then coalesce(s.state, 'available'::text) when t.row_ctid is null then 'available'::text else t.state collate "C" end) collate "C" as state,
                (case when s.cells ? 'sellable' then coalesce(s.sellable, true) when t.row_ctid is null then true else t.sellable end) as sellable,
                (case when s.cells ? 'closed' then coalesce(s.closed, false) when t.row_ctid is null then false else t.closed end) as closed,
                t.start_date as old_start_date,
                t.expiry_date as old_expiry_date,
                t.state collate "C" as old_state,
                t.sellable as old_sellable,
                t.closed as old_closed
            from erp_internal.read_lot(p_rows) as s
            left join lateral erp_internal.item_by_code(p_company_id, s.item_code) as key_item on true
            left join lateral erp_internal.item_variant_by_code(p_company_id, key_item.item_id, s.variant_code) as key_item_variant on true
            left join lateral (
                select u.*
                from (
                select
                    t.ctid as row_ctid,
                    t.lot_id,
                    t.start_date,
                    t.expiry_date,
                    t.state,
                    t.sellable,
                    t.closed
                from erp.lot as t
                where
                    t.company_id = p_company_id and t.item_id = key_item.item_id and t.item_variant_id = key_item_variant.item_variant_id and t.lot_code = s.lot_code
                union all
                select
                    t.ctid as row_ctid,
                    t.lot_id,
                    t.start_date,
                    t.expiry_date,
                    t.state,
                    t.sellable,
                    t.closed
                from erp.lot as t
                where
                    t.company_id = p_company_id and t.item_id = key_item.item_id and t.item_variant_id is null and s.variant_code is null and t.lot_code = s.lot_code
                ) as u
                offset 0
            ) as t on true
        ) as m
        offset 0
    ) as x;
end;
$$;
