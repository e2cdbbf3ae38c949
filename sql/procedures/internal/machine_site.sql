-- The site that level 4 asks for a material (R10): that of the machine of its phase, or, without one, of the last
-- productive and movable phase. One order's answer; erp_internal.resolve_materials asks for all orders at once.
create or replace function erp_internal.machine_site(
    p_company_id integer, p_order_id bigint, p_phase integer, p_sub_phase integer
)
returns bigint
language sql
stable
parallel safe
return coalesce(
    (
        select f.machine_site_id
        from erp.production_order_phase as f
        where
            f.company_id = p_company_id and f.production_order_id = p_order_id
            and f.phase = p_phase and f.sub_phase = p_sub_phase
    ),
    (
        select f.machine_site_id
        from erp.production_order_phase as f
        where
            f.company_id = p_company_id and f.production_order_id = p_order_id
            and f.productive and f.movable
        order by f.phase desc, f.sub_phase desc
        limit 1
    )
);
