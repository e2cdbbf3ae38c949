-- requires: internal/lookups/phases_of_order
-- Returns the phases of orders and their roles: the last productive one, whose closing closes the order (R52); the
-- producing one, the last that is productive and movable, at which good quantity counts as produced (R51); and the site
-- that level 4 uses for what moves in the phase: that of its machine, or else of the producing phase's machine (R10).
-- Orders are probed by key.
create or replace function erp_internal.phase_roles(p_company_id integer, p_order_ids bigint[])
returns table (
    production_order_id bigint,
    phase integer,
    sub_phase integer,
    movable boolean,
    last_productive boolean,
    producing boolean,
    machine_site_id bigint
)
language sql
stable
begin atomic
    select
        f.production_order_id,
        f.phase,
        f.sub_phase,
        f.movable,
        f.productive and pg_catalog.count(*) filter (where f.productive) over last_first = 1 as last_productive,
        f.productive and f.movable
        and pg_catalog.count(*) filter (where f.productive and f.movable) over last_first = 1 as producing,
        coalesce(
            f.machine_site_id,
            pg_catalog.first_value(case when f.productive and f.movable then f.machine_site_id end)
                over producing_first
        ) as machine_site_id
    from unnest(p_order_ids) as a (production_order_id)
    cross join lateral erp_internal.phases_of_order(p_company_id, a.production_order_id) as f
    window
        last_first as (
            partition by f.production_order_id
            order by f.phase desc, f.sub_phase desc
        ),
        producing_first as (
            partition by f.production_order_id
            order by f.productive and f.movable desc, f.phase desc, f.sub_phase desc
        );
end;
