-- Returns the sites that level 4 uses for the materials of orders (R10): of those in a phase, by the phase; of those
-- without one (has_phase is false, and the phase 0), that of the producing phase. Phases without a site are left out.
-- Callers that need none of them ask for no orders.
create or replace function erp_internal.machine_sites(p_company_id integer, p_order_ids bigint[])
returns table (
    production_order_id bigint, has_phase boolean, phase integer, sub_phase integer, machine_site_id bigint
)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    if p_order_ids = '{}' then
        return;
    end if;

    return query
    select
        f.production_order_id,
        k.has_phase,
        k.phase,
        k.sub_phase,
        f.machine_site_id
    from erp_internal.phase_roles(p_company_id, p_order_ids) as f
    cross join
        lateral (
            values
            (true, f.phase, f.sub_phase),
            (false, 0, 0)
        ) as k (has_phase, phase, sub_phase)
    where f.machine_site_id is not null and (k.has_phase or f.producing);
end;
$$;
