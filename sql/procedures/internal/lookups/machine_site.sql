-- requires: internal/lookups/phase_roles
-- Returns the site that level 4 uses for a material (R10), which may have no phase. erp_internal.material_needs does
-- the same for all orders of a call at once.
create or replace function erp_internal.machine_site(
    p_company_id integer, p_order_id bigint, p_phase integer, p_sub_phase integer
)
returns bigint
language sql
stable
begin atomic
    select f.machine_site_id
    from erp_internal.phase_roles(p_company_id, array[p_order_id]) as f
    where f.phase = p_phase and f.sub_phase = p_sub_phase or f.producing
    order by f.phase = p_phase and f.sub_phase = p_sub_phase desc nulls last
    limit 1;
end;
