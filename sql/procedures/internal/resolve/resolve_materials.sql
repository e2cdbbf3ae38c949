-- Resolves which material rows of launched orders move, how much, from where, with which counterpart, and the reasons
-- to refuse them (R2-R6, R9-R14).
create or replace function erp_internal.resolve_materials(
    p_company_id integer, p_orders erp_internal.requested_order[]
)
returns setof erp_internal.material_demand
language plpgsql
stable
as $$
begin
    return query
    select d.*
    from erp_internal.material_needs(p_company_id, p_orders) as m
    cross join lateral erp_internal.resolve_needs(p_company_id, m.needs) as d;
end;
$$;
