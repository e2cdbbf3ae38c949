-- requires: procedures/restore_production_orders
-- Called otherwise since.
create or replace function erp_api.restore_orders(p_company_id integer, p_order_ids bigint[])
returns table (order_id bigint, outcome text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select r.order_id, r.outcome
    from erp_api.restore_production_orders(p_company_id, p_order_ids) as r;
end;
$$;

comment on function erp_api.restore_orders is 'Restores orders.';
