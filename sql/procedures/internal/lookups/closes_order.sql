-- Tells whether a closing on this phase closes the order, because it is the last productive phase (R52). For a view,
-- which calls it for rows of the reader's companies only.
create or replace function erp_internal.closes_order(
    p_company_id integer, p_production_order_id bigint, p_phase integer, p_sub_phase integer
)
returns boolean
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select
        from erp_internal.phase_roles(p_company_id, array[p_production_order_id]) as f
        where f.phase = p_phase and f.sub_phase = p_sub_phase and f.last_productive
    );
end;
$$;
