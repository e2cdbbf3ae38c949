-- Adds to the picked quantities of material rows what documents picked for them, or takes it off again, and marks their
-- orders as changed, so that a transaction at repeatable read that waited for one of them learns of it.
-- p_picks: what was picked of each row, above zero or below.
-- Precondition: the orders are locked, the write mode is run. Errors: 40001.
create or replace function erp_internal.add_picked_quantities(
    p_company_id integer, p_picks erp_internal.material_pick[]
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_row_count bigint;
begin
    if pg_catalog.cardinality(p_picks) = 0 then
        return;
    end if;
    update erp.production_order_material as m
    set picked_quantity = m.picked_quantity + p.quantity
    from unnest(p_picks) as p
    cross join lateral (
        select f.ctid as row_ctid
        from erp.production_order_material as f
        where
            f.company_id = p_company_id and f.production_order_id = p.production_order_id and f.line = p.line
        offset 0
    ) as f
    where m.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(p_picks), v_row_count);

    update erp.production_order as o
    set changed_at = pg_catalog.now(), changed_by = erp_internal.caller_role()
    from (select distinct p.production_order_id from unnest(p_picks) as p) as p
    cross join lateral erp_internal.order_row(p_company_id, p.production_order_id) as f
    where o.ctid = f.row_ctid;
end;
$$;
