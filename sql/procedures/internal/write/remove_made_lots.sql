-- Removes, of the lots that a run loaded into and that are taken back, those that were made so, once nothing refers to
-- them (R53). A lot that somebody else uses at this moment stays.
-- Locks: the lots, without waiting. Errors: 40001.
create or replace function erp_internal.remove_made_lots(p_company_id integer, p_lot_ids bigint[])
returns void
language plpgsql
volatile
as $$
declare
    v_lot_ids bigint [];
begin
    select pg_catalog.array_agg(l.lot_id)
    into v_lot_ids
    from (
        select l.lot_id
        from (select distinct d.lot_id from unnest(p_lot_ids) as d (lot_id) where d.lot_id is not null) as d
        cross join lateral (
            select l.lot_id
            from erp.lot as l
            where l.company_id = p_company_id and l.lot_id = d.lot_id and l.registration_run_id is not null
            for update skip locked
            offset 0
        ) as l
    ) as l;

    begin
        -- whoever used one of them before the lock has committed, and is seen
        delete from erp.lot as l
        where
            l.company_id = p_company_id and l.lot_id = any (v_lot_ids)
            and not exists (
                select
                from erp.stock_movement as m
                where m.company_id = l.company_id and m.item_id = l.item_id and m.lot_id = l.lot_id
            )
            and not exists (
                select
                from erp.material_lot as c
                where c.company_id = l.company_id and c.lot_id = l.lot_id
            )
            and not exists (
                select
                from erp.material_lot_before_release as c
                where c.company_id = l.company_id and c.lot_id = l.lot_id
            );
    exception
        -- at repeatable read a use after the snapshot is not seen, but found by the foreign key
        when foreign_key_violation then
            raise exception using
                errcode = '40001',
                message = 'A lot was used by another transaction meanwhile.',
                hint = 'Send the call again.';
    end;
end;
$$;
