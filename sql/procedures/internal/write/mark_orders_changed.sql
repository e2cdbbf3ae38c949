-- Marks the orders that a run served with this outcome as changed, so that a transaction at repeatable read that waited
-- for such an order learns that its declarations are not those that it saw.
create or replace function erp_internal.mark_orders_changed(p_company_id integer, p_run_id bigint, p_outcome text)
returns void
language plpgsql
volatile
as $$
declare
    v_previous_mode constant text := erp_internal.set_write_mode('run');
begin
    update erp.production_order as o
    set changed_at = pg_catalog.now(), changed_by = erp_internal.caller_role()
    from (
        select distinct r.production_order_id
        from erp.run_order as r
        where r.company_id = p_company_id and r.run_id = p_run_id and r.outcome = p_outcome
    ) as r
    where o.company_id = p_company_id and o.production_order_id = r.production_order_id;
    perform erp_internal.set_write_mode(v_previous_mode);
end;
$$;
