-- Makes the lots that a run loads into and that do not exist yet (R51), in key order, and returns for each lot of
-- p_lots the id that it came with, below zero where it stood for a lot to be made, and the one that it has.
-- Locks (R62): the lots, after stock keys and before numbering.
create or replace function erp_internal.make_lots(
    p_company_id integer, p_run_id bigint, p_lots erp_internal.made_lot[]
)
returns table (planned_lot_id bigint, lot_id bigint)
language plpgsql
volatile
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    -- an existing lot is locked, so that nobody who takes a load back removes it; one that was just removed is made
    -- again below
    perform
    from (
        select distinct m.item_id, m.lot_id, m.lot_code
        from unnest(p_lots) as m
        where m.lot_id > 0
        order by m.item_id, m.lot_code
    ) as k
    cross join lateral (
        select
        from erp.lot as l
        where l.company_id = p_company_id and l.lot_id = k.lot_id
        for key share
        offset 0
    ) as l;

    insert into erp.lot (company_id, item_id, item_variant_id, lot_code, start_date, registration_run_id)
    select
        p_company_id, m.item_id, nullif(m.item_variant_id, 0) as item_variant_id, m.lot_code, m.start_date, p_run_id
    from unnest(p_lots) as m
    left join lateral erp_internal.lot_by_id(p_company_id, m.lot_id) as l on true
    where l.lot_id is null
    order by m.item_id, 3, m.lot_code
    on conflict on constraint lot_code_key do nothing;

    return query
    select
        m.lot_id as planned_lot_id,
        l.lot_id
    from unnest(p_lots) as m
    cross join lateral erp_internal.lot_by_code(
        p_company_id, m.item_id, nullif(m.item_variant_id, 0), m.lot_code
    ) as l;
end;
$$;
