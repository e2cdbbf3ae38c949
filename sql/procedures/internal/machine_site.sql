-- requires: views/phase_role
-- The site that level 4 asks for a material (R10), which may have no phase; erp_internal.resolve_materials asks for all
-- orders at once.
create or replace function erp_internal.machine_site(
    p_company_id integer, p_order_id bigint, p_phase integer, p_sub_phase integer
)
returns bigint
language sql
stable
begin atomic
    select f.machine_site_id
    from erp_internal.phase_role as f
    where
        f.company_id = p_company_id and f.production_order_id = p_order_id
        and (f.phase = p_phase and f.sub_phase = p_sub_phase or f.producing)
    order by f.phase = p_phase and f.sub_phase = p_sub_phase desc nulls last
    limit 1;
end;
