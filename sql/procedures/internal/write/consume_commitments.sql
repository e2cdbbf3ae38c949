-- Takes from the lot commitments what the released rows have issued (R28); an excess stays. What they were is kept in
-- material_lot_before_release for restore.
-- Precondition: the write mode is run.
create or replace function erp_internal.consume_commitments(
    p_company_id integer, p_plan erp_internal.planned_movement[]
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_order_ids bigint [];
begin
    select pg_catalog.array_agg(distinct p.production_order_id)
    into v_order_ids
    from unnest(p_plan) as p
    where p.lot_id is not null;
    if v_order_ids is null then
        return;
    end if;

    with issued as materialized (
        select c.*
        from erp_internal.commitment_shares(p_company_id, v_order_ids) as c
        inner join (
            select distinct p.production_order_id, p.line
            from unnest(p_plan) as p
            where p.lot_id is not null
        ) as p on p.production_order_id = c.production_order_id and p.line = c.line
        where c.share > 0
    ),

    remembered as (
        insert into erp.material_lot_before_release (
            company_id, production_order_id, line, item_id, lot_id, quantity, kept_quantity
        )
        select p_company_id, i.production_order_id, i.line, i.item_id, i.lot_id, i.quantity, i.quantity
        from issued as i
        on conflict on constraint material_lot_before_release_pkey do nothing
    ),

    reduced as (
        update erp.material_lot as m
        set quantity = i.quantity - i.share
        from issued as i
        cross join lateral erp_internal.commitment_row(
            p_company_id, i.production_order_id, i.line, i.lot_id
        ) as f
        where i.share < i.quantity and m.ctid = f.row_ctid
    )

    delete from erp.material_lot as m
    using
        issued as i
    cross join lateral erp_internal.commitment_row(
        p_company_id, i.production_order_id, i.line, i.lot_id
    ) as f
    where i.share = i.quantity and m.ctid = f.row_ctid;
end;
$$;
